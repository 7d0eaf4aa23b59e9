public import Normalization

extension BatchNorm: Layer where Scalar: NetworkScalar {
  /// Inference with nothing behind it.
  public func inference(_ input: Tensor<Scalar>) throws(NormalizationError) -> Tensor<Scalar> {
    try inference(input, adding: nil, activation: .identity)
  }

  /// A training pass whose statistics ``commit(_:)-(LayerPass<Scalar>)`` takes into the running ones.
  public func forward(_ input: Tensor<Scalar>) throws(NormalizationError) -> LayerPass<Scalar> {
    let pass = try trainingPass(input)
    let layer = self
    return LayerPass(output: pass.output, record: pass.record) { gradient in
      layer.layerGradients(layer.gradients(of: pass, outputGradient: gradient))
    }
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
