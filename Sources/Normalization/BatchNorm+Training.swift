public import NormalizationKernels
public import Tensors

/// What a training pass leaves for the running statistics and for the backward pass, besides the input.
///
/// A few numbers per channel; nothing per element, since the backward pass computes the normalised input again. With an
/// addend and ReLU also a bit per element.
public struct PassRecord: Equatable, Sendable {
  /// The shape of the input.
  public let shape: [Int]
  /// The statistics the pass normalised with.
  public let statistics: ChannelStatistics
  /// Whether these are the batch's own; a frozen layer uses its running ones.
  public let usesBatchStatistics: Bool
  /// Whether every element was finite, so that the statistics may enter the running ones.
  public let isFinite: Bool
  /// What followed the normalization in the same pass.
  public let activation: FusedActivation
  /// Which outputs the activation let through, where the backward pass could not tell: with an addend.
  let mask: ActivationMask?
  /// The layer's scale and shift at that time.
  let scale: [Double]?
  let shift: [Double]?
  /// The number of the first block in the batch of which the input is a part; see `Moments`.
  public internal(set) var firstBlock = 0
  /// What ``BatchRenorm`` changed in the normalised input; scale and shift contain it.
  var correction: RenormCorrection?
  /// Whether positions had weights.
  public internal(set) var isWeighted = false
}

extension BatchNorm {
  /// A training pass: the output, and what the backward pass and the running statistics need.
  public struct TrainingPass: Sendable {
    /// The input of the pass. Shares the caller's memory.
    public let input: Tensor<Scalar>
    /// The normalised, scaled and shifted input, the addend added and the activation applied.
    public let output: Tensor<Scalar>
    /// Everything else.
    public let record: PassRecord
    /// Whether something was added before the activation.
    public let hasAddend: Bool
    /// The weights of the positions, or nil where they had none.
    public internal(set) var weights: Tensor<Scalar>?

    /// The shape of input and output.
    public var shape: [Int] { record.shape }
  }

  /// Normalises a batch with its own statistics (a frozen layer: with its running ones). Changes nothing.
  ///
  ///     output = activation(scale * n + shift + addend)
  ///
  /// Addend and activation cost no pass over memory of their own.
  ///
  /// - Parameters:
  ///   - input: the batch.
  ///   - addend: is added before the activation, as in a residual block; in the shape of the input.
  ///   - activation: what follows.
  /// - Throws: ``NormalizationError`` for one value per channel and, unless the policy says otherwise, for
  ///   inputs that are not finite.
  /// - Precondition: the input has `featureCount` channels on `axis`.
  public func trainingPass(
    _ input: Tensor<Scalar>, adding addend: Tensor<Scalar>? = nil,
    activation: FusedActivation = .identity
  ) throws(NormalizationError) -> TrainingPass {
    check(addend, input.shape)
    var result: Result<PassRecord, NormalizationError>?
    let output = Tensor<Scalar>(unsafeUninitialized: input.shape) { output in
      do throws(NormalizationError) {
        let record = try trainingPass(
          input.span, shape: input.shape, adding: addend?.span, activation: activation,
          into: &output)
        result = .success(record)
      } catch {
        result = .failure(error)
      }
    }
    guard let result else { preconditionFailure("The initialiser did not run.") }
    return TrainingPass(
      input: input, output: output, record: try result.get(), hasAddend: addend != nil)
  }

  /// The training pass with the output in the place of the batch.
  ///
  /// The gradients need the batch: this is for callers who have it elsewhere or need no gradients.
  ///
  /// - Throws: as ``trainingPass(_:adding:activation:)``; the batch is then unchanged.
  public func trainingPass(
    inPlace batch: inout Tensor<Scalar>, adding addend: Tensor<Scalar>? = nil,
    activation: FusedActivation = .identity
  ) throws(NormalizationError) -> PassRecord {
    check(addend, batch.shape)
    let shape = batch.shape
    var elements = batch.mutableSpan
    return try trainingPass(
      inPlace: &elements, shape: shape, adding: addend?.span, activation: activation)
  }

  func check(_ addend: Tensor<Scalar>?, _ shape: [Int]) {
    guard let addend else { return }
    precondition(
      addend.shape == shape,
      "The addend has shape \(addend.shape), but the input has \(shape).")
  }

  /// Takes a pass's statistics into the running ones. Call it once per batch.
  ///
  /// Does nothing for a frozen layer, for a pass that propagated non-finite numbers, and where no running
  /// statistics are kept.
  public mutating func commit(_ pass: TrainingPass) {
    commit(pass.record)
  }

  /// Makes a training pass and takes its statistics into the running ones.
  ///
  /// - Throws: as ``trainingPass(_:adding:activation:)``; the layer is then unchanged.
  public mutating func train(_ input: Tensor<Scalar>) throws(NormalizationError) -> TrainingPass {
    let pass = try trainingPass(input)
    commit(pass)
    return pass
  }

