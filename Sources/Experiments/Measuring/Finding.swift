import Foundation

/// What came out of an experiment: computed from the numbers, never written.
public struct Finding: Equatable, Codable, Sendable {
  /// An answered criterion.
  public struct Answer: Equatable, Codable, Sendable {
    /// The question.
    public var criterion: Criterion
    /// The numbers.
    public var effect: Effect
    /// What they say.
    public var verdict: Verdict
  }

  /// The answer that decides.
  public var answer: Answer
  /// The others.
  public var furtherAnswers: [Answer]

  /// What the claim is found to be.
  public var verdict: Verdict { answer.verdict }

  /// Answers the criteria of an experiment.
  ///
  /// - Precondition: each outcome has a number for each criterion.
  public init(_ experiment: some Experiment, _ outcomes: [SeedOutcome]) {
    func answer(_ criterion: Criterion) -> Answer {
      let values = outcomes.map { outcome in
        guard let value = outcome.effects[criterion.key] else {
          preconditionFailure("\(experiment.name) has no '\(criterion.key)' for seed \(outcome.seed).")
        }
        return value
      }
      let effect = Effect(values)
      return Answer(
        criterion: criterion, effect: effect, verdict: criterion.rule.verdict(effect))
    }
    self.answer = answer(experiment.criterion)
    furtherAnswers = experiment.furtherCriteria.map(answer)
  }
}

extension Criterion.Scale {
  /// An effect in words.
  public func text(_ value: Double) -> String {
    guard !value.isNaN else { return "none" }
    guard value.isFinite else { return value > 0 ? "any" : "any below" }
    switch self {
    case .number(let unit): return significant(value) + (unit.isEmpty ? "" : " \(unit)")
    case .points: return rounded(value * 100, 2) + " points"
    case .factor: return "\(significant(power(value))) times"
    }
  }

  private func power(_ value: Double) -> Double { pow(2, value) }

  /// Three significant digits.
  private func significant(_ value: Double) -> String { String(format: "%.3g", value) }
}

extension Finding.Answer {
  /// The effect with its interval: "8.1 times (6.2 to 10)".
  public var text: String {
    let scale = criterion.scale
    guard effect.low.isFinite || effect.high.isFinite else {
      return "\(scale.text(effect.mean)) (too few seeds for an interval)"
    }
    return "\(scale.text(effect.mean)) (\(scale.text(effect.low)) to \(scale.text(effect.high)))"
  }
}
