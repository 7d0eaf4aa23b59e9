internal import CNormalizationKernels

extension BatchPlan {
  /// Normalises with the batch's own statistics.
  func normalize(
    _ whole: norm_block, epsilon: Double, scale: [Double]?, shift: [Double]?
  ) -> ChannelStatistics {
    var statistics = ChannelStatistics(channels: layout.channels)
    guard layout.count > 0 else { return statistics }
    statistics.weight = BlockWeight(values: layout.valuesPerChannel)
    statistics.withMutableParts(scale: scale, shift: shift) { parts in
      let factors = factors(parts, isBackward: false)
      let output = output(whole)
      reduceMoments(whole, epsilon: epsilon, parts, applies: true) { channels in
        factors.setOutput(channels, kernels)
      } apply: { channels, place in
        normalize(output, place, channels, factors)
      }
    }
    return statistics
  }

  /// The statistics alone.
  func statistics(_ whole: norm_block, epsilon: Double) -> ChannelStatistics {
    var statistics = ChannelStatistics(channels: layout.channels)
    guard layout.count > 0 else { return statistics }
    statistics.weight = BlockWeight(values: layout.valuesPerChannel)
    statistics.withMutableParts(scale: nil, shift: nil) { parts in
      reduceMoments(whole, epsilon: epsilon, parts, applies: false, finish: { _ in }) { _, _ in }
    }
    return statistics
  }

  /// Normalises with given statistics.
  func apply(
    _ statistics: ChannelStatistics, _ whole: norm_block, scale: [Double]?, shift: [Double]?
  ) {
    guard layout.count > 0 else { return }
    statistics.withParts(scale: scale, shift: shift) { parts in
      let factors = factors(parts, isBackward: false)
      factors.setOutput(0..<layout.channels, kernels)
      let output = output(whole)
      forEachPart { channels, place in
        normalize(output, place, channels, factors)
      }
    }
  }

  /// What a pass over elements reads and writes: past the caches or not.
  func output(_ whole: norm_block) -> norm_block {
    var output = whole
    output.stream = streams
    output.ahead = Self.elementsAhead
    return output
  }

  func factors(_ parts: ChannelParts, isBackward: Bool) -> Factors {
    Factors(parts, channels: layout.channels, elementSize: elementSize, isBackward: isBackward)
  }

  private func reduceMoments(
    _ whole: norm_block, epsilon: Double, _ parts: ChannelParts, applies: Bool,
    finish: (Range<Int>) -> Void, apply: Apply
  ) {
    reduce(.moments, channelsPerTask: channelsPerTask(tensors: 1), applies: applies) {
      place, channels, next, planes in
      writeMoments(whole, place, channels, next, planes)
    } finish: { channels, planes in
      let (first, width) = (channels.lowerBound, channels.count)
      planes.copy(0, to: parts.high + first)
      planes.copy(1, to: parts.low + first)
      planes.copy(2, to: parts.variance + first)  // not yet divided by the count
      if isCentered {
        kernels.finish_moments(
          width, Double(planes.count), epsilon, parts.variance + first, parts.inverse + first)
      } else {
        kernels.finish_squares(
          width, Double(planes.count), epsilon, parts.high + first, parts.low + first,
          parts.variance + first, parts.inverse + first)
      }
      finish(channels)
    } apply: { channels, place in
      apply(channels, place)
    }
  }

  func writeMoments(
    _ whole: norm_block, _ place: BatchLayout.Block, _ channels: Range<Int>,
    _ next: BatchLayout.Block, _ planes: UnsafeMutablePointer<Double>
  ) {
    let width = channels.count
    var block = block(place, channels, of: whole, next: next)
    let moments = layout.isColumns ? kernels.moments_columns : kernels.moments_runs
    moments?(&block, planes, planes + width, planes + 2 * width)
  }

  func normalize(
    _ whole: norm_block, _ place: BatchLayout.Block, _ channels: Range<Int>, _ factors: Factors
  ) {
    let normalize = layout.isColumns ? kernels.normalize_columns : kernels.normalize_runs
    visit(place, channels, of: whole, factors) { block, factors in
      normalize?(block, factors)
    } wide: { block, first, count, factors, _ in
      kernels.wide_normalize(block, first, count, factors)
    }
  }
}
