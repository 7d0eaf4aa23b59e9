internal import CNormalizationKernels
import Tensors

/// Group and instance normalization over one layout: checks around the plan.
public struct GroupKernels<Scalar: NormalizationScalar>: Sendable {
  /// The view of the tensors around their channels.
  public let layout: GroupLayout
  let execution: Execution

  /// Creates the kernels for tensors of a layout.
  public init(layout: GroupLayout, execution: Execution) {
    self.layout = layout
    self.execution = execution
  }

  var plan: GroupPlan {
    GroupPlan(
      layout: layout, table: Scalar.kernels(for: execution.instructionSet),
      elementSize: MemoryLayout<Scalar>.stride, threadCount: execution.threadCount)
  }

  /// The same sets as parts of the rows of a matrix [samples, channels * inner], or nil: with few elements between
  /// channels, a scale for each element is cheaper than one for each short run.
  private var rows: RowKernels<Scalar>? {
    guard layout.outer == 1, layout.inner < 16, layout.channelsPerGroup > 1 else { return nil }
    return RowKernels(
      rows: layout.samples, length: layout.channels * layout.inner, isCentered: true,
      setsPerRow: layout.groups, execution: execution)
  }

  /// One number for each element of a row.
  private func elements(_ values: [Double]?) -> Tensor<Scalar>? {
    guard let values else { return nil }
    return Tensor((0..<layout.channels * layout.inner).map { Scalar(values[$0 / layout.inner]) })
  }

  /// Normalises `input` into `output`, each set with its own statistics.
  ///
  /// - Parameters:
  ///   - input: the elements of the tensor in row-major order.
  ///   - output: is written.
  ///   - epsilon: what is added to the variance.
  ///   - scale: one per channel, or nil for 1.
  ///   - shift: one per channel, or nil for 0.
  /// - Returns: the statistics of the sets: groups of the first sample, then of the second, and so on.
  /// - Precondition: the spans hold as many elements as the layout.
  public func normalize(
    _ input: Span<Scalar>, into output: inout MutableSpan<Scalar>, epsilon: Double,
    scale: [Double]?, shift: [Double]?
  ) -> ChannelStatistics {
    check(input.count, "input", layout.count)
    check(output.count, "output", layout.count)
    check(scale, "scale")
    check(shift, "shift")
    if let rows {
      let (scale, shift) = (elements(scale), elements(shift))
      return rows.normalize(
        input, into: &output, epsilon: epsilon, scale: scale?.span, shift: shift?.span)
    }
    var whole = norm_block()
    return output.withUnsafeMutableBytes { y in
      whole.y = y.baseAddress
      return input.withUnsafeBytes { x in
        whole.x = x.baseAddress
        return plan.normalize(whole, epsilon: epsilon, scale: scale, shift: shift)
      }
    }
  }

  /// The gradients for a gradient of the output.
  ///
  /// - Parameters:
  ///   - input: what was normalised.
  ///   - statistics: what `normalize` returned.
  ///   - outputGradient: the gradient of a loss with respect to the output.
  ///   - inputGradient: is written.
  ///   - scale: one per channel, or nil for 1.
  /// - Returns: the sums over each channel of dy * n and dy: the gradients of scale and shift.
  /// - Precondition: the spans hold as many elements as the layout.
  public func gradients(
    of input: Span<Scalar>, _ statistics: ChannelStatistics, outputGradient: Span<Scalar>,
    into inputGradient: inout MutableSpan<Scalar>, scale: [Double]?
  ) -> (scale: [Double], shift: [Double]) {
    check(input.count, "input", layout.count)
    check(outputGradient.count, "output gradient", layout.count)
    check(inputGradient.count, "input gradient", layout.count)
    check(statistics.mean.count, "mean", layout.setCount)
    check(scale, "scale")
    if let rows {
      let scale = elements(scale)
      let sums = rows.gradients(
        of: input, statistics, outputGradient: outputGradient, into: &inputGradient,
        scale: scale?.span)
      return (channels(sums.scale), channels(sums.shift))
    }
    var whole = norm_block()
    return inputGradient.withUnsafeMutableBytes { dx in
      whole.y = dx.baseAddress
      return input.withUnsafeBytes { x in
        whole.x = x.baseAddress
        return outputGradient.withUnsafeBytes { dy in
          whole.dy = dy.baseAddress
          return plan.gradients(whole, statistics, scale: scale)
        }
      }
    }
  }

  /// The sums over the elements of each channel.
  private func channels(_ sums: [Double]) -> [Double] {
    (0..<layout.channels).map { channel in
      sums[channel * layout.inner..<(channel + 1) * layout.inner].reduce(0, +)
    }
  }

  private func check(_ values: [Double]?, _ name: String) {
    if let values { check(values.count, name, layout.channels) }
  }

  private func check(_ count: Int, _ name: String, _ expected: Int) {
    precondition(
      count == expected, "The \(name) has \(count) elements, but the layout asks for \(expected).")
  }
}
