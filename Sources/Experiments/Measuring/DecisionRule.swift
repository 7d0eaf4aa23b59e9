/// What measurements say about a claim.
public enum Verdict: String, Codable, Sendable, CaseIterable {
  /// The effect is there, and large enough.
  case supported
  /// The effect is not there, or too small, or the other way round.
  case refuted
  /// The seeds do not agree well enough to say.
  case undecided
}

/// What would confirm a claim and what would refute it, said before anything is measured.
///
/// A claim is supported where the whole interval of the effect lies above one number, and refuted where it lies below
/// another; see ``Effect``. Each errs with a probability of at most ``Effect/errorRate``.
public struct DecisionRule: Equatable, Codable, Sendable {
  /// Above this the claim holds.
  public let confirmedAbove: Double
  /// Below this it does not.
  public let refutedBelow: Double

  /// Sets the limits.
  ///
  /// - Precondition: the second is not above the first.
  public init(confirmedAbove: Double, refutedBelow: Double) {
    precondition(
      refutedBelow <= confirmedAbove,
      "A claim cannot be refuted below \(refutedBelow) and confirmed above \(confirmedAbove).")
    self.confirmedAbove = confirmedAbove
    self.refutedBelow = refutedBelow
  }

  /// An effect counts from 0 up.
  public static let positive = DecisionRule(confirmedAbove: 0, refutedBelow: 0)

  /// What an effect says.
  public func verdict(_ effect: Effect) -> Verdict {
    if effect.low > confirmedAbove { return .supported }
    if effect.high < refutedBelow { return .refuted }
    return .undecided
  }
}
