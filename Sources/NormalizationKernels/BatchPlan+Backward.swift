internal import CNormalizationKernels

extension BatchPlan {
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
    let constants =
      throughStatistics
      ? nil : Factors(count: 3, channels: layout.channels, elementSize: elementSize)
    let zeros = [Double](repeating: 0, count: throughStatistics ? 0 : layout.channels)
    statistics.withParts { high, low, inverse in
      factors[1].update(from: inverse, count: layout.channels)
      _ = norm_sums_factors(
        layout.channels, isSingle, high, inverse, scale, factors[0], factors.wide)
      factors.round(0..<2, 0..<layout.channels, kernels)
      product.withUnsafeMutableBufferPointer { product in
        sum.withUnsafeMutableBufferPointer { sum in
          guard let product = product.baseAddress, let sum = sum.baseAddress else { return }
          reduce(.sums, tensors: 2) { block, channels, planes in
            writeSums(input, outputGradient, block, channels, planes, factors, high, low)
          } finish: { channels, planes in
            let (first, width) = (channels.lowerBound, channels.count)
            planes.copy(0, to: sum + first)
            planes.copy(1, to: product + first)
            norm_gradient_factors(
              width, Double(planes.count), high + first, low + first, factors[0] + first,
              inverse + first, scale.map { Array($0[channels]) }, factors.wide + first, sum + first,
              product + first, factors[2] + first, factors[3] + first, factors[4] + first)
            factors.round(2..<5, channels, kernels)
            constants?.setScaling(factors, channels)
            constants?.round(0..<3, channels, kernels)
          } apply: { channels, blocks in
            if let constants {
              normalize(
                outputGradient, inputGradient, channels, blocks, constants, zeros, zeros, nil)
            } else {
              differentiate(
                input, outputGradient, inputGradient, channels, blocks, factors, high, low)
            }
          }
        }
      }
    }
    return (product, sum)
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
}
