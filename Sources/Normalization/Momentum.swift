/// How running statistics follow the batches.
///
/// A type and not a number, because the number has two opposite meanings in the field:
///
/// | | old value's weight | new value's weight |
/// |---|---|---|
/// | `.keeping(0.9)` as in Keras, TensorFlow, Flax, ONNX | 0.9 | 0.1 |
/// | `.updating(0.1)` as in PyTorch, MLX | 0.9 | 0.1 |
/// | `.cumulative` as PyTorch's `momentum=None` | t/(t+1) | 1/(t+1) after t batches |
///
/// The first two lines are equal, and compare equal.
public struct Momentum: Equatable, Sendable {
  /// The weight of the old value, or nil for the plain average over all batches since the last reset.
  public let keepWeight: Double?

  /// running <- weight * running + (1 - weight) * batch.
  ///
  /// - Precondition: `weight` lies in 0...1.
  public static func keeping(_ weight: Double) -> Momentum {
    precondition(
      (0...1).contains(weight), "The weight of the old value must lie in 0...1, but is \(weight).")
    return Momentum(keepWeight: weight)
  }

  /// running <- (1 - weight) * running + weight * batch.
  ///
  /// - Precondition: `weight` lies in 0...1.
  public static func updating(_ weight: Double) -> Momentum {
    precondition(
      (0...1).contains(weight), "The weight of the new value must lie in 0...1, but is \(weight).")
    return Momentum(keepWeight: 1 - weight)
  }

  /// The plain average over all batches since the last reset.
  public static let cumulative = Momentum(keepWeight: nil)

  /// The weight of the old value after `batchesTracked` batches.
  public func keepWeight(after batchesTracked: Int) -> Double {
    keepWeight ?? Double(batchesTracked) / (Double(batchesTracked) + 1)
  }
}
