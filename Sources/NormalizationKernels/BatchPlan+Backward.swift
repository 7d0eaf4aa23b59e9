internal import CNormalizationKernels

extension BatchPlan {
  /// Writes the gradient of the input and returns those of scale and shift.
  ///
  /// - Parameter channelsPerGroup: how many neighbouring channels share their statistics.
  func gradients(
    _ whole: norm_block, _ statistics: ChannelStatistics, scale: [Double]?, shift: [Double]?,
    channelsPerGroup: Int = 1
  ) -> (scale: [Double], shift: [Double]) {
    var product = [Double](repeating: 0, count: layout.channels)
    var sum = product
    guard layout.count > 0 else { return (product, sum) }
    statistics.withParts(scale: scale, shift: shift) { parts in
      product.withUnsafeMutableBufferPointer { product in
        sum.withUnsafeMutableBufferPointer { sum in
          guard let product = product.baseAddress, let sum = sum.baseAddress else { return }
          if channelsPerGroup == 1 {
            gradients(whole, parts, sum, product)
          } else {
            groupGradients(whole, parts, sum, product, channelsPerGroup)
          }
        }
      }
    }
    return (product, sum)
  }

  private func gradients(
    _ whole: norm_block, _ parts: ChannelParts, _ sum: UnsafeMutablePointer<Double>,
    _ product: UnsafeMutablePointer<Double>
  ) {
    let factors = factors(parts, isBackward: true)
    let all = 0..<layout.channels
    factors.setOutput(all, kernels)
    let isMasked = whole.gate == norm_gate_mask
    let tensors = isMasked ? 3 : 2
    let width = channelsPerTask(tensors: tensors)
    let isCached = whole.constant || width != nil
    var sums = whole
    sums.stream = streams && !isCached
    let gradient = gradient(whole)
    if whole.constant {
      // dx = factor * g does not wait for the sums: both while a block is in cache.
      factors.setGradient(all, count: 1, sum: sum, product: product, kernels)
    }
    reduce(.sums, channelsPerTask: width, applies: !whole.constant) {
      place, channels, next, planes in
      writeSums(sums, place, channels, next, planes, factors)
      if whole.constant { differentiate(gradient, place, channels, factors) }
    } finish: { channels, planes in
      let first = channels.lowerBound
      planes.copy(0, to: sum + first)
      planes.copy(1, to: product + first)
      factors.setGradient(channels, count: planes.count, sum: sum, product: product, kernels)
    } apply: { channels, place in
      differentiate(gradient, place, channels, factors)
    }
  }

  /// What the pass that writes the input's gradient reads, after the sums: behind a mask the gated gradient that these
  /// left behind.
  func gradient(_ whole: norm_block) -> norm_block {
    var gradient = output(whole)
    guard whole.gate == norm_gate_mask else { return gradient }
    gradient.gate = norm_gate_open
    gradient.mask = nil
    gradient.dy = UnsafeRawPointer(whole.addend_gradient)
    gradient.addend_gradient = nil
    return gradient
  }

  /// The same where channels share their statistics: the input's gradient waits for the sums of all.
  ///
  ///     dx = r * (scale * dy - average(scale * dy) - n * average(scale * dy * n))     over the values of a group
  private func groupGradients(
    _ whole: norm_block, _ parts: ChannelParts, _ sum: UnsafeMutablePointer<Double>,
    _ product: UnsafeMutablePointer<Double>, _ channelsPerGroup: Int
  ) {
    let factors = factors(parts, isBackward: true)
    factors.setOutput(0..<layout.channels, kernels)
    reduce(.sums, channelsPerTask: channelsPerTask(tensors: 2), applies: false) {
      place, channels, next, planes in
      writeSums(whole, place, channels, next, planes, factors)
    } finish: { channels, planes in
      planes.copy(0, to: sum + channels.lowerBound)
      planes.copy(1, to: product + channels.lowerBound)
      factors.setGradient(channels, count: planes.count, sum: sum, product: product, kernels)
    } apply: { _, _ in
    }
    func mean(_ sums: UnsafeMutablePointer<Double>) -> [Double] {
      let values = Double(channelsPerGroup * layout.valuesPerChannel)
      var means = [Double](repeating: 0, count: layout.channels)
      for first in stride(from: 0, to: layout.channels, by: channelsPerGroup) {
        let group = first..<first + channelsPerGroup
        let total = group.reduce(0) { $0 + (parts.scale?[$1] ?? 1) * sums[$1] }
        for channel in group { means[channel] = total / values }
      }
      return means
    }
    factors.setGroups(meanSum: mean(sum), meanProduct: mean(product), kernels)
    let gradient = output(whole)
    forEachPart { channels, place in differentiate(gradient, place, channels, factors) }
  }

  func differentiate(
    _ whole: norm_block, _ place: BatchLayout.Block, _ channels: Range<Int>, _ factors: Factors
  ) {
    let gradient = layout.isColumns ? kernels.gradient_columns : kernels.gradient_runs
    visit(place, channels, of: whole, factors) { block, factors in
      gradient?(block, factors)
    } wide: { block, first, count, factors, _ in
      kernels.wide_gradient(block, first, count, factors)
    }
  }

  /// Writes the sums of a block for some channels.
  func writeSums(
    _ whole: norm_block, _ place: BatchLayout.Block, _ channels: Range<Int>,
    _ next: BatchLayout.Block, _ planes: UnsafeMutablePointer<Double>, _ factors: Factors
  ) {
    let products = planes + channels.count
    let sums = layout.isColumns ? kernels.sums_columns : kernels.sums_runs
    visit(place, channels, next: next, of: whole, factors) { block, factors in
      sums?(block, factors, planes, products)
    } wide: { block, first, count, factors, index in
      kernels.wide_sums(block, first, count, factors, planes + index, products + index)
    }
  }
}
