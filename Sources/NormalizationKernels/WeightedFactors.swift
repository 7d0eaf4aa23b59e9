internal import CNormalizationKernels

/// The factors of the weighted kernels for every channel, in Float64; see weighted.h.
final class WeightedFactors {
  /// In the order of `norm_weighted_factors`.
  private enum Name: Int, CaseIterable {
    case high, low, inverse, outputFactor, shift, factor, slope, offset
  }

  private let channels: Int
  private let memory: UnsafeMutablePointer<Double>

  /// The factors of a forward pass, and of a backward one whose statistics are constants.
  init(_ statistics: ChannelStatistics, scale: [Double]?, shift: [Double]?) {
    channels = statistics.mean.count
    // Kernels read whole vectors, also of the last channels.
    let count = Name.allCases.count * channels + Int(norm_lanes)
    memory = .allocate(capacity: count)
    memory.initialize(repeating: 0, count: count)
    set(.high, statistics.mean)
    set(.low, statistics.meanRemainder)
    set(.inverse, statistics.inverseDeviation)
    set(.outputFactor, statistics.inverseDeviation)
    if let scale {
      for channel in 0..<channels { self[.outputFactor][channel] *= scale[channel] }
    }
    if let shift { set(.shift, shift) }
    self[.factor].update(from: self[.outputFactor], count: channels)
  }

  deinit {
    memory.deallocate()
  }

  private subscript(name: Name) -> UnsafeMutablePointer<Double> {
    memory + name.rawValue * channels
  }

  private func set(_ name: Name, _ values: [Double]) {
    values.withUnsafeBufferPointer { values in
      guard let source = values.baseAddress else { return }  // no channels
      self[name].update(from: source, count: channels)
    }
  }

  /// Sets what follows from the sums over positions of `weight` in all:
  ///
  ///     dx = factor * dy + w * (slope * n + offset)
  ///     slope = -factor * sum(dy * n)/W       offset = -factor * sum(dy)/W
  func setGradient(sum: [Double], product: [Double], weight: Double) {
    for channel in 0..<channels {
      let factor = self[.factor][channel]
      self[.slope][channel] = -factor * (product[channel] / weight)
      self[.offset][channel] = -factor * (sum[channel] / weight)
    }
  }

  /// The factors from a channel on.
  func kernelFactors(from channel: Int) -> norm_weighted_factors {
    func part(_ name: Name) -> UnsafePointer<Double> { UnsafePointer(self[name] + channel) }
    return norm_weighted_factors(
      high: part(.high), low: part(.low), inverse: part(.inverse),
      output_factor: part(.outputFactor), shift: part(.shift), factor: part(.factor),
      slope: part(.slope), offset: part(.offset))
  }
}
