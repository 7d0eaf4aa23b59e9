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

  /// Normalises `input` into `output` with its own statistics, and returns these.
  ///
  /// Statistics that are not finite mark channels with elements that are not (or, in Float64, whose
  /// squares overflow); their output is what IEEE 754 gives.
  ///
  /// - Precondition: both spans hold as many elements as the layout; `scale` and `shift` one per channel.
  public func normalize(
    _ input: Span<Scalar>, into output: inout MutableSpan<Scalar>, epsilon: Double,
    scale: [Double]?, shift: [Double]?
  ) -> ChannelStatistics {
    check(input.count, "input")
    check(output.count, "output")
    check(scale, "scale")
    check(shift, "shift")
    let plan = plan
    return input.withUnsafeBytes { x in
      output.withUnsafeMutableBytes { y in
        plan.normalize(
          x.baseAddress, y.baseAddress, epsilon: epsilon, scale: scale, shift: shift)
      }
    }
  }

  /// Normalises `input` into `output` with given statistics.
  ///
  /// - Precondition: as for `normalize(_:into:epsilon:scale:shift:)`.
  public func apply(
    _ statistics: ChannelStatistics, to input: Span<Scalar>, into output: inout MutableSpan<Scalar>,
    scale: [Double]?, shift: [Double]?
  ) {
    check(input.count, "input")
    check(output.count, "output")
    check(statistics)
    check(scale, "scale")
    check(shift, "shift")
    let plan = plan
    input.withUnsafeBytes { x in
      output.withUnsafeMutableBytes { y in
        plan.apply(statistics, x.baseAddress, y.baseAddress, scale: scale, shift: shift)
      }
    }
  }

  /// The gradients for a gradient of the output.
  ///
  /// - Parameters:
  ///   - input: what the pass normalised.
  ///   - statistics: what it normalised with.
  ///   - outputGradient: the gradient of a loss with respect to the pass's output.
  ///   - inputGradient: is written.
  ///   - scale: the scale of each channel at that time, or nil for 1.
  ///   - throughStatistics: whether mean and variance are functions of the input (training), or
  ///     constants (inference, frozen statistics).
  /// - Returns: the sums over each channel of dy * n and dy: the gradients of scale and shift.
  /// - Precondition: the spans hold as many elements as the layout.
  public func gradients(
    of input: Span<Scalar>, _ statistics: ChannelStatistics, outputGradient: Span<Scalar>,
    into inputGradient: inout MutableSpan<Scalar>, scale: [Double]?, throughStatistics: Bool
  ) -> (scale: [Double], shift: [Double]) {
    check(input.count, "input")
    check(outputGradient.count, "output gradient")
    check(inputGradient.count, "input gradient")
    check(statistics)
    check(scale, "scale")
    let plan = plan
    return input.withUnsafeBytes { x in
      outputGradient.withUnsafeBytes { dy in
        inputGradient.withUnsafeMutableBytes { dx in
          plan.gradients(
            x.baseAddress, dy.baseAddress, dx.baseAddress, statistics: statistics, scale: scale,
            throughStatistics: throughStatistics)
        }
      }
    }
  }

  private func check(_ count: Int, _ name: String) {
    precondition(
      count == layout.count,
      "The \(name) has \(count) elements, but its shape asks for \(layout.count).")
  }

  // The four arrays are equally long: only this module makes them.
  private func check(_ statistics: ChannelStatistics) {
    check(statistics.mean, "mean")
  }

  private func check(_ values: [Double]?, _ name: String) {
    guard let values else { return }
    precondition(
      values.count == layout.channels,
      "The \(name) has \(values.count) elements, but there are \(layout.channels) channels.")
  }
}
