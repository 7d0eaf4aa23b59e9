import NormalizationKernels
import Tensors

/// What batch renormalization puts in the place of n in a pass: n * factor + offset, one of each per channel.
struct RenormCorrection: Equatable, Sendable {
  var factor: [Double]
  var offset: [Double]

  /// r and d of ``BatchRenorm`` for a batch's statistics and the running ones, both with their inverse deviations.
  init(
    _ batch: ChannelStatistics, toward running: ChannelStatistics, _ limits: RenormLimits,
    epsilon: Double
  ) {
    factor = batch.variance.indices.map { channel in
      let ratio =
        (batch.variance[channel] + epsilon).squareRoot() * running.inverseDeviation[channel]
      return min(limits.rmax, max(1 / limits.rmax, ratio))
    }
    offset = batch.mean.indices.map { channel in
      let distance =
        ((batch.mean[channel] - running.mean[channel]) + batch.meanRemainder[channel])
        * running.inverseDeviation[channel]
      return min(limits.dmax, max(-limits.dmax, distance))
    }
  }

  /// scale * (n * factor + offset) + shift as a scale and a shift of n.
  func applied(to transformation: OutputTransformation) -> OutputTransformation {
    var result = transformation
    result.scale = factor.indices.map { (transformation.scale?[$0] ?? 1) * factor[$0] }
    result.shift = offset.indices.map {
      (transformation.scale?[$0] ?? 1) * offset[$0] + (transformation.shift?[$0] ?? 0)
    }
    return result
  }

  /// The gradients of scale and shift from sum(g * n) and sum(g).
  func gradients(_ sums: ParameterSums) -> ParameterSums {
    (factor.indices.map { factor[$0] * sums.scale[$0] + offset[$0] * sums.shift[$0] }, sums.shift)
  }
}

extension BatchNorm {
  /// The training pass of ``BatchRenorm``.
  func trainingPass(
    _ input: Tensor<Scalar>, adding addend: Tensor<Scalar>?, activation: FusedActivation,
    renormalizing limits: RenormLimits
  ) throws(NormalizationError) -> TrainingPass {
    guard freezing == .none, let runningStatistics else {
      return try trainingPass(input, adding: addend, activation: activation)
    }
    check(addend, input.shape)
    let usable = try usableStatistics(
      of: input.span, kernels(for: input.shape), shape: input.shape)
    return try trainingPass(
      input, adding: addend, activation: activation, renormalizing: limits, usable,
      runningStatistics)
  }

  /// The same for a part of a batch, with the statistics of the whole.
  func trainingPass(
    _ shard: Tensor<Scalar>, using moments: Moments, renormalizing limits: RenormLimits
  ) throws(NormalizationError) -> TrainingPass {
    guard freezing == .none, let runningStatistics else {
      return try trainingPass(shard, using: moments)
    }
    let usable = try usableStatistics(moments)
    return try trainingPass(
      shard, adding: nil, activation: .identity, renormalizing: limits, usable, runningStatistics)
  }

  private func trainingPass(
    _ input: Tensor<Scalar>, adding addend: Tensor<Scalar>?, activation: FusedActivation,
    renormalizing limits: RenormLimits, _ batch: (ChannelStatistics, isFinite: Bool),
    _ runningStatistics: RunningStatistics
  ) throws(NormalizationError) -> TrainingPass {
    let (statistics, isFinite) = batch
    let running = try inferenceStatistics(runningStatistics)
    let correction = RenormCorrection(statistics, toward: running, limits, epsilon: epsilon)
    let transformation = correction.applied(to: transformation(activation))
    let kernels = kernels(for: input.shape)
    var mask: ActivationMask?
    let output = Tensor<Scalar>(unsafeUninitialized: input.shape) { output in
      mask = kernels.apply(
        statistics, to: input.span, adding: addend?.span, into: &output, transformation)
    }
    var record = PassRecord(input.shape, statistics, transformation, mask, isFinite: isFinite)
    record.correction = correction
    return TrainingPass(input: input, output: output, record: record, hasAddend: addend != nil)
  }
}
