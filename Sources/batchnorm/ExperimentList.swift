import ArgumentParser
import Experiments

/// Shows what can be measured.
struct ExperimentList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the claims that can be measured.",
    discussion: """
      EXAMPLES:
        batchnorm experiment list
        batchnorm experiment list --details
      """)

  @Flag(
    help: "Also say who makes each claim, and what would confirm or refute it.")
  var details = false

  func run() throws {
    let experiments = ExperimentCatalog.all
    for line in details ? experiments.flatMap(paragraph) : table(experiments) { printLine(line) }
  }

  /// The width of the lines: that of a terminal unless it was widened.
  private static let width = 80

  /// Names, numbers and claims, whose lines go on in their column.
  private func table(_ experiments: [any Experiment]) -> [String] {
    var table = TextTable(header: ["name", "no.", "claim"])
    table.textColumns = [0, 1, 2]
    let numbers = experiments.map { $0.claimNumbers.joined(separator: ", ") }
    let taken =
      (experiments.map(\.name.count).max() ?? 0) + (numbers.map(\.count).max() ?? 0) + 4
    for (experiment, number) in zip(experiments, numbers) {
      for (index, line) in wrapped(experiment.claim, to: Self.width - taken).enumerated() {
        table.rows.append(index == 0 ? [experiment.name, number, line] : ["", "", line])
      }
    }
    return table.lines
  }

  /// Everything that was said beforehand.
  private func paragraph(_ experiment: any Experiment) -> [String] {
    let (criterion, rule) = (experiment.criterion, experiment.criterion.rule)
    let texts = [
      experiment.claim, "Claimed by: \(experiment.sources.joined(separator: "; "))",
      "Measured: \(criterion.effect)",
      "The claim is \(rule.text(criterion.scale))",
    ]
    return ["\(experiment.name)  \(experiment.claimNumbers.joined(separator: ", "))"]
      + texts.flatMap { text in
        wrapped(text, to: Self.width - 4).enumerated().map { ($0 == 0 ? "  " : "    ") + $1 }
      } + [""]
  }
}
