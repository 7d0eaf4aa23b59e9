public import NormalizationKernels

/// Averages of the batches' statistics, one per channel, which inference normalises with.
///
/// Kept in Float64 whatever the layer's element type: averages with a weight close to 1 stand still in
/// Float32, and the variance of large Float32 numbers does not fit there.
public struct RunningStatistics: Equatable, Sendable {
  /// What is averaged beside the mean.
  public enum Tracking: String, CaseIterable, Sendable {
    /// The unbiased variance, m/(m-1) times the biased one, as PyTorch and MLX keep it.
    case unbiasedVariance = "unbiased"
    /// The biased variance, as Keras, Flax and ONNX keep it.
    case biasedVariance = "biased"
    /// The biased standard deviation: sigma <- keep*sigma + (1-keep)*sigma_batch.
    case standardDeviation = "standard-deviation"
  }

  /// What is averaged beside the mean.
  public let tracking: Tracking
  /// The running mean of each channel. 0 at first.
  public private(set) var mean: [Double]
  /// The running variance of each channel; the squared running deviation where that is tracked. 1 at first.
  public var variance: [Double] {
    tracking == .standardDeviation ? spread.map { $0 * $0 } : spread
  }
  /// The running standard deviation of each channel; the root of the running variance where that is tracked.
  public var standardDeviation: [Double] {
    tracking == .standardDeviation ? spread : spread.map { $0.squareRoot() }
  }
  /// The number of batches since the last reset.
  public private(set) var batchesTracked: Int

  // Variances, or standard deviations: whatever is averaged.
  private var spread: [Double]

  /// The statistics before the first batch: mean 0, variance 1.
  public init(featureCount: Int, tracking: Tracking = .unbiasedVariance) {
    self.tracking = tracking
    mean = Array(repeating: 0, count: featureCount)
    spread = Array(repeating: 1, count: featureCount)
    batchesTracked = 0
  }

  /// Statistics from elsewhere.
  ///
  /// - Precondition: as many means as variances.
  public init(
    mean: [Double], variance: [Double], batchesTracked: Int = 0,
    tracking: Tracking = .unbiasedVariance
  ) {
    precondition(
      mean.count == variance.count,
      "There are \(mean.count) running means, but \(variance.count) running variances.")
    self.tracking = tracking
    self.mean = mean
    spread = tracking == .standardDeviation ? variance.map { $0.squareRoot() } : variance
    self.batchesTracked = batchesTracked
  }

  /// Statistics from elsewhere that track the standard deviation, to the bit.
  ///
  /// - Precondition: as many means as deviations.
  public init(mean: [Double], standardDeviation: [Double], batchesTracked: Int = 0) {
    precondition(
      mean.count == standardDeviation.count,
      "There are \(mean.count) running means, but \(standardDeviation.count) running deviations.")
    tracking = .standardDeviation
    self.mean = mean
    spread = standardDeviation
    self.batchesTracked = batchesTracked
  }

  /// Takes the statistics of one more batch into the averages.
  ///
  ///     mean     <- keep*mean     + (1-keep)*batch mean
  ///     variance <- keep*variance + (1-keep)*batch variance * m/(m-1)    (unbiased)
  ///
  /// With weights m/(m-1) becomes W^2/(W^2 - sum(w^2)).
  public mutating func absorb(_ batch: ChannelStatistics, momentum: Momentum) {
    precondition(
      batch.mean.count == mean.count,
      "The batch has \(batch.mean.count) channels, but the running statistics \(mean.count).")
    absorb(instances: batch, momentum: momentum)
  }

  /// Takes the statistics of one more batch into the averages, those of `instances` being one sample's after the
  /// other's, each with all channels: their plain average counts.
  ///
  /// As PyTorch's instance normalization.
  public mutating func absorb(instances: ChannelStatistics, momentum: Momentum) {
    let channels = mean.count
    precondition(
      instances.mean.count % channels == 0,
      "\(instances.mean.count) statistics are not those of samples with \(channels) channels.")
    let samples = instances.mean.count / channels
    guard samples > 0 else { return }
    let keep = momentum.keepWeight(after: batchesTracked)
    let correction = tracking == .unbiasedVariance ? instances.unbiasedFactor : 1
    func average(_ channel: Int, _ value: (Int) -> Double) -> Double {
      let sum = (1..<samples).reduce(value(channel)) { $0 + value($1 * channels + channel) }
      return samples == 1 ? sum : sum / Double(samples)
    }
    for channel in 0..<channels {
      let newMean = average(channel) { instances.mean[$0] }
      let newSpread = average(channel) {
        let variance = instances.variance[$0]
        return tracking == .standardDeviation ? variance.squareRoot() : variance * correction
      }
      mean[channel] = weighted(mean[channel], newMean, keep: keep)
      spread[channel] = weighted(spread[channel], newSpread, keep: keep)
    }
    if batchesTracked < .max { batchesTracked += 1 }  // files may say anything
  }

  /// Forgets all batches: mean 0, variance 1.
  public mutating func reset() {
    self = RunningStatistics(featureCount: mean.count, tracking: tracking)
  }

  func check(featureCount: Int) {
    precondition(
      mean.count == featureCount,
      "The running statistics must have \(featureCount) channels, as the layer.")
  }

  // A weight of 0 or 1 takes one side alone, even where the other is infinite.
  private func weighted(_ old: Double, _ new: Double, keep: Double) -> Double {
    keep == 0 ? new : keep == 1 ? old : keep * old + (1 - keep) * new
  }
}
