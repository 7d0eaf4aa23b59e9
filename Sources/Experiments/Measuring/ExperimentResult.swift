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

extension [ExperimentResult] {
  /// A fingerprint of all numbers: 16 hexadecimal digits.
  ///
  /// It holds for the same processor features, oneDNN and math library, and on any number of threads.
  public var digest: String {
    var digest = Digest()
    func absorb(_ key: String, _ values: [Double]) {
      digest.absorb(key)
      for value in values { digest.absorb(value.bitPattern) }
    }
    for result in self {
      digest.absorb(result.experiment.name)
      for outcome in result.outcomes {
        digest.absorb(outcome.seed)
        for (key, value) in outcome.effects.sorted(by: { $0.key < $1.key }) { absorb(key, [value]) }
        for (key, value) in outcome.numbers.sorted(by: { $0.key < $1.key }) { absorb(key, [value]) }
        for (key, curve) in outcome.curves.sorted(by: { $0.key < $1.key }) {
          absorb(key, curve.x + curve.y)
        }
      }
    }
    return digest.text
  }
}
