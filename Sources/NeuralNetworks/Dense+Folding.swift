import Normalization

/// Folding into a fully connected layer, with (p, q) what happens to the input and (a, m, c) to the output:
///
///     y = a (W (p x + q) + b - m) + c  =  (a W p) x  +  (a (W q + b - m) + c)
extension Dense: FoldableLayer {
  /// The columns of [N, inputCount].
  public var inputChannels: FoldableChannels {
    FoldableChannels(count: weight.shape[1], axis: 1, rank: 2)
  }

  /// The columns of [N, outputCount].
  public var outputChannels: FoldableChannels {
    FoldableChannels(count: weight.shape[0], axis: 1, rank: 2)
  }

  /// One for each input.
  public var productCount: Int { weight.shape[1] }

  /// The layer with the maps in its weights and bias. It has a bias even where this one has none.
  public func folded(
    behind: [ChannelMap], before: [ChannelMap]
  ) throws(FoldingObstacle) -> any FoldableLayer<Scalar> {
    let input = LinearMap(behind, channelCount: weight.shape[1])
    var result = self
    (result.weight, result.bias) = try WeightFolding(weight, bias)
      .folded(behind: input, before: before)
    return result
  }

  /// The same numbers in Float64.
  public var widened: any Layer<Double> {
    Dense<Double>(
      weight: weight.converted(to: Double.self), bias: bias?.converted(to: Double.self),
      execution: execution)
  }

  /// |W| and |b|.
  public func magnitudes(withBias: Bool) -> any Layer<Double> {
    Dense<Double>(
      weight: weight.magnitudes, bias: withBias ? bias?.magnitudes : nil, execution: execution)
  }
}
