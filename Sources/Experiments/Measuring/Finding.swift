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
          preconditionFailure(
            "\(experiment.name) has no '\(criterion.key)' for seed \(outcome.seed).")
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
  /// An effect in words: "8.1 times".
  public func text(_ value: Double) -> String {
    let number = number(value)
    return [number, value.isNaN ? "" : unit(of: number)].filter { !$0.isEmpty }
      .joined(separator: " ")
  }

  /// The number without its unit; a factor as such, and a difference of shares in points.
  func number(_ value: Double) -> String {
    guard !value.isNaN else { return "none" }
    return switch self {
    case .number: significant(value)
    case .points: value.isFinite ? rounded(value * 100, 2) : significant(value)
    case .factor: significant(pow(2, value))
    }
  }

  /// A limit in words: as few digits as it needs, "1 point".
  func limit(_ value: Double) -> String {
    let number = limitNumber(value)
    return [number, unit(of: number)].filter { !$0.isEmpty }.joined(separator: " ")
  }

  /// A limit without its unit.
  func limitNumber(_ value: Double) -> String {
    if case .points = self { return significant(value * 100) }
    return number(value)
  }

  /// What stands behind a number: "2 decades", but "1 decade". A factor of 1 is "1 times" what it is compared with.
  private func unit(of number: String) -> String {
    let isOne = ["1", "-1"].contains(number)
    switch self {
    case .number(let unit):
      return isOne && unit.count > 2 && unit.hasSuffix("s") ? String(unit.dropLast()) : unit
    case .points: return isOne ? "point" : "points"
    case .factor: return "times"
    }
  }

  /// Three significant digits.
  private func significant(_ value: Double) -> String { String(format: "%.3g", value) }
}

extension DecisionRule {
  /// The rule in words: "refuted below 1 times, confirmed above 1.5 times".
  public func text(_ scale: Criterion.Scale) -> String {
    confirmedAbove == refutedBelow
      ? "refuted below, confirmed above \(scale.limit(confirmedAbove))"
      : "refuted below \(scale.limit(refutedBelow)), confirmed above \(scale.limit(confirmedAbove))"
  }
}

extension Finding.Answer {
  /// The effect with its interval: "8.1 times (6.2 to 10)".
  public var text: String {
    let scale = criterion.scale
    guard effect.low.isFinite || effect.high.isFinite else {
      let why = effect.values.contains { $0.isNaN } ? "a seed has no number" : "too few seeds"
      return "\(scale.text(effect.mean)) (no interval: \(why))"
    }
    return
      "\(scale.text(effect.mean)) (\(scale.number(effect.low)) to \(scale.number(effect.high)))"
  }
}
