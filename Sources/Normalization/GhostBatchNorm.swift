public import NormalizationKernels
public import Tensors

/// Batch normalization over virtual batches: each run of `virtualBatchSize` samples is normalised with its own
/// statistics, whatever the size of the batch.
///
/// The running statistics take one step for each virtual batch, in order. The last virtual batch holds what is left;
/// where that would be a single value per channel, it joins the one before.
///
/// Shapes: as ``BatchNorm``, but samples on axis 0 and channels on another.
///
/// Accuracy and reproducibility: as ``BatchNorm`` of each virtual batch, to the bit.
///
/// Source: Hoffer, Hubara and Soudry 2017, arXiv:1705.08741, section 4 (ghost batch normalization).
public struct GhostBatchNorm<Scalar: NormalizationScalar>: Sendable {
  /// Scale, shift, running statistics, epsilon and momentum. Inference and frozen layers are its own.
  public var batchNorm: BatchNorm<Scalar>
  /// The samples of a virtual batch.
  public let virtualBatchSize: Int

  /// Creates a layer.
  ///
  /// - Parameters:
  ///   - batchNorm: what normalises each virtual batch.
  ///   - virtualBatchSize: the samples of a virtual batch, positive.
  public init(_ batchNorm: BatchNorm<Scalar>, virtualBatchSize: Int) {
    precondition(
      virtualBatchSize > 0, "A virtual batch needs samples, but its size is \(virtualBatchSize).")
    self.batchNorm = batchNorm
    self.virtualBatchSize = virtualBatchSize
  }

  /// A training pass: the output, and a record for each virtual batch.
  public struct TrainingPass: Sendable {
    /// The input of the pass. Shares the caller's memory.
    public let input: Tensor<Scalar>
    /// The normalised, scaled and shifted input.
    public let output: Tensor<Scalar>
    /// What the virtual batches leave, in order; a single one for a frozen layer.
    public let records: [PassRecord]
  }

  /// Normalises each virtual batch with its own statistics (a frozen layer: with its running ones). Changes nothing.
  ///
  /// - Throws: as ``BatchNorm``, for the first virtual batch that it refuses.
  /// - Precondition: the input has `featureCount` channels on an axis other than 0.
  public func trainingPass(_ input: Tensor<Scalar>) throws(NormalizationError) -> TrainingPass {
    var records: [PassRecord] = []
    var failure: NormalizationError?
    let output = Tensor<Scalar>(unsafeUninitialized: input.shape) { output in
      do throws(NormalizationError) {
        records = try trainingPass(input.span, shape: input.shape, into: &output)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return TrainingPass(input: input, output: output, records: records)
  }

  /// The training pass over plain memory: writes the output and returns a record for each virtual batch.
  ///
  /// - Parameters:
  ///   - input: the elements of the batch in row-major order.
  ///   - shape: the shape of the batch.
  ///   - output: as many elements as the input. After an error its contents are unspecified.
  public func trainingPass(
    _ input: Span<Scalar>, shape: [Int], into output: inout MutableSpan<Scalar>
  ) throws(NormalizationError) -> [PassRecord] {
    var records: [PassRecord] = []
    for (samples, elements) in virtualBatches(shape) {
      let record = try output.withPart(elements) { part throws(NormalizationError) in
        try batchNorm.trainingPass(
          input.extracting(elements), shape: [samples] + shape.dropFirst(), into: &part)
      }
      records.append(record)
    }
    return records
  }

  /// Takes a pass's statistics into the running ones, virtual batch by virtual batch. Call it once per batch.
  public mutating func commit(_ pass: TrainingPass) {
    for record in pass.records { batchNorm.commit(record) }
  }

  /// Makes a training pass and takes its statistics into the running ones.
  ///
  /// - Throws: as `trainingPass`; the layer is then unchanged.
  public mutating func train(_ input: Tensor<Scalar>) throws(NormalizationError) -> TrainingPass {
    let pass = try trainingPass(input)
    commit(pass)
    return pass
  }

  /// Returns the gradients of a training pass: the input's of each virtual batch, and the sums over all of those of
  /// scale and shift.
  ///
  /// - Precondition: `outputGradient` has the shape of the pass's input.
  public func gradients(
    of pass: TrainingPass, outputGradient: Tensor<Scalar>
  ) -> NormalizationGradients<Scalar> {
    let shape = pass.input.shape
    precondition(
      outputGradient.shape == shape,
      "The output gradient has shape \(outputGradient.shape), but the input had \(shape).")
    let zeros = [Double](repeating: 0, count: batchNorm.featureCount)
    var sums: ParameterSums = (zeros, zeros)
    let input = Tensor<Scalar>(unsafeUninitialized: shape) { inputGradient in
      var start = 0
      for record in pass.records {  // and not the layer, which may have been frozen since
        let elements = start..<start + record.shape.reduce(1, *)
        start = elements.upperBound
        let some = inputGradient.withPart(elements) { part in
          batchNorm.gradients(
            of: record, input: pass.input.span.extracting(elements),
            outputGradient: outputGradient.span.extracting(elements), into: &part)
        }
        for channel in zeros.indices {
          sums.scale[channel] += some.scale[channel]
          sums.shift[channel] += some.shift[channel]
        }
      }
    }
    return batchNorm.gradients(input, sums)
  }

  /// Normalises with the running statistics, as ``BatchNorm``; without these, each virtual batch with its own.
  ///
  /// - Throws: as ``BatchNorm``.
  public func inference(_ input: Tensor<Scalar>) throws(NormalizationError) -> Tensor<Scalar> {
    guard batchNorm.runningStatistics == nil else {
      return try batchNorm.inference(input, adding: nil, activation: .identity)
    }
    var layer = self
    layer.batchNorm.nonFinitePolicy = .propagate
    return try layer.trainingPass(input).output
  }

  /// The samples of each virtual batch, and its elements.
  func virtualBatches(_ shape: [Int]) -> [(samples: Int, elements: Range<Int>)] {
    let axis = resolvedAxis(batchNorm.axis, rank: shape.count)
    precondition(
      axis != 0, "Virtual batches need samples on axis 0, where the shape \(shape) has channels.")
    let (samples, perSample) = (shape[0], shape.dropFirst().reduce(1, *))
    guard batchNorm.freezing == .none, samples > 0 else {
      return [(samples, 0..<samples * perSample)]
    }
    var ends = Array(stride(from: virtualBatchSize, to: samples, by: virtualBatchSize))
    let rest = samples - (ends.last ?? 0)
    if !ends.isEmpty, rest * perSample == batchNorm.featureCount { ends.removeLast() }
    return zip([0] + ends, ends + [samples]).map { first, end in
      (end - first, first * perSample..<end * perSample)
    }
  }
}
