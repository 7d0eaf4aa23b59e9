import Training

/// What an experiment measured with all seeds, and what that says.
public struct ExperimentResult: Sendable {
  /// What was run.
  public let experiment: any Experiment
  /// How much.
  public let form: ExperimentForm
  /// What was measured, by seed.
  public let outcomes: [SeedOutcome]
  /// What it says.
  public let finding: Finding

  /// Answers the experiment's criteria.
  public init(_ experiment: any Experiment, _ form: ExperimentForm, _ outcomes: [SeedOutcome]) {
    (self.experiment, self.form, self.outcomes) = (experiment, form, outcomes)
    finding = Finding(experiment, outcomes)
  }
}
