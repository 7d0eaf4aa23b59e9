internal import CNormalizationKernels

/// Passes over positions with weights.
extension BatchPlan {
  /// What each block weighs.
  func weigh(_ weights: UnsafeRawPointer?) -> [BlockWeight] {
    (0..<layout.blockCount).map { index in
      let block = layout.block(index)
      let at = (block.firstRow * layout.inner + block.start) * elementSize
      var weight = BlockWeight(values: 0)
      weight.values = kernels.weigh(
        weights.map { $0 + at }, block.count, &weight.total, &weight.pairs)
      return weight
    }
  }

  /// The roots of the weighted moments of all blocks.
  func weightedMoments(_ whole: norm_block) -> SubtreeRoots {
    let moments =
      layout.isColumns ? kernels.weighted_moments_columns : kernels.weighted_moments_runs
    return roots(.moments, tensors: 1) { place, channels, _, planes in
      let width = channels.count
      var block = block(place, channels, of: whole)
      let total = blockWeights?[layout.index(of: place)].total ?? 0
      moments?(&block, total, planes, planes + width, planes + 2 * width)
    }
  }

  /// Normalises with given statistics.
  func weightedApply(_ whole: norm_block, _ factors: WeightedFactors) {
    let normalize =
      layout.isColumns ? kernels.weighted_normalize_columns : kernels.weighted_normalize_runs
    let output = output(whole)
    forEachPart { channels, place in
      var block = block(place, channels, of: output)
      var kernelFactors = factors.kernelFactors(from: channels.lowerBound)
      normalize?(&block, &kernelFactors)
    }
  }

  /// The roots of the backward sums over positions of positive weight.
  func weightedSums(_ whole: norm_block, _ factors: WeightedFactors) -> SubtreeRoots {
    let sums = layout.isColumns ? kernels.weighted_sums_columns : kernels.weighted_sums_runs
    return roots(.sums, tensors: 2) { place, channels, _, planes in
      var block = block(place, channels, of: whole)
      var kernelFactors = factors.kernelFactors(from: channels.lowerBound)
      sums?(&block, &kernelFactors, planes, planes + channels.count)
    }
  }

  /// Writes the gradient of the input.
  func weightedGradient(_ whole: norm_block, _ factors: WeightedFactors) {
    let gradient =
      layout.isColumns ? kernels.weighted_gradient_columns : kernels.weighted_gradient_runs
    let output = output(whole)
    forEachPart { channels, place in
      var block = block(place, channels, of: output)
      var kernelFactors = factors.kernelFactors(from: channels.lowerBound)
      gradient?(&block, &kernelFactors)
    }
  }
}
