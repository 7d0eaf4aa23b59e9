public import Normalization

extension BatchNorm: Layer where Scalar: NetworkScalar {
  /// Inference with nothing behind it.
  public func inference(_ input: Tensor<Scalar>) throws(NormalizationError) -> Tensor<Scalar> {
    try inference(input, adding: nil, activation: .identity)
  }

  /// A training pass whose statistics ``commit(_:)-(LayerPass<Scalar>)`` takes into the running ones.
  public func forward(_ input: Tensor<Scalar>) throws(NormalizationError) -> LayerPass<Scalar> {
    try forward(input, adding: nil, activation: .identity).layerPass
  }

  /// Takes the pass's statistics into the running ones.
  public mutating func commit(_ pass: LayerPass<Scalar>) {
    guard let record = pass.record as? PassRecord else {
      preconditionFailure("The pass is of another layer than this batch normalization.")
    }
    commit(record)
  }
}

extension BatchNorm: NormalizationLayer where Scalar: NetworkScalar {
  /// All values of a channel in the batch.
  public var statisticsSet: StatisticsSet { .batch(channelAxis: axis) }
}

extension BatchNorm: FusingLayer where Scalar: NetworkScalar {
  /// A training pass with an addend and an activation, in the kernels' one pass over memory.
  public func forward(
    _ input: Tensor<Scalar>, adding addend: Tensor<Scalar>?, activation: FusedActivation
  ) throws(NormalizationError) -> FusedPass<Scalar> {
    let pass = try trainingPass(input, adding: addend, activation: activation)
    let layer = self
    return FusedPass(output: pass.output, record: pass.record) { gradient in
      let gradients = layer.gradients(of: pass, outputGradient: gradient)
      return (layer.layerGradients(gradients), gradients.addend)
    }
  }
}
