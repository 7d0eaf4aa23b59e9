import LinearAlgebra
import Normalization

/// Folding into a convolution, with (p, q) what happens to channel c of the input and (a, m, d) to channel o of the
/// output:
///
///     a (b + sum of w[o, c, k] (p x + q) - m) + d  =  sum of (a w[o, c, k] p) x  +  (a (b + sum of w[o, c, k] q - m) + d)
///
/// An offset q of the input does not reach the padding, which stays 0: the second sum would be another at the border.
extension Convolution: FoldableLayer {
  /// The last axis of [N, height, width, C] or [N, length, C].
  public var inputChannels: FoldableChannels {
    FoldableChannels(count: inputChannelCount, axis: window.rank + 1, rank: window.rank + 2)
  }

  /// The last axis of the output.
  public var outputChannels: FoldableChannels {
    FoldableChannels(count: outputChannelCount, axis: window.rank + 1, rank: window.rank + 2)
  }

  /// One for each kernel position and channel of a group.
  public var productCount: Int { weight.shape.dropFirst().reduce(1, *) }

  /// The layer with the maps in its weights and bias. It has a bias even where this one has none.
  public func folded(
    behind: [ChannelMap], before: [ChannelMap]
  ) throws(FoldingObstacle) -> any FoldableLayer<Scalar> {
    let input = LinearMap(behind, channelCount: inputChannelCount)
    if window.padding.contains(where: { $0 > 0 }), input.offsets.contains(where: { $0 != 0 }) {
      throw .padding(window.padding)
    }
    let folding = WeightFolding(weight, bias, groups: groups)
    var result = self
    (result.weight, result.bias) = try folding.folded(behind: input, before: before)
    return result
  }

  /// The same numbers in Float64.
  public var widened: any Layer<Double> {
    Convolution<Double>(
      weight: weight.converted(to: Double.self), bias: bias?.converted(to: Double.self),
      window: window, groups: groups, execution: execution)
  }

  /// |w| and |b|.
  public func magnitudes(withBias: Bool) -> any Layer<Double> {
    Convolution<Double>(
      weight: weight.magnitudes, bias: withBias ? bias?.magnitudes : nil, window: window,
      groups: groups, execution: execution)
  }
}
