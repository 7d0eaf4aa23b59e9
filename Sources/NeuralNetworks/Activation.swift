public import Normalization

/// A function applied to every element.
///
/// Shapes: any; the output as the input.
public struct Activation<Scalar: NetworkScalar>: Layer {
  /// Which function.
  public enum Kind: String, CaseIterable, Sendable {
    /// 1/(1 + exp(-x)); its derivative is y (1 - y).
    case sigmoid
    /// The hyperbolic tangent; its derivative is 1 - y^2.
    case tanh
    /// max(x, 0); its derivative is 1 where y > 0, else 0.
    case relu
  }

  /// Which function.
  public let kind: Kind

  /// Creates an activation.
  public init(_ kind: Kind) {
    self.kind = kind
  }

  /// The function's values.
  public func inference(_ input: Tensor<Scalar>) throws(NormalizationError) -> Tensor<Scalar> {
    activated(input, kind.identifier)
  }

  /// The values; derivatives come from them, so that the input need not be kept.
  public func forward(_ input: Tensor<Scalar>) throws(NormalizationError) -> LayerPass<Scalar> {
    let output = activated(input, kind.identifier)
    let identifier = kind.identifier
    return LayerPass(output: output) { gradient in
      LayerGradients(input: differentiated(output, gradient, identifier), parameters: [])
    }
  }
}

extension Activation.Kind {
  fileprivate var identifier: ActivationIdentifier {
    switch self {
    case .sigmoid: .sigmoid
    case .tanh: .tanh
    case .relu: .relu
    }
  }
}

// Free of the element type, so that the loops below can be specialised by it alone.
private enum ActivationIdentifier: Sendable { case sigmoid, tanh, relu }

@specialized(where Scalar == Float)
private func activated<Scalar: NetworkScalar>(
  _ input: Tensor<Scalar>, _ kind: ActivationIdentifier
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
  _ output: Tensor<Scalar>, _ gradient: Tensor<Scalar>, _ kind: ActivationIdentifier
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
