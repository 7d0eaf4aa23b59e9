internal import CNormalizationKernels

/// A batch in parts, whose statistics and sums join to those of the whole.
extension BatchKernels {
  /// The statistics of `input`, whose blocks are numbered from `firstBlock` on.
  ///
  /// - Parameters:
  ///   - input: a part of a batch, or all of it.
  ///   - firstBlock: the number of its first block in the whole batch.
  ///   - marksVanishing: whether deviations that are not 0 but have squares of 0 shall leave a trace, so that they can
  ///     be told from a constant channel. For layers without an epsilon.
  /// - Precondition: `input` holds as many elements as the layout.
  public func moments(
    of input: Span<Scalar>, firstBlock: Int = 0, marksVanishing: Bool = false
  ) -> Moments {
    check(input.count, "input")
    var plan = plan
    plan.firstBlock = firstBlock
    let roots = input.withUnsafeBytes { x in
      var whole = norm_block()
      whole.x = x.baseAddress
      return plan.moments(whole)
    }
    return moments(roots, marksVanishing: marksVanishing) { channel, condition in
      layout.indices(ofChannel: channel).contains { condition(input[$0]) }
    }
  }

  /// Judges roots on the elements that `contains` looks for in a channel.
  func moments(
    _ roots: SubtreeRoots, marksVanishing: Bool,
    contains: (_ channel: Int, _ condition: (Scalar) -> Bool) -> Bool
  ) -> Moments {
    var moments = Moments(roots, firstNonFiniteChannel: nil)
    let size = roots.reduction.planeCount * roots.channels
    let planes = roots.planes
    if !ChannelStatistics.areAll(
      planes, in: -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude)
    {
      // The elements judge: in Float64 finite ones may overflow.
      let suspects = Set(planes.indices.filter { !planes[$0].isFinite }.map { $0 % roots.channels })
      moments.firstNonFiniteChannel = suspects.sorted().first { channel in
        contains(channel) { !$0.isFinite }
      }
    }
    // Float32 cannot get there.
    guard marksVanishing, MemoryLayout<Scalar>.size == 8, !planes.isEmpty else { return moments }
    for channel in 0..<roots.channels {
      let squares = stride(from: 2 * roots.channels + channel, to: planes.count, by: size)
      guard squares.allSatisfy({ planes[$0] < ChannelStatistics.smallestVariance }) else {
        continue
      }
      let mean = Scalar(planes[channel])
      if contains(channel, { $0 != mean }) {
        let first = 2 * roots.channels + channel
        moments.roots.planes[first] = max(planes[first], .leastNonzeroMagnitude)
      }
    }
    return moments
  }

  /// The sums of a backward pass over a part of a batch, whose blocks are numbered from `firstBlock` on.
  ///
  /// - Parameters:
  ///   - input: what the pass normalised.
  ///   - statistics: what it normalised with: those of the whole batch.
  ///   - outputGradient: the gradient of a loss with respect to the pass's output.
  ///   - scale: the scale of each channel at that time, or nil for 1.
  ///   - gate: which elements of the output gradient an activation let through.
  ///   - mask: the same of a pass with an addend before a ReLU.
  ///   - firstBlock: the number of the part's first block in the whole batch.
  /// - Precondition: the spans hold as many elements as the layout.
  public func gradientSums(
    of input: Span<Scalar>, _ statistics: ChannelStatistics, outputGradient: Span<Scalar>,
    scale: [Double]?, gate: OutputGate = .open, mask: ActivationMask? = nil, firstBlock: Int = 0
  ) -> GradientSums {
    var plan = plan
    plan.firstBlock = firstBlock
    // Behind a mask the kernels leave the gated gradient somewhere.
    var gated = [Scalar](repeating: 0, count: mask == nil ? 0 : layout.count)
    let shift = shift(gate)
    return gated.withUnsafeMutableBytes { gated in
      withBackwardBlock(input, statistics, outputGradient, scale, gate, mask) { whole in
        var whole = whole
        whole.addend_gradient = mask == nil ? nil : gated.baseAddress
        return GradientSums(plan.sums(whole, statistics, scale: scale, shift: shift))
      }
    }
  }

