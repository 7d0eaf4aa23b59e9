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
      let gradients = layer.gradients(of: pass, outputGradient: gradient)
      var parameters: [Tensor<Scalar>?] = []
      if layer.scale != nil { parameters.append(gradients.scale) }
      if layer.shift != nil { parameters.append(gradients.shift) }
      return LayerGradients(input: gradients.input, parameters: parameters)
    }
  }

  /// Takes the pass's statistics into the running ones.
  public mutating func commit(_ pass: LayerPass<Scalar>) {
    guard let record = pass.record as? PassRecord else {
      preconditionFailure("The pass is of another layer than this batch normalization.")
    }
    commit(record)
  }

  /// `scale` and `shift`, where there are any.
  public mutating func visitParameters(_ visit: (ParameterInfo, inout Tensor<Scalar>) -> Void) {
    let isFrozen = freezing == .statisticsAndParameters
    if var value = scale {
      scale = nil  // so that the visitor changes the only copy
      visit(ParameterInfo(name: "scale", role: .normalization, isFrozen: isFrozen), &value)
      scale = value
    }
    if var value = shift {
      shift = nil
      visit(ParameterInfo(name: "shift", role: .normalization, isFrozen: isFrozen), &value)
      shift = value
    }
  }
}

extension BatchNorm: NormalizationLayer where Scalar: NetworkScalar {
  /// All values of a channel in the batch.
  public var statisticsSet: StatisticsSet { .batch(channelAxis: axis) }
}
