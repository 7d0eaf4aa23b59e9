import NormalizationKernels
public import Tensors

extension BatchNorm {
  /// Normalises with the running statistics; without these, with the batch's own.
  ///
  ///     y = scale * (x - running mean)/sqrt(running variance + epsilon) + shift
  ///
  /// Changes nothing, and with running statistics does not depend on what else is in the batch. Non-finite
  /// elements propagate.
  ///
  /// - Throws: ``NormalizationError`` for a running variance that cannot be divided by; without running
  ///   statistics, for one value per channel.
  public func inference(_ input: Tensor<Scalar>) throws(NormalizationError) -> Tensor<Scalar> {
    var failure: NormalizationError?
    let output = Tensor<Scalar>(unsafeUninitialized: input.shape) { output in
      do throws(NormalizationError) {
        try inference(input.span, shape: input.shape, into: &output)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return output
  }

  /// Inference over plain memory.
  ///
  /// - Parameters:
  ///   - input: the elements of the batch in row-major order.
  ///   - shape: the shape of the batch.
  ///   - output: as many elements as the input.
  public func inference(
    _ input: Span<Scalar>, shape: [Int], into output: inout MutableSpan<Scalar>
  ) throws(NormalizationError) {
    let kernels = kernels(for: shape)
    if let running = runningStatistics {
      let statistics = try inferenceStatistics(running)
      kernels.apply(statistics, to: input, into: &output, scale: scaleValues, shift: shiftValues)
      return
    }
    let count = kernels.layout.valuesPerChannel
    guard count >= 2 else { throw .tooFewValues(found: count, shape: shape, axis: axis) }
    _ = kernels.normalize(
      input, into: &output, epsilon: epsilon, scale: scaleValues, shift: shiftValues)
  }

  /// The running statistics as the kernels take them, once they are known to be usable.
  func inferenceStatistics(
    _ running: RunningStatistics
  ) throws(NormalizationError) -> ChannelStatistics {
    let variances = running.variance
    for (channel, variance) in variances.enumerated() {
      guard variance >= 0, variance.isFinite else {
        throw .invalidRunningVariance(channel: channel, found: variance)
      }
      guard variance + epsilon > 0 else { throw .zeroRunningVariance(channel: channel) }
    }
    return ChannelStatistics(count: 0, mean: running.mean, variance: variances, epsilon: epsilon)
  }
}
