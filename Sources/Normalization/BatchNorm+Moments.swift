public import NormalizationKernels
public import Tensors

/// Statistics of a batch in parts, as `Moments` that join.
extension BatchNorm {
  /// The statistics of a batch, or of a part of it, whose blocks are numbered from `firstBlock` on.
  ///
  /// Parts are cut along the axes before the channels. Cut at block boundaries, their statistics join to those of the
  /// whole batch to the bit.
  ///
  /// - Precondition: the input has `featureCount` channels on `axis`.
  public func moments(of input: Tensor<Scalar>, firstBlock: Int = 0) -> Moments {
    moments(of: input.span, shape: input.shape, firstBlock: firstBlock)
  }

  /// The statistics of a batch, or of a part of it, over plain memory.
  ///
  /// - Parameters:
  ///   - input: the elements in row-major order.
  ///   - shape: the shape of the input.
  ///   - firstBlock: the number of its first block in the whole batch.
  public func moments(of input: Span<Scalar>, shape: [Int], firstBlock: Int = 0) -> Moments {
    kernels(for: shape).moments(
      of: input, firstBlock: firstBlock, marksVanishing: epsilon < ChannelStatistics.smallEpsilon)
  }

  /// Takes the part of a batch that follows into its statistics.
  ///
  /// - Precondition: as of ``moments(of:firstBlock:)``; and the parts before had as many channels and as many
  ///   values beside each other.
  public func absorb(_ input: Tensor<Scalar>, into moments: inout Moments) {
    moments.append(self.moments(of: input, firstBlock: moments.range.upperBound))
  }

  /// Takes a batch's statistics into the running ones. Call it once per batch.
  ///
  /// Does nothing for a frozen layer, for non-finite numbers that the policy lets propagate, and where no running
  /// statistics are kept.
  ///
  /// - Throws: as ``trainingPass(_:using:firstBlock:adding:activation:)``; the layer is then unchanged.
  public mutating func commit(_ moments: Moments) throws(NormalizationError) {
    guard freezing == .none else { return }
    let (statistics, isFinite) = try usableStatistics(moments)
    guard isFinite else { return }
    let momentum = momentum
    runningStatistics?.absorb(statistics, momentum: momentum)
  }

  /// The statistics, once they are known to be usable, and whether they may enter the running ones.
  func usableStatistics(
    _ moments: Moments
  ) throws(NormalizationError) -> (ChannelStatistics, isFinite: Bool) {
    precondition(
      moments.channels == featureCount || moments.isEmpty,
      "The layer has \(featureCount) channels, but the moments \(moments.channels).")
    guard moments.count >= 2 else { throw .tooFewValuesInAll(found: moments.count) }
    let statistics = moments.statistics(epsilon: epsilon)
    let problem = problem(in: moments, statistics)
    if let problem, nonFinitePolicy == .refuse { throw problem }
    return (statistics, problem == nil)
  }

  /// Why a batch's statistics may not be used, as the elements were judged when they were absorbed.
  private func problem(
    in moments: Moments, _ statistics: ChannelStatistics
  ) -> NormalizationError? {
    if let channel = moments.firstNonFiniteChannel { return .nonFiniteInput(channel: channel) }
    if !statistics.areFinite {
      let channel = statistics.mean.indices.first {
        !statistics.mean[$0].isFinite || !statistics.variance[$0].isFinite
      }
      return channel.map { .varianceOverflow(channel: $0) }
    }
    guard MemoryLayout<Scalar>.size == 8, epsilon < ChannelStatistics.smallEpsilon else {
      return nil
    }
    return moments.firstVanishingChannel.map { .varianceUnderflow(channel: $0) }
  }
}
