public import Normalization

/// Layers one after the other, each with a name.
public struct Sequential<Scalar: NetworkScalar>: Layer {
  /// A layer and its name, the first part of its parameters' names.
  public struct Stage: Sendable {
    /// The name, unique in the network.
    public let name: String
    /// The layer.
    public var layer: any Layer<Scalar>

    /// Names a layer.
    public init(_ name: String, _ layer: any Layer<Scalar>) {
      self.name = name
      self.layer = layer
    }
  }

  /// The layers in order.
  public var stages: [Stage]

  /// Creates a network.
  ///
  /// - Precondition: no two stages have the same name.
  public init(_ stages: [Stage]) {
    let names = stages.map(\.name)
    precondition(
      Set(names).count == names.count, "Stages need different names, but these are \(names).")
    self.stages = stages
  }

  /// The inputs of every layer in inference, and the output of the last: one more than there are stages.
  public func activations(_ input: Tensor<Scalar>) throws(NormalizationError) -> [Tensor<Scalar>] {
    var values = [input]
    for stage in stages { values.append(try stage.layer.inference(values[values.count - 1])) }
    return values
  }

  /// The parameters of all layers, named "stage.parameter".
  public mutating func visitParameters(_ visit: (ParameterInfo, inout Tensor<Scalar>) -> Void) {
    for index in stages.indices {
      let name = stages[index].name
      stages[index].layer.visitParameters { info, value in
        var info = info
        info.name = layerName(name, info.name)
        visit(info, &value)
      }
    }
  }

  /// The layers of all stages, named "stage", or "stage.layer" where a stage consists of several.
  public mutating func visitLayers(_ visit: (String, inout any Layer<Scalar>) -> Void) {
    for index in stages.indices {
      let name = stages[index].name
      stages[index].layer.visitLayers { inner, layer in visit(layerName(name, inner), &layer) }
    }
  }

  /// The output of the last layer, or nil where the observer ended the inference.
  public func inference(
    _ input: Tensor<Scalar>, named name: String, observer: NormalizationObserver<Scalar>
  ) throws(NormalizationError) -> Tensor<Scalar>? {
    var value = input
    for stage in stages {
      let output = try stage.layer.inference(
        value, named: layerName(name, stage.name), observer: observer)
      guard let output else { return nil }
      value = output
    }
    return value
  }
}