  /// The training pass over plain memory: writes the output and returns what else there is.
  ///
  /// - Parameters:
  ///   - input: the elements of the batch in row-major order.
  ///   - shape: the shape of the batch.
  ///   - addend: as many elements as the input, or nil.
  ///   - activation: what follows.
  ///   - output: as many elements as the input. After an error its contents are unspecified.
  public func trainingPass(
    _ input: Span<Scalar>, shape: [Int], adding addend: Span<Scalar>? = nil,
    activation: FusedActivation = .identity, into output: inout MutableSpan<Scalar>
  ) throws(NormalizationError) -> PassRecord {
    let kernels = kernels(for: shape)
    let transformation = transformation(activation)
    if let statistics = try frozenStatistics() {
      let mask = kernels.apply(
        statistics, to: input, adding: addend, into: &output, transformation)
      return PassRecord(shape, statistics, transformation, mask, usesBatchStatistics: false)
    }
    try checkCount(kernels.layout, shape)
    let (statistics, mask) = kernels.normalize(
      input, adding: addend, into: &output, epsilon: epsilon, transformation)
    let problem = problem(in: statistics, of: input, kernels.layout)
    if let problem, nonFinitePolicy == .refuse { throw problem }
    return PassRecord(shape, statistics, transformation, mask, isFinite: problem == nil)
  }

  /// The training pass over plain memory with the output in the place of the batch.
  ///
  /// Takes the statistics of the whole batch before it writes, so that after an error the batch is unchanged.
  public func trainingPass(
    inPlace batch: inout MutableSpan<Scalar>, shape: [Int], adding addend: Span<Scalar>? = nil,
    activation: FusedActivation = .identity
  ) throws(NormalizationError) -> PassRecord {
    let kernels = kernels(for: shape)
    let transformation = transformation(activation)
    let frozen = try frozenStatistics()
    var statistics: ChannelStatistics
    var isFinite = true
    if let frozen {
      statistics = frozen
    } else {
      (statistics, isFinite) = try usableStatistics(of: batch.span, kernels, shape: shape)
    }
    let mask = kernels.apply(statistics, to: nil, adding: addend, into: &batch, transformation)
    return PassRecord(
      shape, statistics, transformation, mask, usesBatchStatistics: frozen == nil,
      isFinite: isFinite)
  }

  /// The statistics of a batch, and whether all its elements are finite, which the policy may ask for.
  func usableStatistics(
    of batch: Span<Scalar>, _ kernels: BatchKernels<Scalar>, shape: [Int]
  ) throws(NormalizationError) -> (ChannelStatistics, isFinite: Bool) {
    try checkCount(kernels.layout, shape)
    let statistics = kernels.statistics(of: batch, epsilon: epsilon)
    let problem = problem(in: statistics, of: batch, kernels.layout)
    if let problem, nonFinitePolicy == .refuse { throw problem }
    return (statistics, problem == nil)
  }

  /// The running statistics, if the layer is frozen.
  func frozenStatistics() throws(NormalizationError) -> ChannelStatistics? {
    guard freezing != .none, let running = runningStatistics else { return nil }
    return try inferenceStatistics(running)
  }

  func checkCount(_ layout: BatchLayout, _ shape: [Int]) throws(NormalizationError) {
    let count = layout.valuesPerChannel
    guard count >= 2 else { throw .tooFewValues(found: count, shape: shape, axis: axis) }
  }

  func transformation(_ activation: FusedActivation) -> OutputTransformation {
    OutputTransformation(scale: scaleValues, shift: shiftValues, activation: activation)
  }

  /// Takes a pass's statistics into the running ones, as `commit` of a pass does.
  public mutating func commit(_ record: PassRecord) {
    guard freezing == .none, record.usesBatchStatistics, record.isFinite else { return }
    let momentum = momentum
    runningStatistics?.absorb(record.statistics, momentum: momentum)
  }

  /// Why a batch's statistics may not be used.
  private func problem(
    in statistics: ChannelStatistics, of input: Span<Scalar>, _ layout: BatchLayout
  ) -> NormalizationError? {
    statistics.problem(epsilon: epsilon, Scalar.self) { channel, condition in
      layout.indices(ofChannel: channel).contains { condition(input[$0]) }
    }
  }
}

extension PassRecord {
  init(
    _ shape: [Int], _ statistics: ChannelStatistics, _ transformation: OutputTransformation,
    _ mask: ActivationMask?, usesBatchStatistics: Bool = true, isFinite: Bool = true
  ) {
    self.init(
      shape: shape, statistics: statistics, usesBatchStatistics: usesBatchStatistics,
      isFinite: isFinite, activation: transformation.activation, mask: mask,
      scale: transformation.scale, shift: transformation.shift)
  }
}
