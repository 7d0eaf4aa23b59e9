public import NormalizationKernels
public import Tensors

/// Normalization by the root of the mean square over the last axes of each sample.
///
///     y = scale * x/sqrt(sum(x^2)/m + epsilon)      over the m values of the last axes
///
/// No mean is subtracted and there is no shift; otherwise as ``LayerNorm``.
///
/// Shapes:
/// - Input: [..., *normalizedShape]. Output: as the input.
/// - `scale`: normalizedShape. Statistics: one for each index of the leading axes; the variance is the mean square.
///
/// Accuracy: as ``BatchNorm``. The bits do not depend on threads or instruction set.
///
/// Source: Zhang and Sennrich 2019, arXiv:1910.07467, section 3.
public struct RMSNorm<Scalar: NormalizationScalar>: SampleNormalization {
  /// The extents of the last axes, which are normalised together.
  public let normalizedShape: [Int]
  /// What is added to the mean square. 0 is allowed: a set of zeros then gives 0.
  public var epsilon: Double {
    didSet { checkEpsilon(epsilon) }
  }
  /// The learned factor of each element (gamma), or nil for none.
  public var scale: Tensor<Scalar>? {
    didSet { check(scale, "scale") }
  }
  /// What of the layer is kept as it is. There are no statistics to freeze.
  public var freezing: Freezing = .none
  /// Threads and instructions to use; they do not change results.
  public var execution: Execution

  /// Creates a layer that does not change normalised values yet: scale 1.
  ///
  /// - Parameters:
  ///   - normalizedShape: the extents of the last axes, at least one, all positive.
  ///   - epsilon: what is added to the mean square, finite and not negative.
  ///   - hasScale: whether there is a scale to learn.
  ///   - execution: threads and instructions.
  public init(
    normalizedShape: [Int], epsilon: Double = 1e-5, hasScale: Bool = true,
    execution: Execution = .automatic
  ) {
    checkNormalizedShape(normalizedShape)
    checkEpsilon(epsilon)
    self.normalizedShape = normalizedShape
    self.epsilon = epsilon
    scale = hasScale ? Tensor(repeating: 1, shape: normalizedShape) : nil
    self.execution = execution
  }

  /// `normalizedShape`.
  public var parameterShape: [Int] { normalizedShape }

  /// Normalises each sample over its last axes; the same in training and in use.
  public func inference(_ input: Tensor<Scalar>) throws(NormalizationError) -> Tensor<Scalar> {
    try trainingPass(input).output
  }

  /// Normalises over plain memory.
  ///
  /// - Throws: ``NormalizationError/varianceOverflow(channel:)`` for a set of finite numbers whose mean square
  ///   exceeds Float64; its `channel` is the number of the set.
  public func trainingPass(
    _ input: Span<Scalar>, shape: [Int], into output: inout MutableSpan<Scalar>
  ) throws(NormalizationError) -> SampleRecord<Scalar> {
    try rows(of: shape).trainingPass(
      input, shape: shape, epsilon: epsilon, scale: scale, shift: nil, into: &output)
  }

  /// The gradients over plain memory; that of the shift, which there is none of, is empty.
  public func gradients(
    of record: SampleRecord<Scalar>, input: Span<Scalar>, outputGradient: Span<Scalar>,
    into inputGradient: inout MutableSpan<Scalar>
  ) -> ParameterSums {
    let sums = rows(of: record.shape).gradients(
      of: input, record.statistics, outputGradient: outputGradient, into: &inputGradient,
      scale: record.scale?.span)
    return (sums.scale, [])
  }

  private func rows(of shape: [Int]) -> RowKernels<Scalar> {
    RowKernels(
      shape: shape, normalizedShape: normalizedShape, isCentered: false, execution: execution)
  }
}
