public import NormalizationKernels
public import Tensors

/// Layer normalization: over the last axes of each sample.
///
///     mean  = sum(x)/m        variance = sum((x - mean)^2)/m      over the m values of the last axes
///     y     = scale * (x - mean)/sqrt(variance + epsilon) + shift
///
/// Scale and shift belong to the elements of these axes. Nothing depends on the other samples, so there are no running
/// statistics and no difference between training and inference. Non-finite elements propagate within their own set.
/// A set of a single value gives `shift`.
///
/// Shapes:
/// - Input: [..., *normalizedShape]. Output: as the input.
/// - `scale`, `shift`: normalizedShape. Statistics: one for each index of the leading axes.
///
/// Accuracy: as ``BatchNorm``. The bits do not depend on threads or instruction set.
///
/// Source: Ba, Kiros and Hinton 2016, arXiv:1607.06450, section 3.
public struct LayerNorm<Scalar: NormalizationScalar>: RowNormalization {
  /// The extents of the last axes, which are normalised together.
  public let normalizedShape: [Int]
  /// What is added to the variance. 0 is allowed: a set of variance 0 then gives `shift`.
  public var epsilon: Double {
    didSet { checkEpsilon(epsilon) }
  }
  /// The learned factor of each element (gamma), or nil for none.
  public var scale: Tensor<Scalar>? {
    didSet { check(scale, "scale") }
  }
  /// The learned offset of each element (beta), or nil for none.
  public var shift: Tensor<Scalar>? {
    didSet { check(shift, "shift") }
  }
  /// What of the layer is kept as it is. There are no statistics to freeze.
  public var freezing: Freezing = .none
  /// Threads and instructions to use; they do not change results.
  public var execution: Execution

  /// Creates a layer that does not change normalised values yet: scale 1, shift 0.
  ///
  /// - Parameters:
  ///   - normalizedShape: the extents of the last axes, at least one, all positive.
  ///   - epsilon: what is added to the variance, finite and not negative.
  ///   - hasScale: whether there is a scale to learn.
  ///   - hasShift: whether there is a shift to learn.
  ///   - execution: threads and instructions.
  public init(
    normalizedShape: [Int], epsilon: Double = 1e-5, hasScale: Bool = true, hasShift: Bool = true,
    execution: Execution = .automatic
  ) {
    checkNormalizedShape(normalizedShape)
    checkEpsilon(epsilon)
    self.normalizedShape = normalizedShape
    self.epsilon = epsilon
    scale = hasScale ? Tensor(repeating: 1, shape: normalizedShape) : nil
    shift = hasShift ? Tensor(repeating: 0, shape: normalizedShape) : nil
    self.execution = execution
  }

  /// The mean is subtracted.
  public static var subtractsMean: Bool { true }
}
