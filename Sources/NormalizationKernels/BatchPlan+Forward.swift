internal import CNormalizationKernels

extension BatchPlan {
  func normalize(
    _ input: UnsafeRawPointer?, _ output: UnsafeMutableRawPointer?, epsilon: Double,
    scale: [Double]?, shift: [Double]?
  ) -> ChannelStatistics {
    var statistics = ChannelStatistics(channels: layout.channels)
    guard let input, let output, layout.count > 0 else { return statistics }
    statistics.count = layout.valuesPerChannel
    let factors = Factors(count: 3, channels: layout.channels, elementSize: elementSize)
    statistics.withMutableParts { high, low, variance, inverse in
      reduce(.moments, tensors: 1) { block, channels, planes in
        writeMoments(input, block, channels, planes)
      } finish: { channels, planes in
        let (first, width) = (channels.lowerBound, channels.count)
        planes.copy(0, to: high + first)
        planes.copy(1, to: low + first)
        planes.copy(2, to: variance + first)  // not yet divided by the count
        norm_finish_moments(width, Double(planes.count), epsilon, variance + first, inverse + first)
        setNormalizeFactors(factors, channels, high, low, inverse, scale, shift)
      } apply: { channels, blocks in
        normalize(input, output, channels, blocks, factors, high, low, shift)
      }
    }
    return statistics
  }

  func apply(
    _ statistics: ChannelStatistics, _ input: UnsafeRawPointer?, _ output: UnsafeMutableRawPointer?,
    scale: [Double]?, shift: [Double]?
  ) {
    guard let input, let output, layout.count > 0 else { return }
    let factors = Factors(count: 3, channels: layout.channels, elementSize: elementSize)
    statistics.withParts { high, low, inverse in
      setNormalizeFactors(factors, 0..<layout.channels, high, low, inverse, scale, shift)
      forEachPart { channels, blocks in
        normalize(input, output, channels, blocks, factors, high, low, shift)
      }
    }
  }

  private func setNormalizeFactors(
    _ factors: Factors, _ channels: Range<Int>, _ high: UnsafePointer<Double>,
    _ low: UnsafePointer<Double>, _ inverse: UnsafePointer<Double>, _ scale: [Double]?,
    _ shift: [Double]?
  ) {
    let first = channels.lowerBound
    _ = norm_normalize_factors(
      channels.count, isSingle, high + first, low + first, inverse + first,
      scale.map { Array($0[channels]) }, shift.map { Array($0[channels]) }, factors[0] + first,
      factors[1] + first, factors[2] + first, factors.wide + first)
    factors.round(0..<3, channels, kernels)
  }

  private func writeMoments(
    _ input: UnsafeRawPointer, _ block: BatchLayout.Block, _ channels: Range<Int>,
    _ planes: UnsafeMutablePointer<Double>
  ) {
    let width = channels.count
    if layout.isColumns {
      kernels.moments_columns(
        input + offset(block, channel: channels.lowerBound), block.rows, width, layout.stride,
        planes, planes + width, planes + 2 * width)
      return
    }
    for (index, channel) in channels.enumerated() {
      kernels.moments_runs(
        input + offset(block, channel: channel), block.rows, block.length, layout.stride,
        planes + index, planes + width + index, planes + 2 * width + index)
    }
  }

  func normalize(
    _ input: UnsafeRawPointer, _ output: UnsafeMutableRawPointer, _ channels: Range<Int>,
    _ blocks: Range<Int>, _ factors: Factors, _ high: UnsafePointer<Double>,
    _ low: UnsafePointer<Double>, _ shift: [Double]?
  ) {
    let first = channels.lowerBound
    forEachPiece(blocks) { piece in
      if layout.isColumns {
        let at = offset(piece, channel: first)
        kernels.normalize_columns(
          input + at, output + at, piece.rows, channels.count, layout.stride,
          factors.rounded(0, from: first), factors.rounded(1, from: first),
          factors.rounded(2, from: first))
      }
      for channel in channels where factors.wide[channel] != 0 || !layout.isColumns {
        let at = offset(piece, channel: channel)
        if factors.wide[channel] != 0 {
          kernels.wide_normalize(
            input + at, output + at, piece.rows, piece.length, layout.stride, high[channel],
            low[channel], factors[1][channel], shift?[channel] ?? 0)
        } else {
          kernels.normalize_runs(
            input + at, output + at, piece.rows, piece.length, layout.stride,
            factors[0][channel], factors[1][channel], factors[2][channel])
        }
      }
    }
  }
}
