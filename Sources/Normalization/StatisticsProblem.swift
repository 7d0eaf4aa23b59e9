import NormalizationKernels

extension ChannelStatistics {
  /// Why statistics may not be used, judged on the elements: the first channel (or set) with a non-finite one; else
  /// the first whose variance leaves the range of Float64.
  ///
  /// - Parameter contains: whether an element of a channel satisfies a condition.
  func problem<Scalar: NormalizationScalar>(
    epsilon: Double, _ type: Scalar.Type,
    contains: (_ channel: Int, _ condition: (Scalar) -> Bool) -> Bool
  ) -> NormalizationError? {
    let suspects =
      areFinite ? [] : mean.indices.filter { !mean[$0].isFinite || !variance[$0].isFinite }
    if let channel = suspects.first(where: { contains($0) { !$0.isFinite } }) {
      return .nonFiniteInput(channel: channel)
    }
    if let channel = suspects.first { return .varianceOverflow(channel: channel) }
    // Squares of Float64 deviations vanish below 1e-154, and lose digits before. Float32 cannot get there.
    guard MemoryLayout<Scalar>.size == 8, epsilon < 1e-280 else { return nil }
    let small = variance.indices.first { channel in
      let mean = Scalar(mean[channel])
      return variance[channel] < 1e-290 && contains(channel) { $0 != mean }
    }
    return small.map { .varianceUnderflow(channel: $0) }
  }
}

extension NormalizationError {
  /// Whether it is about elements that are not finite.
  var isOfElements: Bool {
    if case .nonFiniteInput = self { true } else { false }
  }
}
