internal import CNormalizationKernels
import Tensors

/// Layer and RMS normalization over the rows of a matrix [rows, length]: checks, threads and the order of reductions
/// around the C kernels.
///
/// Each row, or each of the equal parts of a row, is a set of values with statistics of its own; scale and shift belong
/// to the elements of a row. The statistics of a set are those of ``BatchKernels`` for a channel of as many neighbouring elements, to the bit.
public struct RowKernels<Scalar: NormalizationScalar>: Sendable {
  /// The number of rows.
  public let rows: Int
  /// The number of elements of a row.
  public let length: Int
  /// Whether the mean is subtracted; RMS normalization does not.
  public let isCentered: Bool
  /// How many neighbouring sets share out the elements of a row. One set is the whole row.
  let setsPerRow: Int
  let execution: Execution

  /// Creates the kernels for matrices of a size.
  public init(
    rows: Int, length: Int, isCentered: Bool, setsPerRow: Int = 1, execution: Execution
  ) {
    precondition(rows >= 0 && length >= 0, "A matrix [\(rows), \(length)] cannot be.")
    precondition(
      setsPerRow > 0 && length % setsPerRow == 0,
      "Rows of \(length) elements cannot be divided into \(setsPerRow) sets.")
    (self.rows, self.length, self.isCentered) = (rows, length, isCentered)
    self.setsPerRow = setsPerRow
    self.execution = execution
  }

  var plan: BatchPlan {
    BatchPlan(
      layout: BatchLayout(
        sets: rows * setsPerRow, length: length / setsPerRow, turns: setsPerRow),
      table: Scalar.kernels(for: execution.instructionSet),
      elementSize: MemoryLayout<Scalar>.stride, threadCount: execution.threadCount,
      isCentered: isCentered)
  }

  /// Normalises `input` into `output`.
  ///
  /// - Parameters:
  ///   - input: the rows.
  ///   - output: is written.
  ///   - epsilon: what is added to the variance, or to the mean square.
  ///   - scale: one for each element of a row, or nil for 1.
  ///   - shift: one for each element of a row, or nil for 0.
  /// - Returns: the statistics of each set. Without a mean to subtract, it is 0 and the variance the mean square.
  /// - Precondition: the spans hold as many elements as the matrix, or a row of it.
  public func normalize(
    _ input: Span<Scalar>, into output: inout MutableSpan<Scalar>, epsilon: Double,
    scale: Span<Scalar>?, shift: Span<Scalar>?
  ) -> ChannelStatistics {
    check(input.count, "input", rows * length)
    check(output.count, "output", rows * length)
    var whole = norm_block()
    return output.withUnsafeMutableBytes { y in
      whole.y = y.baseAddress
      return input.withUnsafeBytes { x in
        whole.x = x.baseAddress
        guard scale != nil || shift != nil else {
          return plan.normalizeSets(whole, epsilon: epsilon)
        }
        return withAddress(of: scale) { scale in
          whole.element_scale = scale
          guard let shift else {
            return plan.normalizeSets(whole, epsilon: epsilon)
          }
          check(shift.count, "shift", length)
          return shift.withUnsafeBytes { shift in
            whole.element_shift = shift.baseAddress
            return plan.normalizeSets(whole, epsilon: epsilon)
          }
        }
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
  ///   - scale: one for each element of a row, or nil for 1.
  /// - Returns: the sums over the rows of dy * n and dy: the gradients of scale and shift.
  /// - Precondition: the spans hold as many elements as the matrix, or a row of it.
  public func gradients(
    of input: Span<Scalar>, _ statistics: ChannelStatistics, outputGradient: Span<Scalar>,
    into inputGradient: inout MutableSpan<Scalar>, scale: Span<Scalar>?
  ) -> (scale: [Double], shift: [Double]) {
    check(input.count, "input", rows * length)
    check(outputGradient.count, "output gradient", rows * length)
    check(inputGradient.count, "input gradient", rows * length)
    check(statistics.mean.count, "mean", rows * setsPerRow)
    var whole = norm_block()
    whole.gate = norm_gate_scale
    return inputGradient.withUnsafeMutableBytes { dx in
      whole.y = dx.baseAddress
      return input.withUnsafeBytes { x in
        whole.x = x.baseAddress
        return outputGradient.withUnsafeBytes { dy in
          whole.dy = dy.baseAddress
          return withAddress(of: scale) { scale in
            whole.element_scale = scale
            return plan.gradientsOfSets(whole, statistics)
          }
        }
      }
    }
  }

  private func withAddress<Result>(
    of scale: Span<Scalar>?, _ body: (UnsafeRawPointer?) -> Result
  ) -> Result {
    guard let scale else {
      return [Scalar](repeating: 1, count: length).withUnsafeBytes { body($0.baseAddress) }
    }
    check(scale.count, "scale", length)
    return scale.withUnsafeBytes { body($0.baseAddress) }
  }

  private func check(_ count: Int, _ name: String, _ expected: Int) {
    precondition(
      count == expected,
      "The \(name) has \(count) elements, but a matrix [\(rows), \(length)] asks for \(expected).")
  }
}
