public import Normalization

/// Why a normalization layer was not folded into a neighbour.
public enum FoldingObstacle: Error, Equatable, Sendable {
  /// Inference takes the statistics of each sample, so it is no fixed factor and offset: layer, RMS and group
  /// normalization, and instance normalization without running statistics.
  case dependsOnInput
  /// There are no running statistics: inference takes the batch's.
  case noRunningStatistics
  /// Neither neighbour is linear. The kinds of the layers before and behind; nil at the end of the network.
  case noLinearNeighbor(before: String?, after: String?)
  /// The normalization is in a layer that is no ``Sequential``, which folding does not look into.
  case insideLayer(kind: String)
  /// The normalization's channels lie on another axis than the neighbour's.
  case otherAxis(normalized: Int, layer: Int, rank: Int)
  /// The neighbour, a convolution, pads its input with zeros, which the normalization before it does not turn into its
  /// offset.
  case padding([Int])
  /// The normalization has another number of channels than the neighbour.
  case otherFeatureCount(normalized: Int, layer: Int)
  /// A running variance that is negative, infinite or not a number.
  case invalidRunningVariance(channel: Int, found: Double)
  /// A running mean that is infinite or not a number.
  case invalidRunningMean(channel: Int, found: Double)
  /// Running variance and epsilon are both 0.
  case zeroRunningVariance(channel: Int)
  /// A folded weight or bias of an output channel is beyond the element type.
  case overflow(channel: Int)
  /// The probes do not come this far, because inference fails before.
  case notReached(NormalizationError)
  /// The outputs on the probes differ by more than is tolerated.
  case differs(found: Double, allowed: Double)
  /// The outputs on the probes differ by more than rounding explains: the neighbour does not fold as it says, or the
  /// machine does not compute as IEEE 754 says.
  case exceedsBound(found: Double, bound: Double)
}

extension FoldingObstacle: CustomStringConvertible {
  /// The reason in words.
  public var description: String {
    switch self {
    case .dependsOnInput:
      "its statistics are those of the input, so it is not the same factor and offset for every input"
    case .noRunningStatistics:
      "it has no running statistics and takes those of the batch"
    case .noLinearNeighbor(let before, let after):
      "no linear layer is next to it: before it is \(neighbor(before)), behind it \(neighbor(after))"
    case .insideLayer(let kind):
      "it is inside of a layer of kind \(kind); only what is in a Sequential is folded"
    case .otherAxis(let normalized, let layer, let rank):
      "it normalises axis \(normalized), but the linear layer's channels lie on axis \(layer) of \(rank)"
    case .padding(let padding):
      """
      the convolution behind it pads with \(padding) zeros, which are no outputs of the normalization: \
      normalise behind the convolution instead
      """
    case .otherFeatureCount(let normalized, let layer):
      "it has \(normalized) channels, but the linear layer \(layer)"
    case .invalidRunningVariance(let channel, let found):
      "the running variance of channel \(channel) is \(found), but must be finite and not negative"
    case .invalidRunningMean(let channel, let found):
      "the running mean of channel \(channel) is \(found), but must be finite"
    case .zeroRunningVariance(let channel):
      "running variance and epsilon are both 0 in channel \(channel)"
    case .overflow(let channel):
      "a folded weight or bias of output channel \(channel) is beyond the element type"
    case .notReached(let error):
      "the probes do not reach it: \(error)"
    case .differs(let found, let allowed):
      "outputs on the probes would differ by \(found), more than the \(allowed) allowed"
    case .exceedsBound(let found, let bound):
      "outputs on the probes would differ by \(found), but rounding explains only \(bound)"
    }
  }

  private func neighbor(_ kind: String?) -> String { kind ?? "nothing" }
}
