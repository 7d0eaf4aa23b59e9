public import NormalizationKernels
public import Tensors

/// Instance normalization: over the positions of each sample and channel.
///
///     mean  = sum(x)/m        variance = sum((x - mean)^2)/m      over the m values of a channel in a sample
///     y     = scale * (x - mean)/sqrt(variance + epsilon) + shift
///
/// It is group normalization with as many groups as channels, and delegates to ``GroupNorm``. With running
/// statistics, which average those of the samples, inference and a frozen layer are those of ``BatchNorm``; without,
/// inference normalises each sample by itself as well.
///
/// Shapes:
/// - Input: any rank from 2, samples on axis 0, channels on `axis`. Output: as the input.
/// - `scale`, `shift`, running statistics: [C]. Statistics of a pass: [N, C], in this order.
///
/// Accuracy: as ``BatchNorm``. The bits do not depend on threads or instruction set; those of one sample are
/// ``BatchNorm``'s.
///
/// Source: Ulyanov, Vedaldi and Lempitsky 2016, arXiv:1607.08022, equation 2.
public struct InstanceNorm<Scalar: NormalizationScalar>: SampleNormalization {
  /// The number of channels.
  public let featureCount: Int
  /// The axis of the channels; negative axes count from the end.
  public let axis: Int
  /// What is added to the variance. 0 is allowed: a set of variance 0 then gives `shift`.
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
  /// What inference normalises with, or nil: then inference uses each sample's own statistics.
  public var runningStatistics: RunningStatistics? {
    didSet {
      runningStatistics?.check(featureCount: featureCount)
      checkFreezing()
    }
  }
  /// What the training pass does with inputs that are infinite or not a number.
  public var nonFinitePolicy: NonFinitePolicy
  /// What of the layer is kept as it is. Without running statistics that can be the parameters alone, and each sample
  /// is still normalised with its own.
  public var freezing: Freezing = .none {
    didSet { checkFreezing() }
  }
  /// Threads and instructions to use; they do not change results.
  public var execution: Execution

