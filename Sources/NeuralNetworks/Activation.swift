public import Normalization

/// Which function an ``Activation`` applies.
public enum ActivationKind: String, CaseIterable, Codable, Sendable {
  /// 1/(1 + exp(-x)); its derivative is y (1 - y).
  case sigmoid
  /// The hyperbolic tangent; its derivative is 1 - y^2.
  case tanh
  /// max(x, 0); its derivative is 1 where y > 0, else 0.
  case relu
}

/// A function applied to every element.
///
/// Shapes: any; the output as the input.
public struct Activation<Scalar: NetworkScalar>: Layer {
  /// Which function.
  public let kind: ActivationKind

  /// Creates an activation.
  public init(_ kind: ActivationKind) {
    self.kind = kind
  }

  /// "Activation (relu)".
  public var kindName: String { "Activation (\(kind.rawValue))" }

  /// The function's values.
  public func inference(_ input: Tensor<Scalar>) throws(NormalizationError) -> Tensor<Scalar> {
    activated(input, kind)
  }

  /// The values; derivatives come from them, so that the input need not be kept.
  public func forward(_ input: Tensor<Scalar>) throws(NormalizationError) -> LayerPass<Scalar> {
    let output = activated(input, kind)
    let kind = kind
    return LayerPass(output: output) { gradient in
      LayerGradients(input: differentiated(output, gradient, kind), parameters: [])
    }
  }
}

@specialized(where Scalar == Float)
private func activated<Scalar: NetworkScalar>(
  _ input: Tensor<Scalar>, _ kind: ActivationKind
) -> Tensor<Scalar> {
  Tensor(unsafeUninitialized: input.shape) { output in
    let x = input.span
    switch kind {
    case .sigmoid:
      for i in x.indices { output[i] = 1 / (1 + Scalar._exponential(-x[i])) }
    case .tanh:
      for i in x.indices { output[i] = Scalar._hyperbolicTangent(x[i]) }
    case .relu:
      for i in x.indices { output[i] = x[i] < 0 ? 0 : x[i] }  // keeps nan
    }
  }
}

@specialized(where Scalar == Float)
private func differentiated<Scalar: NetworkScalar>(
  _ output: Tensor<Scalar>, _ gradient: Tensor<Scalar>, _ kind: ActivationKind
) -> Tensor<Scalar> {
  precondition(
    gradient.shape == output.shape,
    "The output gradient has shape \(gradient.shape), but the output had \(output.shape).")
  return Tensor(unsafeUninitialized: output.shape) { result in
    let (y, dy) = (output.span, gradient.span)
    switch kind {
    case .sigmoid:
      for i in y.indices { result[i] = dy[i] * (y[i] * (1 - y[i])) }
    case .tanh:
      for i in y.indices { result[i] = dy[i] * (1 - y[i] * y[i]) }
    case .relu:
      for i in y.indices { result[i] = y[i] > 0 ? dy[i] : 0 }
    }
  }
}
