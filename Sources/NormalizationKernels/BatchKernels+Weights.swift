internal import CNormalizationKernels

/// Batches whose positions have weights, one for all channels. Positions of weight 0 enter no result, whatever they
/// hold; their outputs and gradients are 0.
extension BatchKernels {
  /// The weights that are allowed beside 0: in Float64 those whose products with squares stay in range.
  public static var weightRange: ClosedRange<Double> {
    MemoryLayout<Scalar>.size == 4
      ? Double(Float.leastNonzeroMagnitude)...Double(Float.greatestFiniteMagnitude) : 1e-100...1e100
  }

  /// The first position whose weight is neither 0 nor in ``weightRange``, or nil.
  public func firstInvalidWeight(in weights: Span<Scalar>) -> Int? {
    checkPositions(weights.count)
    let range = Self.weightRange
    let position = weights.withUnsafeBytes {
      plan.kernels.find_weight_outside(
        $0.baseAddress, weights.count, range.lowerBound, range.upperBound)
    }
    return position < weights.count ? position : nil
  }

  /// The weighted statistics of a batch or of a part of it; otherwise as without weights.
  ///
  ///     W = sum(w)      mean = sum(w * x)/W      variance = sum(w * (x - mean)^2)/W
  ///
  /// - Precondition: `input` has as many elements, `weights` as many as a channel of the layout, all of them 0 or in
  ///   ``weightRange``.
  public func moments(
    of input: Span<Scalar>, weights: Span<Scalar>, firstBlock: Int = 0,
    marksVanishing: Bool = false
  ) -> Moments {
    check(input.count, "input")
    checkPositions(weights.count)
    let roots = withWeightedPlan(weights, firstBlock) { plan, whole in
      input.withUnsafeBytes { x in
        var whole = whole
        whole.x = x.baseAddress
        return plan.weightedMoments(whole)
      }
    }
    return moments(roots, marksVanishing: marksVanishing) { channel, condition in
      layout.indices(ofChannel: channel).enumerated().contains { position, index in
        weights[position] > 0 && condition(input[index])
      }
    }
  }

  /// Normalises `input` into `output` with given statistics: scale * n + shift at positions of positive weight.
  ///
  /// - Precondition: the spans have as many elements as the layout, `weights` as many as a channel of it.
  public func apply(
    _ statistics: ChannelStatistics, to input: Span<Scalar>, weights: Span<Scalar>,
    into output: inout MutableSpan<Scalar>, scale: [Double]?, shift: [Double]?
  ) {
    check(input.count, "input")
    check(output.count, "output")
    check(statistics.mean, "mean")
    check(scale, "scale")
    check(shift, "shift")
    checkPositions(weights.count)
    guard layout.count > 0 else { return }
    let factors = WeightedFactors(statistics, scale: scale, shift: shift)
    output.withUnsafeMutableBytes { y in
      withWeightedPlan(weights) { plan, whole in
        input.withUnsafeBytes { x in
          var whole = whole
          (whole.x, whole.y) = (x.baseAddress, y.baseAddress)
          plan.weightedApply(whole, factors)
        }
      }
    }
  }

  /// The sums over positions of positive weight of dy and dy * n, themselves unweighted.
  ///
  /// - Precondition: the spans have as many elements as the layout, `weights` as many as a channel of it.
  public func gradientSums(
    of input: Span<Scalar>, weights: Span<Scalar>, _ statistics: ChannelStatistics,
    outputGradient: Span<Scalar>, firstBlock: Int = 0
  ) -> GradientSums {
    check(input.count, "input")
    check(outputGradient.count, "output gradient")
    check(statistics.mean, "mean")
    checkPositions(weights.count)
    let factors = WeightedFactors(statistics, scale: nil, shift: nil)
    return withWeightedPlan(weights, firstBlock) { plan, whole in
      input.withUnsafeBytes { x in
        outputGradient.withUnsafeBytes { dy in
          var whole = whole
          (whole.x, whole.dy) = (x.baseAddress, dy.baseAddress)
          return GradientSums(plan.weightedSums(whole, factors))
        }
      }
    }
  }

  /// The gradients of a batch or of a part of it, given the sums over the whole batch.
  ///
  ///     dx = scale * r * (dy - w/W * sum(dy) - w/W * n * sum(dy * n))
  ///
  /// - Returns: the sums: the gradients of scale and shift over the whole batch.
  /// - Precondition: the spans have as many elements as the layout, `weights` as many as a channel of it; the sums are
  ///   over as many values as the statistics.
  public func gradients(
    of input: Span<Scalar>, weights: Span<Scalar>, _ statistics: ChannelStatistics,
    outputGradient: Span<Scalar>, into inputGradient: inout MutableSpan<Scalar>,
    scale: [Double]?, throughStatistics: Bool, sums: GradientSums
  ) -> (scale: [Double], shift: [Double]) {
    check(input.count, "input")
    check(outputGradient.count, "output gradient")
    check(inputGradient.count, "input gradient")
    check(statistics.mean, "mean")
    check(scale, "scale")
    checkPositions(weights.count)
    check(sums, statistics, throughStatistics: throughStatistics)
    let (sum, product) = sums.roots.totals(channels: layout.channels)
    let factors = WeightedFactors(statistics, scale: scale, shift: nil)
    if throughStatistics {
      factors.setGradient(sum: sum, product: product, weight: statistics.totalWeight)
    }
    guard layout.count > 0 else { return (product, sum) }
    inputGradient.withUnsafeMutableBytes { dx in
      withWeightedPlan(weights) { plan, whole in
        input.withUnsafeBytes { x in
          outputGradient.withUnsafeBytes { dy in
            var whole = whole
            (whole.x, whole.dy, whole.y) = (x.baseAddress, dy.baseAddress, dx.baseAddress)
            whole.constant = !throughStatistics
            plan.weightedGradient(whole, factors)
          }
        }
      }
    }
    return (product, sum)
  }

  /// Calls `body` with a plan that knows what blocks weigh if they have numbers, and a block of weights.
  private func withWeightedPlan<Result>(
    _ weights: Span<Scalar>, _ firstBlock: Int? = nil, _ body: (BatchPlan, norm_block) -> Result
  ) -> Result {
    weights.withUnsafeBytes { weights in
      var (plan, whole) = (plan, norm_block())
      whole.weights = weights.baseAddress
      if let firstBlock {
        plan.firstBlock = firstBlock
        plan.blockWeights = plan.weigh(whole.weights)
      }
      return body(plan, whole)
    }
  }

  private func checkPositions(_ count: Int) {
    precondition(
      count == layout.valuesPerChannel,
      "There are \(count) weights, but \(layout.valuesPerChannel) positions.")
  }
}
