public import NormalizationKernels
public import Tensors

/// What a training pass leaves for the running statistics and for the backward pass, besides the input.
///
/// A few numbers per channel; nothing per element, since the backward pass computes the normalised input again.
public struct PassRecord: Equatable, Sendable {
  /// The shape of the input.
  public let shape: [Int]
  /// The statistics the pass normalised with.
  public let statistics: ChannelStatistics
  /// Whether these are the batch's own; a frozen layer uses its running ones.
  public let usesBatchStatistics: Bool
  /// Whether every element was finite, so that the statistics may enter the running ones.
  public let isFinite: Bool
  /// The layer's scale at that time.
  let scale: [Double]?
}

extension BatchNorm {
  /// A training pass: the output, and what the backward pass and the running statistics need.
  public struct TrainingPass: Sendable {
    /// The input of the pass. Shares the caller's memory.
    public let input: Tensor<Scalar>
    /// The normalised, scaled and shifted input.
    public let output: Tensor<Scalar>
    /// Everything else.
    public let record: PassRecord

    /// The shape of input and output.
    public var shape: [Int] { record.shape }
  }

  /// Normalises a batch with its own statistics (a frozen layer: with its running ones). Changes nothing.
  ///
  /// - Throws: ``NormalizationError`` for one value per channel and, unless the policy says otherwise, for
  ///   inputs that are not finite.
  /// - Precondition: the input has `featureCount` channels on `axis`.
  public func trainingPass(_ input: Tensor<Scalar>) throws(NormalizationError) -> TrainingPass {
    var result: Result<PassRecord, NormalizationError>?
    let output = Tensor<Scalar>(unsafeUninitialized: input.shape) { output in
      do throws(NormalizationError) {
        let record = try trainingPass(input.span, shape: input.shape, into: &output)
        result = .success(record)
      } catch {
        result = .failure(error)
      }
    }
    guard let result else { preconditionFailure("The initialiser did not run.") }
    return TrainingPass(input: input, output: output, record: try result.get())
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
  /// - Throws: as ``trainingPass(_:)``; the layer is then unchanged.
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
  ///   - output: as many elements as the input. After an error its contents are unspecified.
  public func trainingPass(
    _ input: Span<Scalar>, shape: [Int], into output: inout MutableSpan<Scalar>
  ) throws(NormalizationError) -> PassRecord {
    let kernels = kernels(for: shape)
    let scale = scaleValues
    if freezing != .none, let running = runningStatistics {
      let statistics = try inferenceStatistics(running)
      kernels.apply(statistics, to: input, into: &output, scale: scale, shift: shiftValues)
      return PassRecord(
        shape: shape, statistics: statistics, usesBatchStatistics: false, isFinite: true,
        scale: scale)
    }
    let count = kernels.layout.valuesPerChannel
    guard count >= 2 else { throw .tooFewValues(found: count, shape: shape, axis: axis) }
    let statistics = kernels.normalize(
      input, into: &output, epsilon: epsilon, scale: scale, shift: shiftValues)
    let problem = problem(in: statistics, of: input, kernels.layout)
    if let problem, nonFinitePolicy == .refuse { throw problem }
    return PassRecord(
      shape: shape, statistics: statistics, usesBatchStatistics: true, isFinite: problem == nil,
      scale: scale)
  }

  /// Takes a pass's statistics into the running ones, as `commit` of a pass does.
  public mutating func commit(_ record: PassRecord) {
    guard freezing == .none, record.usesBatchStatistics, record.isFinite else { return }
    let momentum = momentum
    runningStatistics?.absorb(record.statistics, momentum: momentum)
  }

  /// Why a batch's statistics may not be used, judged on its elements: the first channel with a non-finite
  /// one; else the first whose variance leaves the range of Float64.
  private func problem(
    in statistics: ChannelStatistics, of input: Span<Scalar>, _ layout: BatchLayout
  ) -> NormalizationError? {
    let suspects = statistics.mean.indices.filter {
      !statistics.mean[$0].isFinite || !statistics.variance[$0].isFinite
    }
    if let channel = suspects.first(where: {
      layout.contains(input, channel: $0) { !$0.isFinite }
    }) {
      return .nonFiniteInput(channel: channel)
    }
    if let channel = suspects.first { return .varianceOverflow(channel: channel) }
    // Squares of Float64 deviations vanish below 1e-154, and lose digits before. Float32 cannot get there.
    guard MemoryLayout<Scalar>.size == 8, epsilon < 1e-280 else { return nil }
    let small = statistics.variance.indices.first { channel in
      let mean = Scalar(statistics.mean[channel])
      return statistics.variance[channel] < 1e-290
        && layout.contains(input, channel: channel) { $0 != mean }
    }
    return small.map { .varianceUnderflow(channel: $0) }
  }
}

extension BatchLayout {
  /// Whether an element of a channel satisfies a condition.
  fileprivate func contains<Scalar>(
    _ elements: Span<Scalar>, channel: Int, where condition: (Scalar) -> Bool
  ) -> Bool {
    for row in 0..<rows {
      let start = (row * channels + channel) * inner
      for index in start..<(start + inner) where condition(elements[index]) { return true }
    }
    return false
  }
}
