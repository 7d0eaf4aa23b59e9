internal import CNormalizationKernels
import Tensors

/// Batch normalization over one layout: checks, threads and the order of reductions around the C kernels.
///
/// Two ways through memory. By channels: a task takes some channels through statistics and application while
/// they are in its cache, so the tensor is read from memory once. By rows: all tasks take the statistics of
/// some rows, then all apply; for tensors with few channels, or whose channels outgrow a cache. Blocks and
/// their tree are the same either way, and so are the bits.
public struct BatchKernels<Scalar: NormalizationScalar>: Sendable {
  /// The view of the tensors around their channels.
  public let layout: BatchLayout
  let execution: Execution

  /// Creates the kernels for tensors of a layout.
  public init(layout: BatchLayout, execution: Execution) {
    self.layout = layout
    self.execution = execution
  }

  var plan: BatchPlan {
    BatchPlan(
      layout: layout, table: Scalar.kernels(for: execution.instructionSet),
      elementSize: MemoryLayout<Scalar>.stride, threadCount: execution.threadCount)
  }

  /// The statistics of `input`, as `normalize` takes them.
  ///
  /// Statistics that are not finite mark channels with elements that are not (or, in Float64, whose
  /// squares overflow).
  public func statistics(of input: Span<Scalar>, epsilon: Double) -> ChannelStatistics {
    check(input.count, "input")
    return input.withUnsafeBytes { x in
      var whole = norm_block()
      whole.x = x.baseAddress
      return plan.statistics(whole, epsilon: epsilon)
    }
  }

  /// Normalises `input` into `output` with its own statistics.
  ///
  /// The output of channels whose statistics are not finite is what IEEE 754 gives.
  ///
  /// - Parameters:
  ///   - input: the batch, or nil: then it is read from `output`.
  ///   - addend: is added before the activation.
  ///   - output: is written.
  ///   - epsilon: what is added to the variance.
  ///   - transformation: scale, shift and activation.
  /// - Returns: the statistics; with an addend and ReLU also the mask that the backward pass needs.
  /// - Precondition: the spans hold as many elements as the layout.
  public func normalize(
    _ input: Span<Scalar>?, adding addend: Span<Scalar>? = nil,
    into output: inout MutableSpan<Scalar>,
    epsilon: Double, _ transformation: OutputTransformation = .init()
  ) -> (statistics: ChannelStatistics, mask: ActivationMask?) {
    var statistics = ChannelStatistics(channels: 0)
    let mask = forward(input, addend, &output, transformation) { whole in
      statistics = plan.normalize(
        whole, epsilon: epsilon, scale: transformation.scale, shift: transformation.shift)
    }
    return (statistics, mask)
  }

  /// Normalises `input` into `output` with given statistics; otherwise as `normalize`. `keepsMask` says whether a
  /// backward pass follows, which may need the mask.
  @discardableResult
  public func apply(
    _ statistics: ChannelStatistics, to input: Span<Scalar>?, adding addend: Span<Scalar>? = nil,
    into output: inout MutableSpan<Scalar>, _ transformation: OutputTransformation = .init(),
    keepsMask: Bool = true
  ) -> ActivationMask? {
    check(statistics.mean, "mean")  // all four arrays are equally long: only this module makes them
    return forward(input, addend, &output, transformation, keepsMask: keepsMask) { whole in
      plan.apply(statistics, whole, scale: transformation.scale, shift: transformation.shift)
    }
  }

  private func forward(
    _ input: Span<Scalar>?, _ addend: Span<Scalar>?, _ output: inout MutableSpan<Scalar>,
    _ transformation: OutputTransformation, keepsMask: Bool = true, _ body: (norm_block) -> Void
  ) -> ActivationMask? {
    check(input, "input")
    check(addend, "addend")
    check(output.count, "output")
    check(transformation.scale, "scale")
    check(transformation.shift, "shift")
    var whole = norm_block()
    whole.relu = transformation.activation == .relu
    let isMasked = keepsMask && whole.relu && addend != nil
    var words = [UInt16](repeating: 0, count: isMasked ? layout.maskWordCount : 0)
    output.withUnsafeMutableBytes { y in
      whole.y = y.baseAddress
      words.withUnsafeMutableBufferPointer { words in
        if isMasked { whole.mask = words.baseAddress }
        withAddress(of: input) { x in
          whole.x = x ?? UnsafeRawPointer(y.baseAddress)
          withAddress(of: addend) { addend in
            whole.addend = addend
            body(whole)
          }
        }
      }
    }
    return isMasked ? ActivationMask(words: words) : nil
  }

