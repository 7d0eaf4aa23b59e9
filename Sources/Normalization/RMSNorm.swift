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
public struct RMSNorm<Scalar: NormalizationScalar>: RowNormalization {
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

  /// None: the mean stays, so there is nothing to make good.
  public var shift: Tensor<Scalar>? {
    get { nil }
    set { precondition(newValue == nil, "An RMSNorm has no shift, but was given one.") }
  }

  /// The mean stays.
  public static var subtractsMean: Bool { false }
}
