public import Normalization

/// Scale and shift as the parameters of every normalization layer.
extension NormalizationLayer {
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

  /// The gradients of a pass in the order of the parameters: none for a scale or a shift that there is not.
  func layerGradients(_ gradients: NormalizationGradients<Scalar>) -> LayerGradients<Scalar> {
    var parameters: [Tensor<Scalar>?] = []
    if scale != nil { parameters.append(gradients.scale) }
    if shift != nil { parameters.append(gradients.shift) }
    return LayerGradients(input: gradients.input, parameters: parameters)
  }
}
