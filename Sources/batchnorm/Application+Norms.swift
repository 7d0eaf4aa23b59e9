import Normalization
import NormalizationKernels

/// Each normalization of the family, applied to the input.
extension Application {
  private var shape: [Int] { input.shape }

  func result(scale: Tensor<Scalar>?, shift: Tensor<Scalar>?) throws -> Result {
    let batchNorm = batchNorm(scale, shift)
    switch options.norm {
    case .layer:
      var layer = LayerNorm<Scalar>(
        normalizedShape: Array(shape[axis...]), epsilon: options.epsilon, execution: execution)
      (layer.scale, layer.shift) = (scale, shift)
      return try result(layer, statisticsShape: Array(shape[..<axis]))
    case .rms:
      var layer = RMSNorm<Scalar>(
        normalizedShape: Array(shape[axis...]), epsilon: options.epsilon, execution: execution)
      layer.scale = scale
      return try result(layer, statisticsShape: Array(shape[..<axis]))
    case .group:
      var layer = GroupNorm<Scalar>(
        featureCount: shape[axis], groupCount: options.groups ?? 1, axis: axis,
        epsilon: options.epsilon, execution: execution)
      (layer.scale, layer.shift) = (scale, shift)
      return try result(layer, statisticsShape: [shape[0], layer.groupCount])
    case .batch, .instance, .renorm, .ghost:
      guard options.mode == .training else { return try inference(batchNorm) }
      return switch options.norm {
      case .instance: try instance(scale, shift)
      case .renorm: try renorm(batchNorm)
      case .ghost: try ghost(batchNorm)
      default: try batch(batchNorm)
      }
    }
  }

  private func result(
    _ layer: some SampleNormalization<Scalar>, statisticsShape: [Int]
  ) throws -> Result {
    let pass = try layer.trainingPass(input)
    return Result(
      output: pass.output, statistics: pass.record.statistics.shaped(statisticsShape),
      gradients: outputGradient.map { layer.gradients(of: pass, outputGradient: $0) })
  }

  private func batchNorm(_ scale: Tensor<Scalar>?, _ shift: Tensor<Scalar>?) -> BatchNorm<Scalar> {
    var layer = BatchNorm<Scalar>(
      featureCount: shape[axis], axis: options.axis, epsilon: options.epsilon,
      momentum: options.momentum, tracking: nil, hasScale: false, hasShift: false,
      execution: execution)
    if options.norm.hasElementParameters { return layer }
    (layer.scale, layer.shift) = (scale, shift)
    layer.runningStatistics = running
    return layer
  }

  /// With running statistics a channel is what it is in batch normalization, whatever training normalises.
  private func inference(_ layer: BatchNorm<Scalar>) throws -> Result {
    var result: Result
    if let weights {
      result = Result(output: try layer.inference(input, weights: weights))
      result.gradients = try outputGradient.map {
        try layer.inferenceGradients(input: input, weights: weights, outputGradient: $0)
      }
    } else {
      result = Result(output: try layer.inference(input))
      result.gradients = try outputGradient.map {
        try layer.inferenceGradients(input: input, outputGradient: $0)
      }
    }
    result.running = layer.runningStatistics
    return result
  }

  private func batch(_ layer: BatchNorm<Scalar>) throws -> Result {
    var layer = layer
    let pass =
      if let weights { try layer.train(input, weights: weights) } else { try layer.train(input) }
    return Result(
      output: pass.output, statistics: pass.record.statistics.shaped([shape[axis]]),
      running: layer.runningStatistics,
      gradients: outputGradient.map { layer.gradients(of: pass, outputGradient: $0) })
  }

  private func renorm(_ batchNorm: BatchNorm<Scalar>) throws -> Result {
    let limits = RenormLimits(rmax: options.rmax ?? 3, dmax: options.dmax ?? 5)
    var layer = BatchRenorm<Scalar>(
      featureCount: shape[axis], schedule: .constant(limits), execution: execution)
    layer.batchNorm = batchNorm
    let pass = try layer.train(input)
    return Result(
      output: pass.output, statistics: pass.record.statistics.shaped([shape[axis]]),
      running: layer.batchNorm.runningStatistics,
      gradients: outputGradient.map { layer.gradients(of: pass, outputGradient: $0) })
  }

  private func ghost(_ batchNorm: BatchNorm<Scalar>) throws -> Result {
    var layer = GhostBatchNorm(batchNorm, virtualBatchSize: options.virtualBatch ?? shape[0])
    let pass = try layer.train(input)
    return Result(
      output: pass.output,
      statistics: (
        pass.records.flatMap(\.statistics.mean), pass.records.flatMap(\.statistics.variance),
        [pass.records.count, shape[axis]]
      ), running: layer.batchNorm.runningStatistics,
      gradients: outputGradient.map { layer.gradients(of: pass, outputGradient: $0) })
  }

  private func instance(_ scale: Tensor<Scalar>?, _ shift: Tensor<Scalar>?) throws -> Result {
    var layer = InstanceNorm<Scalar>(
      featureCount: shape[axis], axis: options.axis, epsilon: options.epsilon,
      momentum: options.momentum, execution: execution)
    (layer.scale, layer.shift) = (scale, shift)
    layer.runningStatistics = running
    let pass = try layer.train(input)
    return Result(
      output: pass.output,
      statistics: pass.record.statistics.shaped([shape[0], shape[axis]]),
      running: layer.runningStatistics,
      gradients: outputGradient.map { layer.gradients(of: pass, outputGradient: $0) })
  }
}

extension ChannelStatistics {
  fileprivate func shaped(_ shape: [Int]) -> (mean: [Double], variance: [Double], shape: [Int]) {
    (mean, variance, shape)
  }
}
