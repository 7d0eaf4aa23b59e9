import NormalizationKernels

extension ChannelStatistics {
  /// Why statistics may not be used, judged on the elements: the first channel (or set) with a non-finite one; else
  /// the first whose variance leaves the range of Float64.
  ///
  /// - Parameters:
  ///   - channel: the channel of each set, where statistics are those of sets.
  ///   - propagates: whether elements that are not finite are no problem.
  ///   - contains: whether an element of a channel satisfies a condition.
  func problem<Scalar: NormalizationScalar>(
    epsilon: Double, _ type: Scalar.Type, channel: (Int) -> Int = { $0 }, propagates: Bool = false,
    contains: (_ channel: Int, _ condition: (Scalar) -> Bool) -> Bool
  ) -> NormalizationError? {
    var suspects =
      areFinite ? [] : mean.indices.filter { !mean[$0].isFinite || !variance[$0].isFinite }
    let spoiled = suspects.filter { contains($0) { !$0.isFinite } }
    if let first = spoiled.map(channel).min(), !propagates {
      return .nonFiniteInput(channel: first)
    }
    suspects.removeAll { spoiled.contains($0) }
    if let first = suspects.map(channel).min() { return .varianceOverflow(channel: first) }
    // Squares of Float64 deviations vanish below 1e-154, and lose digits before. Float32 cannot get there.
    guard MemoryLayout<Scalar>.size == 8, epsilon < Self.smallEpsilon else { return nil }
    let small = variance.indices.filter { channel in
      let mean = Scalar(mean[channel])
      return variance[channel] < Self.smallestVariance && contains(channel) { $0 != mean }
    }
    return small.map(channel).min().map { .varianceUnderflow(channel: $0) }
  }
}
