/// A layer whose training pass is random.
///
/// `forward` is pure: it draws from a generator that the layer's seed and the count of committed passes determine.
/// Passes without a commit between them are the same, and a network that takes up seed and count goes on with the same
/// bits. ``Layer/commit(_:)`` adds one to the count. The count is in ``Layer/stateDictionary``, the seed is the
/// program's.
public protocol RandomLayer<Scalar>: Layer {
  /// How many passes were committed.
  var passesDrawn: Int { get set }
}
