public import Normalization

/// Which function an ``Activation`` applies.
public enum ActivationKind: String, CaseIterable, Codable, Sendable {
  /// 1/(1 + exp(-x)); its derivative is y (1 - y).
  case sigmoid
  /// The hyperbolic tangent; its derivative is 1 - y^2.
  case tanh
  /// max(x, 0); its derivative is 1 where x > 0, else 0.
  case relu
  /// x where x > 0, else slope * x; its derivative is 1 where x > 0, else the slope (Maas, Hannun and Ng 2013).
  case leakyReLU = "leaky-relu"
  /// x P(x), P the normal distribution function; its derivative is P(x) + x p(x), p the normal density
  /// (Hendrycks and Gimpel 2016, arXiv:1606.08415).
  case gelu
  /// GELU with P(x) approximated by (1 + tanh(u))/2, u = sqrt(2/pi) (x + 0.044715 x^3), as the same paper gives it.
  case geluTanh = "gelu-tanh"
}

/// A function applied to every element.
///
/// Shapes: any; the output as the input.
///
/// Gradient: `dx = dy * derivative`. The derivative comes from the output, so that the input need not be kept; that
/// of the two kinds of GELU, which are not monotonic, from the input.
public struct Activation<Scalar: NetworkScalar>: Layer {
  /// Which function.
  public let kind: ActivationKind
  /// The slope of a leaky ReLU below 0; the other kinds have none.
  public let slope: Double

  /// Creates an activation.
  ///
  /// - Parameters:
  ///   - kind: which function.
  ///   - slope: the slope of a leaky ReLU below 0, finite and not negative; the other kinds ignore it.
  public init(_ kind: ActivationKind, slope: Double = 0.01) {
    precondition(
      slope >= 0 && slope.isFinite,
      "The slope below 0 must be finite and not negative, but is \(slope).")
    (self.kind, self.slope) = (kind, slope)
  }

  /// "Activation (relu)"; "Activation (leaky-relu, 0.01)".
  public var kindName: String {
    kind == .leakyReLU
      ? "Activation (\(kind.rawValue), \(slope))" : "Activation (\(kind.rawValue))"
  }

  /// The function's values.
  public func inference(_ input: Tensor<Scalar>) throws(NormalizationError) -> Tensor<Scalar> {
    activated(input, kind, Scalar(slope))
  }

  /// The values, and either them or the input to differentiate with.
  public func forward(_ input: Tensor<Scalar>) throws(NormalizationError) -> LayerPass<Scalar> {
    let (kind, slope) = (kind, Scalar(slope))
    let output = activated(input, kind, slope)
    let kept = kind == .gelu || kind == .geluTanh ? input : output
    return LayerPass(output: output) { gradient in
      LayerGradients(input: differentiated(kept, gradient, kind, slope), parameters: [])
    }
  }
}

/// The values of a function.
@specialized(where Scalar == Float)
func activated<Scalar: NetworkScalar>(
  _ input: Tensor<Scalar>, _ kind: ActivationKind, _ slope: Scalar
) -> Tensor<Scalar> {
  switch kind {
  case .sigmoid: mapped(input) { 1 / (1 + Scalar._exponential(-$0)) }
  case .tanh: mapped(input) { Scalar._hyperbolicTangent($0) }
  case .relu: mapped(input) { $0 < 0 ? 0 : $0 }  // keeps nan
  case .leakyReLU: mapped(input) { $0 < 0 ? slope * $0 : $0 }
  case .gelu: mapped(input) { $0 * normalDistribution($0) }
  case .geluTanh: mapped(input) { $0 * ((1 + Scalar._hyperbolicTangent(geluArgument($0))) / 2) }
  }
}

/// The gradient with respect to the input. `kept` is the input for both kinds of GELU, else the output.
@specialized(where Scalar == Float)
func differentiated<Scalar: NetworkScalar>(
  _ kept: Tensor<Scalar>, _ gradient: Tensor<Scalar>, _ kind: ActivationKind, _ slope: Scalar
) -> Tensor<Scalar> {
  precondition(
    gradient.shape == kept.shape,
    "The output gradient has shape \(gradient.shape), but the output had \(kept.shape).")
  return switch kind {
  case .sigmoid: mapped(kept, gradient) { y, dy in dy * (y * (1 - y)) }
  case .tanh: mapped(kept, gradient) { y, dy in dy * (1 - y * y) }
  case .relu: mapped(kept, gradient) { y, dy in y > 0 ? dy : 0 }
  case .leakyReLU: mapped(kept, gradient) { y, dy in y > 0 ? dy : slope * dy }
  case .gelu: mapped(kept, gradient) { x, dy in dy * geluDerivative(x) }
  case .geluTanh: mapped(kept, gradient) { x, dy in dy * geluTanhDerivative(x) }
  }
}

/// The normal distribution function. By the complementary error function, which keeps its digits where the result is
/// small: 1 + erf would cancel.
@inline(__always)
private func normalDistribution<Scalar: NetworkScalar>(_ x: Scalar) -> Scalar {
  Scalar._complementaryErrorFunction(x * Scalar(-0.707_106_781_186_547_5)) / 2
}

@inline(__always)
private func geluDerivative<Scalar: NetworkScalar>(_ x: Scalar) -> Scalar {
  // 1/sqrt(2 pi)
  let density = Scalar(0.398_942_280_401_432_7) * Scalar._exponential(-(x * x) / 2)
  return normalDistribution(x) + x * density
}

/// sqrt(2/pi) (x + 0.044715 x^3)
@inline(__always)
private func geluArgument<Scalar: NetworkScalar>(_ x: Scalar) -> Scalar {
  Scalar(0.797_884_560_802_865_4) * (x + Scalar(0.044715) * (x * x * x))
}

/// (1 + t)/2 + x (1 - t^2) u'/2        t = tanh(u)        u' = sqrt(2/pi) (1 + 3 * 0.044715 x^2)
@inline(__always)
private func geluTanhDerivative<Scalar: NetworkScalar>(_ x: Scalar) -> Scalar {
  let t = Scalar._hyperbolicTangent(geluArgument(x))
  let slope = 1 - t * t
  guard slope > 0 else { return (1 + t) / 2 }  // u' may be infinite there
  let inner = Scalar(0.797_884_560_802_865_4) * (1 + Scalar(3 * 0.044715) * (x * x))
  return (1 + t) / 2 + x * slope * inner / 2
}

/// The elements without checks of their indices, which would keep simple functions from being vectorised.
@inline(__always)
private func mapped<Scalar>(
  _ input: Tensor<Scalar>, _ function: (Scalar) -> Scalar
) -> Tensor<Scalar> {
  Tensor(unsafeUninitialized: input.shape) { output in
    let x = input.span
    for i in 0..<x.count { output[unchecked: i] = function(x[unchecked: i]) }
  }
}

/// - Precondition: both have the same shape.
@inline(__always)
private func mapped<Scalar>(
  _ first: Tensor<Scalar>, _ second: Tensor<Scalar>, _ function: (Scalar, Scalar) -> Scalar
) -> Tensor<Scalar> {
  Tensor(unsafeUninitialized: first.shape) { output in
    let (a, b) = (first.span, second.span)
    for i in 0..<a.count {
      output[unchecked: i] = function(a[unchecked: i], b[unchecked: i])
    }
  }
}
