internal import CNormalizationKernels

/// Reductions whose roots are kept, because the layout is only a part of a batch, and passes that take finished ones.
extension BatchPlan {
  /// The roots of a reduction over all blocks and channels.
  func roots(_ reduction: Reduction, tensors: Int, _ leaf: Leaf) -> SubtreeRoots {
    var roots = SubtreeRoots(reduction, firstBlock: firstBlock)
    roots.format = .init(
      channels: layout.channels, inner: layout.inner, elementSize: elementSize)
    guard layout.count > 0 else { return roots }
    roots.range = firstBlock..<firstBlock + layout.blockCount
    // Nothing follows that could find a strip in the cache: strips only where there are too few rows to share.
    if let width = channelsPerTask(tensors: tensors), layout.blockCount < 16 * threads {
      roots.take(strips(reduction, width: width, leaf), width: width)
    } else {
      let stack = reducedByRows(reduction, leaf)
      (roots.nodes, roots.planes) = (stack.nodes, stack.planes)
    }
    return roots
  }

  private func strips(_ reduction: Reduction, width: Int, _ leaf: Leaf) -> [ReductionStack] {
    let taskCount = (layout.channels + width - 1) / width
    let results = ChunkResults(count: taskCount)
    ThreadPool.run(taskCount: taskCount, threadCount: threads) { task in
      let channels = task * width..<min(layout.channels, (task + 1) * width)
      results[task] = reduced(reduction, 0..<layout.blockCount, channels, leaf)
    }
    return (0..<taskCount).compactMap { results[$0] }
  }

  /// The roots of the moments of all blocks.
  func moments(_ whole: norm_block) -> SubtreeRoots {
    roots(.moments, tensors: 1) { place, channels, next, planes in
      writeMoments(whole, place, channels, next, planes)
    }
  }

  /// The roots of the backward sums of all blocks. Behind a mask writes the gated gradient too.
  func sums(
    _ whole: norm_block, _ statistics: ChannelStatistics, scale: [Double]?, shift: [Double]?
  ) -> SubtreeRoots {
    var roots = SubtreeRoots(.sums)
    statistics.withParts(scale: scale, shift: shift) { parts in
      let factors = factors(parts, isBackward: true)
      factors.setOutput(0..<layout.channels, kernels)
      roots = sums(whole, factors)
    }
    return roots
  }

  private func sums(_ whole: norm_block, _ factors: Factors) -> SubtreeRoots {
    roots(.sums, tensors: whole.gate == norm_gate_mask ? 3 : 2) { place, channels, next, planes in
      writeSums(whole, place, channels, next, planes, factors)
    }
  }

  /// Writes the gradient of the input, given the sums over the whole batch, and returns those of scale and shift.
  func gradients(
    _ whole: norm_block, _ statistics: ChannelStatistics, scale: [Double]?, shift: [Double]?,
    sums: SubtreeRoots
  ) -> (scale: [Double], shift: [Double]) {
    let channels = layout.channels
    var (sum, product) = sums.totals(channels: channels)
    statistics.withParts(scale: scale, shift: shift) { parts in
      let factors = factors(parts, isBackward: true)
      let all = 0..<channels
      factors.setOutput(all, kernels)
      if whole.gate == norm_gate_mask, layout.count > 0 {
        _ = self.sums(whole, factors)  // leaves the gated gradient behind
      }
      let gradient = gradient(whole)
      sum.withUnsafeMutableBufferPointer { sum in
        product.withUnsafeMutableBufferPointer { product in
          guard let sum = sum.baseAddress, let product = product.baseAddress else { return }
          factors.setGradient(
            all, count: max(1, statistics.count), sum: sum, product: product, kernels)
        }
      }
      guard layout.count > 0 else { return }
      forEachPart { differentiate(gradient, $1, $0, factors) }
    }
    return (product, sum)
  }
}

extension SubtreeRoots {
  /// Takes the roots of strips of channels, side by side.
  fileprivate mutating func take(_ strips: [ReductionStack], width: Int) {
    nodes = strips.first?.nodes ?? []
    let (channels, planeCount) = (channels, reduction.planeCount)
    planes = Array(unsafeUninitializedCapacity: nodes.count * planeCount * channels) {
      planes, initializedCount in
      for (strip, stack) in strips.enumerated() {
        for plane in 0..<nodes.count * planeCount {
          let source = stack.plane(plane % planeCount, ofNode: plane / planeCount)
          planes.baseAddress.map { $0 + plane * channels + strip * width }?
            .initialize(from: source, count: stack.width)
        }
      }
      initializedCount = nodes.count * planeCount * channels
    }
  }
}
