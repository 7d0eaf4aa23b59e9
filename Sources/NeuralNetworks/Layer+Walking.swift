public import Normalization

/// What a normalization layer does while an inference is observed; see
/// ``Layer/inference(_:named:observer:)``.
///
/// It gets the layer with its name and its input, and returns the output that goes on to the next layer, or nil to
/// end the inference there.
public typealias NormalizationObserver<Scalar: NetworkScalar> = (
  _ name: String, _ layer: any NormalizationLayer<Scalar>, _ input: Tensor<Scalar>
) throws(NormalizationError) -> Tensor<Scalar>?

extension Layer {
  /// The name of the type, without that of the elements: "Dense".
  public var kindName: String {
    let name = "\(Self.self)"
    return String(name.prefix { $0 != "<" })
  }

  /// The layer itself, of no name.
  public mutating func visitLayers(_ visit: (String, inout any Layer<Scalar>) -> Void) {
    var layer: any Layer<Scalar> = self
    visit("", &layer)
    guard let same = layer as? Self else {
      preconditionFailure(
        "A visitor replaced a layer of type \(Self.self) by one of type \(type(of: layer)).")
    }
    self = same
  }

  /// Plain inference.
  public func inference(
    _ input: Tensor<Scalar>, named name: String, observer: NormalizationObserver<Scalar>
  ) throws(NormalizationError) -> Tensor<Scalar>? {
    try inference(input)
  }

  /// Visits the normalization layers in the order in which inference passes them.
  ///
  /// The names are those of ``visitParameters(_:)`` without the parameter's: the scale of the layer
  /// "block.norm" is "block.norm.scale". A network that is nothing but a normalization layer visits it without a name.
  public mutating func visitNormalizations(
    _ visit: (String, inout any NormalizationLayer<Scalar>) -> Void
  ) {
    visitLayers { name, layer in
      guard var normalization = layer as? any NormalizationLayer<Scalar> else { return }
      visit(name, &normalization)
      layer = normalization
    }
  }

  /// The layers with their names, in the order of ``visitLayers(_:)``.
  public var layers: [(name: String, layer: any Layer<Scalar>)] {
    var copy = self
    var result: [(name: String, layer: any Layer<Scalar>)] = []
    copy.visitLayers { result.append(($0, $1)) }
    return result
  }

  /// The normalization layers with their names, in the order of ``visitNormalizations(_:)``.
  public var normalizations: [(name: String, layer: any NormalizationLayer<Scalar>)] {
    var copy = self
    var result: [(name: String, layer: any NormalizationLayer<Scalar>)] = []
    copy.visitNormalizations { result.append(($0, $1)) }
    return result
  }
}

/// The name of something inside a layer: "outer.inner", or one of them where the other is empty.
public func layerName(_ outer: String, _ inner: String) -> String {
  outer.isEmpty ? inner : inner.isEmpty ? outer : "\(outer).\(inner)"
}
