internal import CNormalizationKernels

/// Factors of one channel or, for columns, of all; see factors.c.
private final class Factors {
  let memory: UnsafeMutablePointer<Double>
  let wide: UnsafeMutablePointer<UInt8>
  let narrow: UnsafeMutableRawPointer
  let channels: Int
  let elementSize: Int

  /// Room for `count` factors per channel, none of them wide.
  init(count: Int, channels: Int, elementSize: Int) {
    self.channels = channels
    self.elementSize = elementSize
    memory = .allocate(capacity: max(1, count * channels))
    wide = .allocate(capacity: max(1, channels))
    wide.initialize(repeating: 0, count: max(1, channels))
    narrow = .allocate(byteCount: max(64, count * channels * elementSize), alignment: 64)
  }

  deinit {
    memory.deallocate()
    wide.deallocate()
    narrow.deallocate()
  }

  /// Factor number `index` of every channel, in Float64.
  subscript(index: Int) -> UnsafeMutablePointer<Double> { memory + index * channels }

  /// The same in the element type, from channel `channel` on.
  func rounded(_ index: Int, from channel: Int) -> UnsafeMutableRawPointer {
    narrow + (index * channels + channel) * elementSize
  }

  /// Factors of a normalization that multiplies by those of a gradient.
  func setScaling(_ gradient: Factors, _ channels: Range<Int>) {
    let (first, width) = (channels.lowerBound, channels.count)
    (self[0] + first).update(repeating: 0, count: width)
    (self[1] + first).update(from: gradient[2] + first, count: width)
    (self[2] + first).update(repeating: 0, count: width)
    (wide + first).update(from: gradient.wide + first, count: width)
  }

  func round(_ indices: Range<Int>, _ range: Range<Int>, _ kernels: norm_kernels) {
    for index in indices {
      kernels.narrow(
        self[index] + range.lowerBound, range.count, rounded(index, from: range.lowerBound))
    }
  }
}

