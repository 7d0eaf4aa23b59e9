import Normalization

/// A layer that is linear in its input but for a bias, and can therefore take in normalization layers next to it.
///
///     y_o = sum over k products of w * x + b_o
///
/// Folding needs three things of it: where its channels lie, the layer with factors and offsets of channels multiplied
/// in, computed in Float64, and itself in Float64 with magnitudes, for the bound.
public protocol FoldableLayer<Scalar>: Layer {
  /// Where the channels of the input lie.
  var inputChannels: FoldableChannels { get }
  /// Where the channels of the output lie.
  var outputChannels: FoldableChannels { get }
  /// The largest number of products that an element of the output sums: k.
  var productCount: Int { get }
  /// The layer with the maps in it, computed in Float64 and rounded once.
  ///
  /// - Parameters:
  ///   - behind: what happens to the input before it reaches the layer, in order.
  ///   - before: what happens to the output, in order.
  /// - Throws: ``FoldingObstacle`` where that is not the same function, or leaves the range of the element type.
  /// - Precondition: the maps have as many channels as the layer, on its axes.
  func folded(
    behind: [ChannelMap], before: [ChannelMap]
  ) throws(FoldingObstacle) -> any FoldableLayer<Scalar>
  /// The layer in Float64.
  var widened: any Layer<Double> { get }
  /// The layer in Float64 with all weights replaced by their magnitudes: sum of |w| * x, + |b| if asked for.
  func magnitudes(withBias: Bool) -> any Layer<Double>
}

/// Where the channels of a foldable layer's input or output lie.
public struct FoldableChannels: Equatable, Sendable {
  /// The number of channels.
  public let count: Int
  /// Their axis, from 0.
  public let axis: Int
  /// The rank of the tensor.
  public let rank: Int

  /// Describes channels.
  public init(count: Int, axis: Int, rank: Int) {
    (self.count, self.axis, self.rank) = (count, axis, rank)
  }

  /// Makes sure that a map acts on these channels.
  func check(_ map: ChannelMap) throws(FoldingObstacle) {
    guard resolvedAxis(map.axis, rank: rank) == axis else {
      throw .otherAxis(normalized: map.axis, layer: axis, rank: rank)
    }
    guard map.factor.count == count else {
      throw .otherFeatureCount(normalized: map.factor.count, layer: count)
    }
  }
}
