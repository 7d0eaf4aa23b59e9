public import NormalizationKernels
public import Tensors

/// Group normalization: over the positions and some neighbouring channels of each sample.
///
///     mean  = sum(x)/m        variance = sum((x - mean)^2)/m      over the m values of a group in a sample
///     y     = scale * (x - mean)/sqrt(variance + epsilon) + shift
///
/// Scale and shift belong to the channels. Group g holds the channels g*C/G ..< (g+1)*C/G, as in PyTorch and ONNX.
/// Nothing depends on the other samples, so there are no running statistics and no difference between training and
/// inference. Non-finite elements propagate within their own set.
///
/// Shapes:
/// - Input: any rank from 2, samples on axis 0, channels on `axis`. Output: as the input.
/// - `scale`, `shift`: [C]. Statistics: [N, G], in this order.
///
/// Accuracy: as ``BatchNorm``. The bits do not depend on threads or instruction set. With one group the statistics
/// are those of ``LayerNorm`` over the sample, with as many as channels those of ``InstanceNorm``, to the bit.
///
/// Source: Wu and He 2018, arXiv:1803.08494, section 3.
public struct GroupNorm<Scalar: NormalizationScalar>: SampleNormalization {
  /// The number of channels.
  public let featureCount: Int
  /// The number of groups.
  public let groupCount: Int
  /// The axis of the channels; negative axes count from the end.
  public let axis: Int
  /// What is added to the variance. 0 is allowed: a set of variance 0 then gives `shift`.
  public var epsilon: Double {
    didSet { checkEpsilon(epsilon) }
  }
  /// The learned factor of each channel (gamma), or nil for none.
  public var scale: Tensor<Scalar>? {
    didSet { check(scale, "scale") }
  }
  /// The learned offset of each channel (beta), or nil for none.
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
  ///   - featureCount: the number of channels, positive.
  ///   - groupCount: the number of groups, a divisor of `featureCount`.
  ///   - axis: the axis of the channels, not 0: -1 for channels-last, 1 for channels-first.
  ///   - epsilon: what is added to the variance, finite and not negative.
  ///   - hasScale: whether there is a scale to learn.
  ///   - hasShift: whether there is a shift to learn.
  ///   - execution: threads and instructions.
  public init(
    featureCount: Int, groupCount: Int, axis: Int = -1, epsilon: Double = 1e-5,
    hasScale: Bool = true, hasShift: Bool = true, execution: Execution = .automatic
  ) {
    precondition(featureCount > 0, "A layer needs channels, but featureCount is \(featureCount).")
    precondition(
      groupCount > 0 && featureCount % groupCount == 0,
      "\(featureCount) channels cannot be divided into \(groupCount) groups.")
    checkEpsilon(epsilon)
    self.featureCount = featureCount
    self.groupCount = groupCount
    self.axis = axis
    self.epsilon = epsilon
    scale = hasScale ? Tensor(repeating: 1, shape: [featureCount]) : nil
    shift = hasShift ? Tensor(repeating: 0, shape: [featureCount]) : nil
    self.execution = execution
  }

  /// [C].
  public var parameterShape: [Int] { [featureCount] }

  /// Normalises over plain memory.
  ///
  /// - Throws: ``NormalizationError/tooFewValuesInSet(found:shape:axis:groups:)`` for sets of one value;
  ///   ``NormalizationError/setVarianceOverflow(set:)`` for a set of finite numbers whose variance exceeds Float64.
  public func trainingPass(
    _ input: Span<Scalar>, shape: [Int], into output: inout MutableSpan<Scalar>
  ) throws(NormalizationError) -> SampleRecord<Scalar> {
    let record = try normalize(input, shape: shape, into: &output)
    if let problem = problem(in: record, of: input, propagates: true) { throw problem.ofSet }
    return record
  }

  /// Normalises, whatever the elements are.
  func normalize(
    _ input: Span<Scalar>, shape: [Int], into output: inout MutableSpan<Scalar>
  ) throws(NormalizationError) -> SampleRecord<Scalar> {
    let kernels = kernels(for: shape)
    let layout = kernels.layout
    guard layout.valuesPerSet >= 2 || layout.count == 0 else {
      throw .tooFewValuesInSet(
        found: layout.valuesPerSet, shape: shape, axis: axis, groups: groupCount)
    }
    let statistics = kernels.normalize(
      input, into: &output, epsilon: epsilon, scale: scale?.widened, shift: shift?.widened)
    return SampleRecord(shape: shape, statistics: statistics, scale: scale)
  }

  /// What is wrong with the statistics of a pass.
  func problem(
    in record: SampleRecord<Scalar>, of input: Span<Scalar>, propagates: Bool,
    channel: (Int) -> Int = { $0 }
  ) -> NormalizationError? {
    let layout = kernels(for: record.shape).layout
    return record.statistics.problem(
      epsilon: epsilon, Scalar.self, channel: channel, propagates: propagates
    ) { set, condition in
      layout.indices(ofSet: set).contains { condition(input[$0]) }
    }
  }

  /// The gradients over plain memory.
  public func gradients(
    of record: SampleRecord<Scalar>, input: Span<Scalar>, outputGradient: Span<Scalar>,
    into inputGradient: inout MutableSpan<Scalar>
  ) -> ParameterSums {
    kernels(for: record.shape).gradients(
      of: input, record.statistics, outputGradient: outputGradient, into: &inputGradient,
      scale: record.scale?.widened)
  }

  private func kernels(for shape: [Int]) -> GroupKernels<Scalar> {
    guard let axis = resolvedAxis(axis, rank: shape.count), axis > 0 else {
      preconditionFailure(
        "The layer's channels lie on axis \(axis), behind the samples, but the input's shape is \(shape)."
      )
    }
    precondition(
      shape[axis] == featureCount,
      """
      The layer has \(featureCount) channels, but the input of shape \(shape) has \(shape[axis]) on \
      axis \(self.axis).
      """)
    return GroupKernels(
      layout: GroupLayout(shape: shape, axis: axis, groups: groupCount), execution: execution)
  }
}