extension BatchPlan {
  func normalize(
    _ input: UnsafeRawPointer?, _ output: UnsafeMutableRawPointer?, epsilon: Double,
    scale: [Double]?, shift: [Double]?
  ) -> ChannelStatistics {
    var statistics = ChannelStatistics(channels: layout.channels)
    guard let input, let output, layout.count > 0 else { return statistics }
    statistics.count = layout.valuesPerChannel
    let factors = Factors(count: 3, channels: layout.channels, elementSize: elementSize)
    withMutableParts(of: &statistics) { high, low, variance, inverse in
      reduce(.moments, tensors: 1) { block, channels, planes in
        writeMoments(input, block, channels, planes)
      } finish: { channels, planes in
        let (first, width) = (channels.lowerBound, channels.count)
        (high + first).update(from: planes[0], count: width)
        (low + first).update(from: planes[1], count: width)
        norm_finish_moments(
          width, Double(planes.count), epsilon, planes[2], variance + first, inverse + first)
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
    withParts(of: statistics) { high, low, inverse in
      setNormalizeFactors(factors, 0..<layout.channels, high, low, inverse, scale, shift)
      forEachPart { channels, blocks in
        normalize(input, output, channels, blocks, factors, high, low, shift)
      }
    }
  }

  func gradients(
    _ input: UnsafeRawPointer?, _ outputGradient: UnsafeRawPointer?,
    _ inputGradient: UnsafeMutableRawPointer?, statistics: ChannelStatistics, scale: [Double]?,
    throughStatistics: Bool
  ) -> (scale: [Double], shift: [Double]) {
    var product = [Double](repeating: 0, count: layout.channels)
    var sum = product
    guard let input, let outputGradient, let inputGradient, layout.count > 0 else {
      return (product, sum)
    }
    // 0 center, 1 inverse, 2 factor, 3 slope, 4 offset
    let factors = Factors(count: 5, channels: layout.channels, elementSize: elementSize)
    // dx = factor * dy is a normalization of dy around 0: 0 center, 1 factor, 2 offset.
    let constants = Factors(count: 3, channels: layout.channels, elementSize: elementSize)
    let zeros = [Double](repeating: 0, count: layout.channels)
    withParts(of: statistics) { high, low, inverse in
      factors[1].update(from: inverse, count: layout.channels)
      _ = norm_sums_factors(
        layout.channels, isSingle, high, low, inverse, scale, factors[0], factors.wide)
      factors.round(0..<2, 0..<layout.channels, kernels)
      product.withUnsafeMutableBufferPointer { product in
        sum.withUnsafeMutableBufferPointer { sum in
          guard let product = product.baseAddress, let sum = sum.baseAddress else { return }
          reduce(.sums, tensors: 2) { block, channels, planes in
            writeSums(input, outputGradient, block, channels, planes, factors, high, low)
          } finish: { channels, planes in
            let (first, width) = (channels.lowerBound, channels.count)
            (sum + first).update(from: planes[0], count: width)
            (product + first).update(from: planes[1], count: width)
            norm_gradient_factors(
              width, Double(planes.count), high + first, low + first, factors[0] + first,
              inverse + first, scale.map { Array($0[channels]) }, factors.wide + first, sum + first,
              product + first, factors[2] + first, factors[3] + first, factors[4] + first)
            if throughStatistics {
              factors.round(2..<5, channels, kernels)
            } else {
              constants.setScaling(factors, channels)
              constants.round(0..<3, channels, kernels)
            }
          } apply: { channels, blocks in
            if throughStatistics {
              differentiate(
                input, outputGradient, inputGradient, channels, blocks, factors, high, low)
            } else {
              normalize(
                outputGradient, inputGradient, channels, blocks, constants, zeros, zeros, nil)
            }
          }
        }
      }
    }
    return (product, sum)
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

  private func normalize(
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

  private func writeSums(
    _ input: UnsafeRawPointer, _ outputGradient: UnsafeRawPointer, _ block: BatchLayout.Block,
    _ channels: Range<Int>, _ planes: UnsafeMutablePointer<Double>, _ factors: Factors,
    _ high: UnsafePointer<Double>, _ low: UnsafePointer<Double>
  ) {
    let (first, width) = (channels.lowerBound, channels.count)
    if layout.isColumns {
      let at = offset(block, channel: first)
      kernels.sums_columns(
        input + at, outputGradient + at, block.rows, width, layout.stride,
        factors.rounded(0, from: first), factors.rounded(1, from: first), planes, planes + width)
    }
    for (index, channel) in channels.enumerated()
    where factors.wide[channel] != 0 || !layout.isColumns {
      let at = offset(block, channel: channel)
      if factors.wide[channel] != 0 {
        kernels.wide_sums(
          input + at, outputGradient + at, block.rows, block.length, layout.stride, high[channel],
          low[channel], factors[1][channel], planes + index, planes + width + index)
      } else {
        kernels.sums_runs(
          input + at, outputGradient + at, block.rows, block.length, layout.stride,
          factors[0][channel], factors[1][channel], planes + index, planes + width + index)
      }
    }
  }

  private func differentiate(
    _ input: UnsafeRawPointer, _ outputGradient: UnsafeRawPointer,
    _ inputGradient: UnsafeMutableRawPointer, _ channels: Range<Int>, _ blocks: Range<Int>,
    _ factors: Factors, _ high: UnsafePointer<Double>, _ low: UnsafePointer<Double>
  ) {
    let first = channels.lowerBound
    forEachPiece(blocks) { piece in
      if layout.isColumns {
        let at = offset(piece, channel: first)
        kernels.gradient_columns(
          input + at, outputGradient + at, inputGradient + at, piece.rows, channels.count,
          layout.stride, factors.rounded(0, from: first), factors.rounded(1, from: first),
          factors.rounded(2, from: first), factors.rounded(3, from: first),
          factors.rounded(4, from: first))
      }
      for channel in channels where factors.wide[channel] != 0 || !layout.isColumns {
        let at = offset(piece, channel: channel)
        if factors.wide[channel] != 0 {
          kernels.wide_gradient(
            input + at, outputGradient + at, inputGradient + at, piece.rows, piece.length,
            layout.stride, high[channel], low[channel], factors[1][channel], factors[2][channel],
            factors[3][channel], factors[4][channel])
        } else {
          kernels.gradient_runs(
            input + at, outputGradient + at, inputGradient + at, piece.rows, piece.length,
            layout.stride, factors[0][channel], factors[1][channel], factors[2][channel],
            factors[3][channel], factors[4][channel])
        }
      }
    }
  }

  private func withMutableParts(
    of statistics: inout ChannelStatistics,
    _ body: (
      _ high: UnsafeMutablePointer<Double>, _ low: UnsafeMutablePointer<Double>,
      _ variance: UnsafeMutablePointer<Double>, _ inverse: UnsafeMutablePointer<Double>
    ) -> Void
  ) {
    statistics.mean.withUnsafeMutableBufferPointer { high in
      statistics.meanRemainder.withUnsafeMutableBufferPointer { low in
        statistics.variance.withUnsafeMutableBufferPointer { variance in
          statistics.inverseDeviation.withUnsafeMutableBufferPointer { inverse in
            if let high = high.baseAddress, let low = low.baseAddress,
              let variance = variance.baseAddress, let inverse = inverse.baseAddress
            {
              body(high, low, variance, inverse)
            }
          }
        }
      }
    }
  }

  private func withParts(
    of statistics: ChannelStatistics,
    _ body: (
      _ high: UnsafePointer<Double>, _ low: UnsafePointer<Double>, _ inverse: UnsafePointer<Double>
    ) -> Void
  ) {
    statistics.mean.withUnsafeBufferPointer { high in
      statistics.meanRemainder.withUnsafeBufferPointer { low in
        statistics.inverseDeviation.withUnsafeBufferPointer { inverse in
          if let high = high.baseAddress, let low = low.baseAddress,
            let inverse = inverse.baseAddress
          {
            body(high, low, inverse)
          }
        }
      }
    }
  }
}
