import NormalizationKernels
public import Tensors

extension BatchNorm {
  /// Normalises with the running statistics; without these, with the batch's own.
  ///
  ///     y = activation(scale * (x - running mean)/sqrt(running variance + epsilon) + shift + addend)
  ///
  /// Changes nothing, and with running statistics does not depend on what else is in the batch. Non-finite
  /// elements propagate.
  ///
  /// - Parameters:
  ///   - input: the batch.
  ///   - addend: is added before the activation; in the shape of the input.
  ///   - activation: what follows.
  /// - Throws: ``NormalizationError`` for a running variance that cannot be divided by; without running
  ///   statistics, for one value per channel.
  public func inference(
    _ input: Tensor<Scalar>, adding addend: Tensor<Scalar>? = nil,
    activation: FusedActivation = .identity
  ) throws(NormalizationError) -> Tensor<Scalar> {
    check(addend, input.shape)
    var failure: NormalizationError?
    let output = Tensor<Scalar>(unsafeUninitialized: input.shape) { output in
      do throws(NormalizationError) {
        try inference(
          input.span, shape: input.shape, adding: addend?.span, activation: activation,
          into: &output)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return output
  }

  /// Inference with the output in the place of the batch.
  ///
  /// - Throws: as ``inference(_:adding:activation:)``; the batch is then unchanged.
  public func inference(
    inPlace batch: inout Tensor<Scalar>, adding addend: Tensor<Scalar>? = nil,
    activation: FusedActivation = .identity
  ) throws(NormalizationError) {
    check(addend, batch.shape)
    let shape = batch.shape
    var elements = batch.mutableSpan
    try inference(inPlace: &elements, shape: shape, adding: addend?.span, activation: activation)
  }

  /// Inference over plain memory.
  ///
  /// - Parameters:
  ///   - input: the elements of the batch in row-major order.
  ///   - shape: the shape of the batch.
  ///   - addend: as many elements as the input, or nil.
  ///   - activation: what follows.
  ///   - output: as many elements as the input.
  public func inference(
    _ input: Span<Scalar>, shape: [Int], adding addend: Span<Scalar>? = nil,
    activation: FusedActivation = .identity, into output: inout MutableSpan<Scalar>
  ) throws(NormalizationError) {
    try infer(input, shape, addend, activation, &output)
  }

  /// Inference over plain memory with the output in the place of the batch.
  public func inference(
    inPlace batch: inout MutableSpan<Scalar>, shape: [Int], adding addend: Span<Scalar>? = nil,
    activation: FusedActivation = .identity
  ) throws(NormalizationError) {
    try infer(nil, shape, addend, activation, &batch)
  }

  private func infer(
    _ input: Span<Scalar>?, _ shape: [Int], _ addend: Span<Scalar>?, _ activation: FusedActivation,
    _ output: inout MutableSpan<Scalar>
  ) throws(NormalizationError) {
    let kernels = kernels(for: shape)
    if let running = runningStatistics {
      let statistics = try inferenceStatistics(running)
      kernels.apply(
        statistics, to: input, adding: addend, into: &output, transformation(activation),
        keepsMask: false)
      return
    }
    try checkCount(kernels.layout, shape)
    _ = kernels.normalize(
      input, adding: addend, into: &output, epsilon: epsilon, transformation(activation))
  }

  /// The running statistics as the kernels take them, once they are known to be usable.
  func inferenceStatistics(
    _ running: RunningStatistics
  ) throws(NormalizationError) -> ChannelStatistics {
    let variances = running.variance
    let largest = Double.greatestFiniteMagnitude
    if !ChannelStatistics.areAll(running.mean, in: -largest...largest),
      let channel = running.mean.firstIndex(where: { !$0.isFinite })
    {
      throw .invalidRunningMean(channel: channel, found: running.mean[channel])
    }
    let usable = Double.leastNonzeroMagnitude...Double.greatestFiniteMagnitude
    // One look at all of them; which one it is matters only where something is wrong.
    if !ChannelStatistics.areAll(variances, in: epsilon > 0 ? 0...usable.upperBound : usable) {
      for (channel, variance) in variances.enumerated() {
        guard variance >= 0, variance.isFinite else {
          throw .invalidRunningVariance(channel: channel, found: variance)
        }
        guard variance + epsilon > 0 else { throw .zeroRunningVariance(channel: channel) }
      }
    }
    return ChannelStatistics(count: 0, mean: running.mean, variance: variances, epsilon: epsilon)
  }
}
