import ArgumentParser
import Experiments

/// Measures claims.
struct ExperimentCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "experiment",
    abstract: "Measure what is claimed about batch normalization.",
    subcommands: [ExperimentList.self, ExperimentRun.self])
}

/// Shows what can be measured.
struct ExperimentList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the claims and what would confirm or refute each.")

  func run() throws {
    for experiment in ExperimentCatalog.all {
      let (criterion, rule) = (experiment.criterion, experiment.criterion.rule)
      printLine("\(experiment.name)  \(experiment.claimNumbers.joined(separator: ", "))")
      printLine("  \(experiment.claim)")
      printLine("  Claimed by: \(experiment.sources.joined(separator: "; "))")
      printLine("  Measured: \(criterion.effect)")
      printLine(
        "  Confirmed above \(criterion.scale.text(rule.confirmedAbove)), refuted below "
          + "\(criterion.scale.text(rule.refutedBelow))")
      printLine()
    }
  }
}
