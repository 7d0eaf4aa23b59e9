public import NormalizationKernels
public import Tensors

/// Batch normalization over any axis.
///
///     mean  = sum(x)/m        variance = sum((x - mean)^2)/m      over the m values of a channel
///     y     = scale * (x - mean)/sqrt(variance + epsilon) + shift
///
/// Scale and shift are also called gamma and beta. Training and inference are different methods, not a
/// flag: ``trainingPass(_:adding:activation:)`` uses the batch's statistics and changes nothing, `commit` takes them into
/// the running ones, ``inference(_:adding:activation:)`` uses the running ones.
///
/// Shapes:
/// - Input: any rank from 1; the channels lie on `axis`, the statistics run over all other axes.
/// - Output: as the input. `scale`, `shift` and statistics: [C].
///
/// Accuracy: for any mean and scale, `|y - exact| <= 4 * 2^-23 * max(1, |scale * n| + |shift|)` in Float32. The bits
/// do not depend on threads or instruction set.
///
/// Source: Ioffe and Szegedy 2015, arXiv:1502.03167, algorithms 1 and 2.
public struct BatchNorm<Scalar: NormalizationScalar>: Sendable {
  /// The number of channels.
  public let featureCount: Int
  /// The axis of the channels; negative axes count from the end.
  public let axis: Int
  /// What is added to the variance. 0 is allowed: a channel of variance 0 then gives `shift`.
  public var epsilon: Double {
    didSet { checkEpsilon(epsilon) }
  }
  /// How the running statistics follow the batches.
  public var momentum: Momentum
  /// The learned factor of each channel (gamma), or nil for none.
  public var scale: Tensor<Scalar>? {
    didSet { check(scale, "scale") }
  }
  /// The learned offset of each channel (beta), or nil for none.
  public var shift: Tensor<Scalar>? {
    didSet { check(shift, "shift") }
  }
  /// What inference normalises with, or nil: then inference uses the batch's own statistics.
  public var runningStatistics: RunningStatistics? {
    didSet { checkRunningStatistics() }
  }
  /// What the training pass does with inputs that are infinite or not a number.
  public var nonFinitePolicy: NonFinitePolicy
  /// What of the layer is kept as it is.
  public var freezing: Freezing = .none {
    didSet { checkFreezing() }
  }
  /// Threads and instructions to use; they do not change results.
  public var execution: Execution

  /// Creates a layer that does not change normalised values yet: scale 1, shift 0.
  ///
  /// - Parameters:
  ///   - featureCount: the number of channels, positive.
  ///   - axis: the axis of the channels: -1 for channels-last, 1 for channels-first.
  ///   - epsilon: what is added to the variance, finite and not negative.
  ///   - momentum: how the running statistics follow the batches.
  ///   - tracking: what the running statistics average beside the mean, or nil to keep none.
  ///   - hasScale: whether there is a scale to learn.
  ///   - hasShift: whether there is a shift to learn.
  ///   - nonFinitePolicy: what the training pass does with non-finite inputs.
  ///   - execution: threads and instructions.
  public init(
    featureCount: Int, axis: Int = -1, epsilon: Double = 1e-5, momentum: Momentum = .keeping(0.9),
    tracking: RunningStatistics.Tracking? = .unbiasedVariance, hasScale: Bool = true,
    hasShift: Bool = true, nonFinitePolicy: NonFinitePolicy = .refuse,
    execution: Execution = .automatic
  ) {
    precondition(featureCount > 0, "A layer needs channels, but featureCount is \(featureCount).")
    checkEpsilon(epsilon)
    self.featureCount = featureCount
    self.axis = axis
    self.epsilon = epsilon
    self.momentum = momentum
    scale = hasScale ? Tensor(repeating: 1, shape: [featureCount]) : nil
    shift = hasShift ? Tensor(repeating: 0, shape: [featureCount]) : nil
    runningStatistics = tracking.map {
      RunningStatistics(featureCount: featureCount, tracking: $0)
    }
    self.nonFinitePolicy = nonFinitePolicy
    self.execution = execution
  }

  /// The kernels for inputs of a shape.
  func kernels(for shape: [Int]) -> BatchKernels<Scalar> {
    guard let axis = resolvedAxis(axis, rank: shape.count) else {
      preconditionFailure(
        "The layer's channels lie on axis \(axis), but the input's shape is \(shape).")
    }
    precondition(
      shape[axis] == featureCount,
      """
      The layer has \(featureCount) channels, but the input of shape \(shape) has \(shape[axis]) on \
      axis \(self.axis).
      """)
    return BatchKernels(layout: BatchLayout(shape: shape, axis: axis), execution: execution)
  }

  var scaleValues: [Double]? { scale?.widened }
  var shiftValues: [Double]? { shift?.widened }

  private func check(_ parameter: Tensor<Scalar>?, _ name: String) {
    guard let parameter else { return }
    precondition(
      parameter.shape == [featureCount],
      "The \(name) has shape \(parameter.shape), but the layer needs [\(featureCount)].")
  }

  private func checkRunningStatistics() {
    runningStatistics?.check(featureCount: featureCount)
    checkFreezing()
  }

  private func checkFreezing() {
    precondition(
      freezing == .none || runningStatistics != nil,
      "A layer without running statistics cannot be frozen: it has nothing to normalise with.")
  }
}
