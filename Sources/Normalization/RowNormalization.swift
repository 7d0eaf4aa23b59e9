public import NormalizationKernels
public import Tensors

/// A normalization over the last axes of each sample, the rows of a matrix: ``LayerNorm`` and ``RMSNorm``.
public protocol RowNormalization<Scalar>: SampleNormalization {
  /// The extents of the last axes, which are normalised together.
  var normalizedShape: [Int] { get }
  /// What is added to the variance, or to the mean square.
  var epsilon: Double { get }
  /// The learned factor of each element, or nil for none.
  var scale: Tensor<Scalar>? { get }
  /// The learned offset of each element, or nil for none.
  var shift: Tensor<Scalar>? { get }
  /// Threads and instructions to use.
  var execution: Execution { get }
  /// Whether the mean is subtracted. Only then can there be a shift.
  static var subtractsMean: Bool { get }
}

extension RowNormalization {
  /// `normalizedShape`.
  public var parameterShape: [Int] { normalizedShape }

  /// Normalises over plain memory.
  ///
  /// - Throws: ``NormalizationError/setVarianceOverflow(set:)`` for a set of finite numbers whose variance exceeds
  ///   Float64.
  public func trainingPass(
    _ input: Span<Scalar>, shape: [Int], into output: inout MutableSpan<Scalar>
  ) throws(NormalizationError) -> SampleRecord<Scalar> {
    let rows = rows(of: shape)
    let (scale, shift) = (scale, shift)  // spans need them to live on
    let statistics = rows.normalize(
      input, into: &output, epsilon: epsilon, scale: scale?.span, shift: shift?.span)
    let length = rows.length
    let problem = statistics.problem(epsilon: epsilon, Scalar.self, propagates: true) {
      row, condition in
      (row * length..<(row + 1) * length).contains { condition(input[$0]) }
    }
    if let problem { throw problem.ofSet }
    return SampleRecord(shape: shape, statistics: statistics, scale: scale)
  }

  /// The gradients over plain memory; that of a shift which cannot be is empty.
  public func gradients(
    of record: SampleRecord<Scalar>, input: Span<Scalar>, outputGradient: Span<Scalar>,
    into inputGradient: inout MutableSpan<Scalar>
  ) -> ParameterSums {
    let scale = record.scale
    let sums = rows(of: record.shape).gradients(
      of: input, record.statistics, outputGradient: outputGradient, into: &inputGradient,
      scale: scale?.span)
    return Self.subtractsMean ? sums : (sums.scale, [])
  }

  private func rows(of shape: [Int]) -> RowKernels<Scalar> {
    precondition(
      Array(shape.suffix(normalizedShape.count)) == normalizedShape,
      "The layer normalises last axes of shape \(normalizedShape), but the input's is \(shape).")
    let leading = shape.dropLast(normalizedShape.count)
    return RowKernels(
      rows: leading.reduce(1, *), length: normalizedShape.reduce(1, *),
      isCentered: Self.subtractsMean, execution: execution)
  }
}

func checkNormalizedShape(_ shape: [Int]) {
  let isUsable = !shape.isEmpty && shape.allSatisfy { $0 > 0 }
  precondition(
    isUsable, "The axes to normalise need positive extents, but are of shape \(shape).")
}
