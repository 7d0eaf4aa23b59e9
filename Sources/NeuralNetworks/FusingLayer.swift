public import Normalization

/// A layer that can add a tensor to its output and apply ReLU in the same pass over memory.
///
///     output = activation(layer(input) + addend)
///
/// ``Sequential`` and ``Residual`` ask for it wherever ReLU or a sum follows such a layer; the numbers are those of
/// separate layers.
public protocol FusingLayer<Scalar>: Layer {
  /// Inference with an addend and an activation.
  func inference(
    _ input: Tensor<Scalar>, adding addend: Tensor<Scalar>?, activation: FusedActivation
  ) throws(NormalizationError) -> Tensor<Scalar>
  /// A training pass with an addend and an activation.
  func forward(
    _ input: Tensor<Scalar>, adding addend: Tensor<Scalar>?, activation: FusedActivation
  ) throws(NormalizationError) -> FusedPass<Scalar>
}

/// A training pass through a layer, an addition and an activation.
public struct FusedPass<Scalar: NetworkScalar>: Sendable {
  /// The gradients of a fused pass.
  public typealias Gradients = (layer: LayerGradients<Scalar>, addend: Tensor<Scalar>?)

  /// The output of the activation.
  public let output: Tensor<Scalar>
  /// What ``Layer/commit(_:)`` needs; a matter of the layer.
  public let record: (any Sendable)?
  /// The gradients of layer and addend (nil where there was none) for a gradient of the output.
  public let pullback: @Sendable (Tensor<Scalar>) -> Gradients
  /// The gradients of the parameters alone, where that is less work.
  let parameterPullback: (@Sendable (Tensor<Scalar>) -> [Tensor<Scalar>?])?

  /// Describes a pass.
  ///
  /// - Parameters:
  ///   - output: the output of the activation.
  ///   - record: what ``Layer/commit(_:)`` needs.
  ///   - parameterPullback: gives the parameters' gradients alone, where that is less work.
  ///   - pullback: gives the gradients for a gradient of the output.
  public init(
    output: Tensor<Scalar>, record: (any Sendable)? = nil,
    parameterPullback: (@Sendable (Tensor<Scalar>) -> [Tensor<Scalar>?])? = nil,
    pullback: @escaping @Sendable (Tensor<Scalar>) -> Gradients
  ) {
    self.output = output
    self.record = record
    self.parameterPullback = parameterPullback
    self.pullback = pullback
  }

  /// The pass of the layer alone.
  var layerPass: LayerPass<Scalar> {
    let pullback = pullback
    return LayerPass(output: output, record: record, parameterPullback: parameterPullback) {
      pullback($0).layer
    }
  }
}

extension Layer {
  /// Inference, then an addition and an activation: in one pass where the layer can.
  func fusedInference(
    _ input: Tensor<Scalar>, adding addend: Tensor<Scalar>?, activation: FusedActivation
  ) throws(NormalizationError) -> Tensor<Scalar> {
    if addend == nil, activation == .identity { return try inference(input) }
    if let layer = self as? any FusingLayer<Scalar> {
      return try layer.inference(input, adding: addend, activation: activation)
    }
    return finished(try inference(input), addend, activation)
  }

  /// A training pass, then an addition and an activation: in one pass where the layer can.
  func fusedForward(
    _ input: Tensor<Scalar>, adding addend: Tensor<Scalar>?, activation: FusedActivation
  ) throws(NormalizationError) -> FusedPass<Scalar> {
    if let layer = self as? any FusingLayer<Scalar> {
      return try layer.forward(input, adding: addend, activation: activation)
    }
    let pass = try forward(input)
    let output = finished(pass.output, addend, activation)
    let (hasAddend, rectified) = (addend != nil, activation == .relu ? output : nil)
    let pullback = pass.pullback
    guard hasAddend || rectified != nil else {
      let parameterGradients = pass.parameterPullback
      return FusedPass(
        output: output, record: pass.record, parameterPullback: parameterGradients,
        pullback: { (pullback($0), nil) })
    }
    return FusedPass(output: output, record: pass.record) { gradient in
      let passed = rectified.map { letThrough(gradient, by: $0) } ?? gradient
      return (pullback(passed), hasAddend ? passed : nil)
    }
  }
}

private func finished<Scalar: NetworkScalar>(
  _ output: Tensor<Scalar>, _ addend: Tensor<Scalar>?, _ activation: FusedActivation
) -> Tensor<Scalar> {
  let total = addend.map { sum(output, $0) } ?? output
  return activation == .relu ? rectified(total) : total
}