  /// Creates a layer that does not change normalised values yet: scale 1, shift 0.
  ///
  /// - Parameters:
  ///   - featureCount: the number of channels, positive.
  ///   - axis: the axis of the channels, not 0: -1 for channels-last, 1 for channels-first.
  ///   - epsilon: what is added to the variance, finite and not negative.
  ///   - momentum: how the running statistics follow the batches.
  ///   - tracking: what the running statistics average beside the mean, or nil to keep none.
  ///   - hasScale: whether there is a scale to learn.
  ///   - hasShift: whether there is a shift to learn.
  ///   - nonFinitePolicy: what the training pass does with non-finite inputs.
  ///   - execution: threads and instructions.
  public init(
    featureCount: Int, axis: Int = -1, epsilon: Double = 1e-5, momentum: Momentum = .keeping(0.9),
    tracking: RunningStatistics.Tracking? = nil, hasScale: Bool = true, hasShift: Bool = true,
    nonFinitePolicy: NonFinitePolicy = .refuse, execution: Execution = .automatic
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

  /// [C].
  public var parameterShape: [Int] { [featureCount] }

  /// The layer as it normalises with its own statistics.
  private var groupNorm: GroupNorm<Scalar> {
    var layer = GroupNorm<Scalar>(
      featureCount: featureCount, groupCount: featureCount, axis: axis, epsilon: epsilon,
      hasScale: false, hasShift: false, execution: execution)
    (layer.scale, layer.shift) = (scale, shift)
    return layer
  }

  /// The layer as it normalises with its running statistics.
  private var batchNorm: BatchNorm<Scalar> {
    var layer = BatchNorm<Scalar>(
      featureCount: featureCount, axis: axis, epsilon: epsilon, tracking: nil, hasScale: false,
      hasShift: false, execution: execution)
    (layer.scale, layer.shift) = (scale, shift)
    layer.runningStatistics = runningStatistics
    layer.freezing = runningStatistics == nil ? .none : freezing
    return layer
  }

  private func checkFreezing() {
    precondition(
      freezing != .statistics || runningStatistics != nil,
      "A layer without running statistics cannot have them frozen: it has none to normalise with.")
  }

  /// Normalises with the running statistics; without these, each sample with its own.
  ///
  /// Changes nothing. Non-finite elements propagate.
  ///
  /// - Throws: ``NormalizationError`` for a running variance that cannot be divided by; without running statistics,
  ///   for one value per set.
  public func inference(_ input: Tensor<Scalar>) throws(NormalizationError) -> Tensor<Scalar> {
    runningStatistics == nil
      ? try groupNorm.inference(input)
      : try batchNorm.inference(input, adding: nil, activation: .identity)
  }

  /// Returns the gradients through inference: with running statistics mean and variance are constants.
  ///
  /// - Throws: as `inference`.
  /// - Precondition: `outputGradient` has the shape of `input`.
  public func inferenceGradients(
    input: Tensor<Scalar>, outputGradient: Tensor<Scalar>
  ) throws(NormalizationError) -> NormalizationGradients<Scalar> {
    guard runningStatistics == nil else {
      return try batchNorm.inferenceGradients(input: input, outputGradient: outputGradient)
    }
    return gradients(of: try groupNorm.trainingPass(input), outputGradient: outputGradient)
  }

  /// Normalises over plain memory; a frozen layer with its running statistics, if it has any.
  ///
  /// - Throws: ``NormalizationError`` for one value per set and, unless the policy says otherwise, for inputs that
  ///   are not finite.
  public func trainingPass(
    _ input: Span<Scalar>, shape: [Int], into output: inout MutableSpan<Scalar>
  ) throws(NormalizationError) -> SampleRecord<Scalar> {
    if freezing != .none, runningStatistics != nil {
      let record = try batchNorm.trainingPass(input, shape: shape, into: &output)
      return SampleRecord(
        shape: shape, statistics: record.statistics, scale: scale, usesOwnStatistics: false)
    }
    let layer = groupNorm
    let record = try layer.normalize(input, shape: shape, into: &output)
    let problem = layer.problem(in: record, of: input, propagates: false) { $0 % featureCount }
    guard let problem else { return record }
    if nonFinitePolicy == .refuse { throw problem }
    return SampleRecord(
      shape: shape, statistics: record.statistics, scale: scale, isFinite: false)
  }

  /// The gradients over plain memory.
  public func gradients(
    of record: SampleRecord<Scalar>, input: Span<Scalar>, outputGradient: Span<Scalar>,
    into inputGradient: inout MutableSpan<Scalar>
  ) -> ParameterSums {
    guard record.usesOwnStatistics else {
      let past = PassRecord(
        record.shape, record.statistics, OutputTransformation(scale: record.scale?.widened), nil,
        usesBatchStatistics: false)
      return batchNorm.gradients(
        of: past, input: input, outputGradient: outputGradient, into: &inputGradient)
    }
    return groupNorm.gradients(
      of: record, input: input, outputGradient: outputGradient, into: &inputGradient)
  }

  /// Takes a pass's statistics into the running ones: the average over the samples. Call it once per batch.
  ///
  /// Does nothing for a frozen layer, for a pass that propagated non-finite numbers, and where no running
  /// statistics are kept.
  public mutating func commit(_ pass: SamplePass<Scalar>) {
    commit(pass.record)
  }

  /// Takes a pass's statistics into the running ones, as `commit` of a pass does.
  public mutating func commit(_ record: SampleRecord<Scalar>) {
    guard freezing == .none, record.usesOwnStatistics, record.isFinite else { return }
    let momentum = momentum
    runningStatistics?.absorb(instances: record.statistics, momentum: momentum)
  }

  /// Makes a training pass and takes its statistics into the running ones.
  ///
  /// - Throws: as `trainingPass`; the layer is then unchanged.
  public mutating func train(
    _ input: Tensor<Scalar>
  ) throws(NormalizationError) -> SamplePass<Scalar> {
    let pass = try trainingPass(input)
    commit(pass)
    return pass
  }
}
