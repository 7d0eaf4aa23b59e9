public import Normalization

/// A block with a connection past it: activation(body(x) + shortcut(x)).
///
/// Where the body ends in a layer that can do it (batch normalization in training, a convolution once that is folded),
/// the sum and the activation are part of that layer's pass over memory.
///
/// Parameters and layers of the body keep their names, those of the shortcut get "downsample" in front: blocks are
/// named as in PyTorch's model zoo.
///
/// Shapes: the outputs of body and shortcut are equal; without a shortcut the body's is the input's.
///
/// Source: He et al. 2015, arXiv:1512.03385.
public struct Residual<Scalar: NetworkScalar>: Layer {
  /// What is learned beside the input.
  public var body: Sequential<Scalar>
  /// What the input passes on its way past, or nil: nothing.
  public var shortcut: Sequential<Scalar>?
  /// What follows the sum.
  public var activation: FusedActivation
  /// Threads for the sum of gradients.
  public var execution: Execution

  static var shortcutName: String { "downsample" }

  /// Creates a block.
  public init(
    body: Sequential<Scalar>, shortcut: Sequential<Scalar>? = nil,
    activation: FusedActivation = .relu, execution: Execution = .automatic
  ) {
    (self.body, self.shortcut, self.activation) = (body, shortcut, activation)
    self.execution = execution
  }

  /// activation(body(x) + shortcut(x)) in inference.
  public func inference(_ input: Tensor<Scalar>) throws(NormalizationError) -> Tensor<Scalar> {
    let past = try shortcut?.inference(input) ?? input
    return try body.inference(input, adding: past, activation: activation)
  }

  /// The passes of body and shortcut.
  public func forward(_ input: Tensor<Scalar>) throws(NormalizationError) -> LayerPass<Scalar> {
    let past = try shortcut?.forward(input)
    let pass = try body.forward(input, adding: past?.output ?? input, activation: activation)
    let (pullback, pastPullback, execution) = (pass.pullback, past?.pullback, execution)
    var records = [LayerPass<Scalar>(committing: pass.record)]
    if let past { records.append(LayerPass(committing: past.record)) }
    let taken = records
    return LayerPass(output: pass.output, record: taken) { gradient in
      let gradients = pullback(gradient)
      guard let addendGradient = gradients.addend else {
        preconditionFailure("A body with something added to it gives no gradient for that.")
      }
      let pastGradients = pastPullback?(addendGradient)
      return LayerGradients(
        input: sum(gradients.layer.input, pastGradients?.input ?? addendGradient, execution),
        parameters: gradients.layer.parameters + (pastGradients?.parameters ?? []))
    }
  }

  /// Commits both parts.
  public mutating func commit(_ pass: LayerPass<Scalar>) {
    guard let records = pass.record as? [LayerPass<Scalar>],
      records.count == (shortcut == nil ? 1 : 2)
    else {
      preconditionFailure("The pass is of another layer than this residual block.")
    }
    body.commit(records[0])
    if records.count == 2 { shortcut?.commit(records[1]) }
  }

  /// The parameters of the body, then "downsample." and those of the shortcut.
  public mutating func visitParameters(_ visit: (ParameterInfo, inout Tensor<Scalar>) -> Void) {
    body.visitParameters(visit)
    shortcut?.visitParameters { info, value in
      var info = info
      info.name = layerName(Self.shortcutName, info.name)
      visit(info, &value)
    }
  }

  /// The layers of the body, then "downsample." and those of the shortcut.
  public mutating func visitLayers(_ visit: (String, inout any Layer<Scalar>) -> Void) {
    body.visitLayers(visit)
    shortcut?.visitLayers { inner, layer in visit(layerName(Self.shortcutName, inner), &layer) }
  }

  /// activation(body(x) + shortcut(x)), or nil where the observer ended the inference.
  public func inference(
    _ input: Tensor<Scalar>, named name: String, observer: NormalizationObserver<Scalar>
  ) throws(NormalizationError) -> Tensor<Scalar>? {
    guard let value = try body.inference(input, named: name, observer: observer) else { return nil }
    var past = input
    if let shortcut {
      let inner = layerName(name, Self.shortcutName)
      guard let value = try shortcut.inference(input, named: inner, observer: observer) else {
        return nil
      }
      past = value
    }
    return try Identity().fusedInference(value, adding: past, activation: activation)
  }
}
