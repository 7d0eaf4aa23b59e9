import Normalization

/// What normalization with running statistics does to every channel, in Float64:
///
///     y = factor * (x - mean) + shift        factor = scale / sqrt(running variance + epsilon)
public struct ChannelMap: Equatable, Sendable {
  /// The axis of the channels; negative axes count from the end.
  public let axis: Int
  /// The running mean of each channel.
  public let mean: [Double]
  /// What differences from the mean are multiplied by.
  public let factor: [Double]
  /// What is added last.
  public let shift: [Double]
}

extension NormalizationLayer {
  /// What inference does to every channel.
  ///
  /// - Throws: ``FoldingObstacle`` where that depends on the input, and where the running statistics cannot be
  ///   divided by.
  public func inferenceMap() throws(FoldingObstacle) -> ChannelMap {
    let axis: Int
    switch statisticsSet {
    case .batch(let channelAxis): axis = channelAxis
    case .instance(let channelAxis) where runningStatistics != nil: axis = channelAxis
    case .instance, .sample: throw .dependsOnInput
    }
    guard let running = runningStatistics else { throw .noRunningStatistics }
    var factor: [Double] = []
    for (channel, variance) in running.variance.enumerated() {
      guard variance >= 0, variance.isFinite else {
        throw .invalidRunningVariance(channel: channel, found: variance)
      }
      guard variance + epsilon > 0 else { throw .zeroRunningVariance(channel: channel) }
      guard running.mean[channel].isFinite else {
        throw .invalidRunningMean(channel: channel, found: running.mean[channel])
      }
      let scale = scale.map { Double($0[channel]) } ?? 1
      factor.append(scale * (1 / (variance + epsilon).squareRoot()))
    }
    let shift = shift.map { $0.elements.map { Double($0) } }
    return ChannelMap(
      axis: axis, mean: running.mean, factor: factor,
      shift: shift ?? Array(repeating: 0, count: factor.count))
  }
}
