import ArgumentParser

/// Measures claims.
struct ExperimentCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "experiment",
    abstract: "Measure what is claimed about batch normalization.",
    discussion: """
      EXAMPLES:
        batchnorm experiment list
        batchnorm experiment run fewer-steps
      """,
    subcommands: [ExperimentList.self, ExperimentRun.self])
}
