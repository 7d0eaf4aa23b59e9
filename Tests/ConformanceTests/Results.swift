import Normalization

/// What a layer gave for an input and a gradient of its output.
struct Results<Scalar: NormalizationScalar> {
  var output: Tensor<Scalar>
  var gradients: NormalizationGradients<Scalar>
  /// What it normalised with; nil for inference.
  var statistics: ChannelStatistics?
  /// The running statistics after the call.
  var running: RunningStatistics?

  /// Of a training pass, with weights for its positions if there are any, once its statistics are committed.
  init(
    training given: BatchNorm<Scalar>, _ input: Tensor<Scalar>, weights: Tensor<Scalar>? = nil,
    outputGradient: Tensor<Scalar>
  ) throws {
    var layer = given
    let pass = try weights.map { try layer.train(input, weights: $0) } ?? layer.train(input)
    output = pass.output
    gradients = layer.gradients(of: pass, outputGradient: outputGradient)
    (statistics, running) = (pass.record.statistics, layer.runningStatistics)
  }

  /// Of a training pass, once its statistics are committed.
  init(
    training given: BatchRenorm<Scalar>, _ input: Tensor<Scalar>, outputGradient: Tensor<Scalar>
  ) throws {
    var layer = given
    let pass = try layer.train(input)
    output = pass.output
    gradients = layer.gradients(of: pass, outputGradient: outputGradient)
    (statistics, running) = (pass.record.statistics, layer.batchNorm.runningStatistics)
  }

  init(
    inference layer: BatchNorm<Scalar>, _ input: Tensor<Scalar>, outputGradient: Tensor<Scalar>
  ) throws {
    output = try layer.inference(input)
    gradients = try layer.inferenceGradients(input: input, outputGradient: outputGradient)
    running = layer.runningStatistics
  }

  /// Of a training pass, once its statistics are committed.
  init(
    training given: InstanceNorm<Scalar>, _ input: Tensor<Scalar>, outputGradient: Tensor<Scalar>
  ) throws {
    var layer = given
    let pass = try layer.train(input)
    self.init(pass, layer.gradients(of: pass, outputGradient: outputGradient))
    running = layer.runningStatistics
  }

  init(
    inference layer: InstanceNorm<Scalar>, _ input: Tensor<Scalar>, outputGradient: Tensor<Scalar>
  ) throws {
    output = try layer.inference(input)
    gradients = try layer.inferenceGradients(input: input, outputGradient: outputGradient)
    running = layer.runningStatistics
  }

  /// Of a layer that knows no difference between training and inference.
  init(
    _ layer: some SampleNormalization<Scalar>, _ input: Tensor<Scalar>,
    outputGradient: Tensor<Scalar>
  ) throws {
    let pass = try layer.trainingPass(input)
    self.init(pass, layer.gradients(of: pass, outputGradient: outputGradient))
  }

  private init(_ pass: SamplePass<Scalar>, _ gradients: NormalizationGradients<Scalar>) {
    output = pass.output
    self.gradients = gradients
    statistics = pass.record.statistics
  }
}