  /// The gradients for a gradient of the output.
  ///
  /// - Parameters:
  ///   - input: what the pass normalised.
  ///   - statistics: what it normalised with.
  ///   - outputGradient: the gradient of a loss with respect to the pass's output, or nil: then it is read from
  ///     `inputGradient`.
  ///   - inputGradient: is written.
  ///   - scale: the scale of each channel at that time, or nil for 1.
  ///   - throughStatistics: whether mean and variance are functions of the input (training), or
  ///     constants (inference, frozen statistics).
  ///   - gate: which elements of the output gradient an activation let through.
  /// - Returns: the sums over each channel of g * n and g, the gated output gradient: the gradients of scale
  ///   and shift.
  /// - Precondition: the spans hold as many elements as the layout.
  public func gradients(
    of input: Span<Scalar>, _ statistics: ChannelStatistics, outputGradient: Span<Scalar>?,
    into inputGradient: inout MutableSpan<Scalar>, scale: [Double]?, throughStatistics: Bool,
    gate: OutputGate = .open
  ) -> (scale: [Double], shift: [Double]) {
    backward(
      input, statistics, outputGradient, &inputGradient, scale, throughStatistics, gate
    )
  }

  /// The gradients of a pass with an addend, whose gradient, the gated output gradient, is written too; otherwise as
  /// `gradients` without one.
  public func gradients(
    of input: Span<Scalar>, _ statistics: ChannelStatistics, outputGradient: Span<Scalar>?,
    into inputGradient: inout MutableSpan<Scalar>, addendGradient: inout MutableSpan<Scalar>,
    scale: [Double]?, throughStatistics: Bool, mask: ActivationMask
  ) -> (scale: [Double], shift: [Double]) {
    check(addendGradient.count, "addend gradient")
    precondition(
      mask.words.count == layout.maskWordCount,
      "The mask has \(mask.words.count) words, but its layout asks for \(layout.maskWordCount).")
    return addendGradient.withUnsafeMutableBytes { addendGradient in
      backward(
        input, statistics, outputGradient, &inputGradient, scale, throughStatistics, .open,
        mask.words, addendGradient.baseAddress)
    }
  }

  private func backward(
    _ input: Span<Scalar>, _ statistics: ChannelStatistics, _ outputGradient: Span<Scalar>?,
    _ inputGradient: inout MutableSpan<Scalar>, _ scale: [Double]?, _ throughStatistics: Bool,
    _ gate: OutputGate, _ mask: [UInt16]? = nil, _ addendGradient: UnsafeMutableRawPointer? = nil
  ) -> (scale: [Double], shift: [Double]) {
    check(input.count, "input")
    check(outputGradient, "output gradient")
    check(inputGradient.count, "input gradient")
    check(statistics.mean, "mean")
    check(scale, "scale")
    var whole = norm_block()
    whole.constant = !throughStatistics
    whole.addend_gradient = addendGradient
    var shift: [Double]?
    if mask != nil {
      whole.gate = norm_gate_mask
    } else if case .relu(let value) = gate {
      whole.gate = norm_gate_output
      shift = value
      check(shift, "shift")
    }
    return input.withUnsafeBytes { x in
      whole.x = x.baseAddress
      return inputGradient.withUnsafeMutableBytes { dx in
        whole.y = dx.baseAddress
        return withAddress(of: outputGradient) { dy in
          whole.dy = dy ?? UnsafeRawPointer(dx.baseAddress)
          guard let mask else {
            return plan.gradients(whole, statistics, scale: scale, shift: shift)
          }
          return mask.withUnsafeBufferPointer { mask in
            // The backward pass only reads it.
            whole.mask = UnsafeMutablePointer(mutating: mask.baseAddress)
            return plan.gradients(whole, statistics, scale: scale, shift: shift)
          }
        }
      }
    }
  }

  func withAddress<Result>(
    of elements: Span<Scalar>?, _ body: (UnsafeRawPointer?) -> Result
  ) -> Result {
    guard let elements else { return body(nil) }
    return elements.withUnsafeBytes { body($0.baseAddress) }
  }

  func check(_ elements: Span<Scalar>?, _ name: String) {
    if let elements { check(elements.count, name) }
  }

  func check(_ count: Int, _ name: String) {
    precondition(
      count == layout.count,
      "The \(name) has \(count) elements, but its shape asks for \(layout.count).")
  }

  func check(_ values: [Double]?, _ name: String) {
    guard let values else { return }
    precondition(
      values.count == layout.channels,
      "The \(name) has \(values.count) elements, but there are \(layout.channels) channels.")
  }
}

/// What a forward pass does to the normalised elements n of a channel.
///
///     output = scale * n + shift [+ addend], then the activation
public struct OutputTransformation: Equatable, Sendable {
  /// One per channel, or nil for 1.
  public var scale: [Double]?
  /// One per channel, or nil for 0.
  public var shift: [Double]?
  /// What follows.
  public var activation: FusedActivation

  /// Creates a transformation.
  public init(
    scale: [Double]? = nil, shift: [Double]? = nil, activation: FusedActivation = .identity
  ) {
    self.scale = scale
    self.shift = shift
    self.activation = activation
  }
}
