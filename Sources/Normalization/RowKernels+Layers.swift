import NormalizationKernels
import Tensors

/// What ``LayerNorm`` and ``RMSNorm`` share.
extension RowKernels {
  /// The kernels for inputs of a shape whose last axes are normalised.
  init(shape: [Int], normalizedShape: [Int], isCentered: Bool, execution: Execution) {
    precondition(
      Array(shape.suffix(normalizedShape.count)) == normalizedShape,
      "The layer normalises last axes of shape \(normalizedShape), but the input's is \(shape).")
    let leading = shape.dropLast(normalizedShape.count)
    self.init(
      rows: leading.reduce(1, *), length: normalizedShape.reduce(1, *), isCentered: isCentered,
      execution: execution)
  }

  /// Normalises, and refuses finite numbers whose statistics exceed Float64.
  func trainingPass(
    _ input: Span<Scalar>, shape: [Int], epsilon: Double, scale: Tensor<Scalar>?,
    shift: Tensor<Scalar>?, into output: inout MutableSpan<Scalar>
  ) throws(NormalizationError) -> SampleRecord<Scalar> {
    let statistics = normalize(
      input, into: &output, epsilon: epsilon, scale: scale?.span, shift: shift?.span)
    let problem = statistics.problem(epsilon: epsilon, Scalar.self) { row, condition in
      (row * length..<(row + 1) * length).contains { condition(input[$0]) }
    }
    if let problem, !problem.isOfElements { throw problem }
    return SampleRecord(shape: shape, statistics: statistics, scale: scale)
  }
}

func checkNormalizedShape(_ shape: [Int]) {
  let isUsable = !shape.isEmpty && shape.allSatisfy { $0 > 0 }
  precondition(
    isUsable, "The axes to normalise need positive extents, but are of shape \(shape).")
}
