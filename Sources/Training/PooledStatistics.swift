import Normalization

/// Moments of batches of any size, also of images of different sizes, which have blocks of their own.
struct PooledMoments {
  /// By the number of neighbouring values of a channel: such blocks join in the fixed tree.
  private var parts: [Int: Moments] = [:]

  func nextBlock(inner: Int) -> Int { parts[inner]?.range.upperBound ?? 0 }

  mutating func append(_ moments: Moments, inner: Int) {
    parts[inner, default: Moments()].append(moments)
  }

  /// The statistics of all values together.
  var statistics: PooledStatistics {
    parts.sorted { $0.key < $1.key }.reduce(into: PooledStatistics()) {
      $0.join(PooledStatistics($1.value.statistics(epsilon: 0)))
    }
  }
}

/// Mean and biased variance of every channel over a number of values.
struct PooledStatistics {
  private(set) var count = 0
  private(set) var mean: [Double] = []
  private(set) var variance: [Double] = []

  init() {}

  init(_ statistics: ChannelStatistics) {
    count = statistics.count
    mean = zip(statistics.mean, statistics.meanRemainder).map { $0 + $1 }
    variance = statistics.variance
  }

  /// Takes in other values:
  ///
  ///     mean     = mean_a + delta * b/(a + b)         delta = mean_b - mean_a
  ///     variance = (a * variance_a + b * variance_b)/(a + b) + delta^2 * ab/(a + b)^2
  ///
  /// Source: Chan, Golub and LeVeque 1979.
  mutating func join(_ other: PooledStatistics) {
    guard other.count > 0 else { return }
    guard count > 0 else {
      self = other
      return
    }
    let total = Double(count + other.count)
    let (a, b) = (Double(count) / total, Double(other.count) / total)
    for channel in mean.indices {
      let delta = other.mean[channel] - mean[channel]
      mean[channel] += delta * b
      variance[channel] =
        a * variance[channel] + b * other.variance[channel] + delta * delta * a * b
    }
    count += other.count
  }

  /// These as running statistics.
  func running(
    tracking: RunningStatistics.Tracking, batchesTracked: Int
  ) -> RunningStatistics {
    switch tracking {
    case .standardDeviation:
      return RunningStatistics(
        mean: mean, standardDeviation: variance.map { $0.squareRoot() },
        batchesTracked: batchesTracked)
    case .biasedVariance, .unbiasedVariance:
      let factor = tracking == .unbiasedVariance ? Double(count) / Double(count - 1) : 1
      return RunningStatistics(
        mean: mean, variance: variance.map { $0 * factor }, batchesTracked: batchesTracked,
        tracking: tracking)
    }
  }
}