  /// The gradients of a part of a batch, given the sums over the whole batch.
  ///
  /// - Parameters:
  ///   - input: what the pass normalised.
  ///   - statistics: what it normalised with: those of the whole batch.
  ///   - outputGradient: the gradient of a loss with respect to the pass's output.
  ///   - inputGradient: is written.
  ///   - scale: the scale of each channel at that time, or nil for 1.
  ///   - throughStatistics: whether mean and variance are functions of the input, or constants.
  ///   - gate: which elements of the output gradient an activation let through.
  ///   - sums: the sums over the whole batch.
  /// - Returns: the gradients of scale and shift over the whole batch.
  /// - Precondition: the spans hold as many elements as the layout, and the sums are over as many values as the
  ///   statistics.
  public func gradients(
    of input: Span<Scalar>, _ statistics: ChannelStatistics, outputGradient: Span<Scalar>,
    into inputGradient: inout MutableSpan<Scalar>, scale: [Double]?, throughStatistics: Bool,
    gate: OutputGate = .open, sums: GradientSums
  ) -> (scale: [Double], shift: [Double]) {
    gradients(
      input, statistics, outputGradient, &inputGradient, scale, throughStatistics, gate, sums)
  }

  /// The same of a pass with an addend before a ReLU: writes its gradient too.
  public func gradients(
    of input: Span<Scalar>, _ statistics: ChannelStatistics, outputGradient: Span<Scalar>,
    into inputGradient: inout MutableSpan<Scalar>, addendGradient: inout MutableSpan<Scalar>,
    scale: [Double]?, throughStatistics: Bool, mask: ActivationMask, sums: GradientSums
  ) -> (scale: [Double], shift: [Double]) {
    check(addendGradient.count, "addend gradient")
    return addendGradient.withUnsafeMutableBytes { addendGradient in
      gradients(
        input, statistics, outputGradient, &inputGradient, scale, throughStatistics, .open, sums,
        mask, addendGradient.baseAddress)
    }
  }

  private func gradients(
    _ input: Span<Scalar>, _ statistics: ChannelStatistics, _ outputGradient: Span<Scalar>,
    _ inputGradient: inout MutableSpan<Scalar>, _ scale: [Double]?, _ throughStatistics: Bool,
    _ gate: OutputGate, _ sums: GradientSums, _ mask: ActivationMask? = nil,
    _ addendGradient: UnsafeMutableRawPointer? = nil
  ) -> (scale: [Double], shift: [Double]) {
    check(inputGradient.count, "input gradient")
    check(sums, statistics, throughStatistics: throughStatistics)
    let shift = shift(gate)
    return inputGradient.withUnsafeMutableBytes { dx in
      withBackwardBlock(input, statistics, outputGradient, scale, gate, mask) { whole in
        var whole = whole
        whole.y = dx.baseAddress
        whole.constant = !throughStatistics
        whole.addend_gradient = addendGradient
        return plan.gradients(whole, statistics, scale: scale, shift: shift, sums: sums.roots)
      }
    }
  }

  func check(
    _ sums: GradientSums, _ statistics: ChannelStatistics, throughStatistics: Bool
  ) {
    precondition(
      !throughStatistics || sums.count == statistics.count,
      """
      The gradient sums are over \(sums.count) values per channel, but the batch was normalised with \
      statistics of \(statistics.count).
      """)
    precondition(
      sums.isEmpty || sums.channels == layout.channels,
      "The gradient sums are of \(sums.channels) channels, but the input has \(layout.channels).")
  }

  private func shift(_ gate: OutputGate) -> [Double]? {
    guard case .relu(let shift) = gate else { return nil }
    return shift
  }

  /// Calls `body` with a block of input and output gradient, behind a gate or a mask.
  private func withBackwardBlock<Result>(
    _ input: Span<Scalar>, _ statistics: ChannelStatistics, _ outputGradient: Span<Scalar>,
    _ scale: [Double]?, _ gate: OutputGate, _ mask: ActivationMask?, _ body: (norm_block) -> Result
  ) -> Result {
    check(input.count, "input")
    check(outputGradient.count, "output gradient")
    check(statistics.mean, "mean")
    check(scale, "scale")
    check(shift(gate), "shift")
    var whole = norm_block()
    if case .relu = gate { whole.gate = norm_gate_output }
    return input.withUnsafeBytes { x in
      whole.x = x.baseAddress
      return outputGradient.withUnsafeBytes { dy in
        whole.dy = dy.baseAddress
        guard let mask else { return body(whole) }
        precondition(
          mask.words.count == layout.maskWordCount,
          "The mask has \(mask.words.count) words, but its layout asks for \(layout.maskWordCount)."
        )
        whole.gate = norm_gate_mask
        return mask.words.withUnsafeBufferPointer { mask in
          // The backward pass only reads it.
          whole.mask = UnsafeMutablePointer(mutating: mask.baseAddress)
          return body(whole)
        }
      }
    }
  }
}
