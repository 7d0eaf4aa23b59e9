internal import CNormalizationKernels

/// Statistics of channels that share theirs with others, or belong to several samples.
extension ChannelStatistics {
  /// Each number `times` times.
  func repeated(_ times: Int) -> ChannelStatistics {
    guard times > 1 else { return self }
    func repeated(_ values: [Double]) -> [Double] {
      Array(unsafeUninitializedCapacity: values.count * times) { buffer, count in
        for index in values.indices {
          for place in index * times..<(index + 1) * times { buffer[place] = values[index] }
        }
        count = values.count * times
      }
    }
    var result = self
    result.mean = repeated(mean)
    result.meanRemainder = repeated(meanRemainder)
    result.variance = repeated(variance)
    result.inverseDeviation = repeated(inverseDeviation)
    return result
  }

  func slice(_ range: Range<Int>) -> ChannelStatistics {
    var result = self
    result.mean = Array(mean[range])
    result.meanRemainder = Array(meanRemainder[range])
    result.variance = Array(variance[range])
    result.inverseDeviation = Array(inverseDeviation[range])
    return result
  }

  func copy(to parts: ChannelParts, from first: Int) {
    (parts.high + first).update(from: mean, count: mean.count)
    (parts.low + first).update(from: meanRemainder, count: mean.count)
    (parts.variance + first).update(from: variance, count: mean.count)
    (parts.inverse + first).update(from: inverseDeviation, count: mean.count)
  }

  /// The statistics of groups of `size` neighbouring channels, all of which have equally many values.
  ///
  ///     mean     = average of the channels' means
  ///     variance = average of the channels' variances + variance of their means
  ///
  /// Means are taken from the first one's on, so that large ones cost no digits.
  func joined(
    by size: Int, epsilon: Double, _ kernels: norm_kernels
  ) -> ChannelStatistics {
    var result = ChannelStatistics(channels: mean.count / size)
    result.weight = BlockWeight(values: count * size)
    for group in result.mean.indices {
      let channels = group * size..<(group + 1) * size
      let (high, low) = (mean[group * size], meanRemainder[group * size])
      func distance(_ channel: Int) -> Double {
        (mean[channel] - high) + (meanRemainder[channel] - low)
      }
      let step = channels.reduce(0) { $0 + distance($1) } / Double(size)
      let squares = channels.reduce(0) { sum, channel in
        let deviation = distance(channel) - step
        return sum + (variance[channel] + deviation * deviation)
      }
      let joined = high + (low + step)
      result.mean[group] = joined
      // What rounding took away (Fast2Sum would need to know which one is larger).
      let part = joined - high
      result.meanRemainder[group] = (high - (joined - part)) + ((low + step) - part)
      result.variance[group] = squares / Double(size)
    }
    kernels.inverse_deviations(
      result.mean.count, epsilon, result.variance, &result.inverseDeviation)
    return result
  }
}
