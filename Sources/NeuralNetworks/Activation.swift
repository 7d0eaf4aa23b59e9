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
  /// Threads for large inputs.
  public var execution: Execution

  /// Creates an activation.
  ///
  /// - Parameters:
  ///   - kind: which function.
  ///   - slope: the slope of a leaky ReLU below 0, finite and not negative; the other kinds ignore it.
  ///   - execution: threads for large inputs.
  public init(_ kind: ActivationKind, slope: Double = 0.01, execution: Execution = .automatic) {
    precondition(
      slope >= 0 && slope.isFinite,
      "The slope below 0 must be finite and not negative, but is \(slope).")
    (self.kind, self.slope, self.execution) = (kind, slope, execution)
  }

  /// "Activation (relu)"; "Activation (leaky-relu, 0.01)".
  public var kindName: String {
    kind == .leakyReLU
      ? "Activation (\(kind.rawValue), \(slope))" : "Activation (\(kind.rawValue))"
  }

  /// The function's values.
  public func inference(_ input: Tensor<Scalar>) throws(NormalizationError) -> Tensor<Scalar> {
    activated(input, kind, Scalar(slope), execution)
  }

  /// The values, and either them or the input to differentiate with.
  public func forward(_ input: Tensor<Scalar>) throws(NormalizationError) -> LayerPass<Scalar> {
    let (kind, slope, execution) = (kind, Scalar(slope), execution)
    let output = activated(input, kind, slope, execution)
    let kept = kind == .gelu || kind == .geluTanh ? input : output
    return LayerPass(output: output) { gradient in
      LayerGradients(input: differentiated(kept, gradient, kind, slope, execution), parameters: [])
    }
  }
}

/// The values of a function.
@specialized(where Scalar == Float)
func activated<Scalar: NetworkScalar>(
  _ input: Tensor<Scalar>, _ kind: ActivationKind, _ slope: Scalar,
  _ execution: Execution = .automatic
) -> Tensor<Scalar> {
  switch kind {
  case .sigmoid:
    mapped(input, execution) { fill(&$1, $0, input) { 1 / (1 + Scalar._exponential(-$0)) } }
  case .tanh: mapped(input, execution) { fill(&$1, $0, input) { Scalar._hyperbolicTangent($0) } }
  case .relu: rectified(input, execution)
  case .leakyReLU: mapped(input, execution) { fill(&$1, $0, input) { $0 < 0 ? slope * $0 : $0 } }
  case .gelu: mapped(input, execution) { fill(&$1, $0, input) { $0 * normalDistribution($0) } }
  case .geluTanh:
    mapped(input, execution) {
      fill(&$1, $0, input) { $0 * ((1 + Scalar._hyperbolicTangent(geluArgument($0))) / 2) }
    }
  }
}

/// The gradient with respect to the input. `kept` is the input for both kinds of GELU, else the output.
@specialized(where Scalar == Float)
func differentiated<Scalar: NetworkScalar>(
  _ kept: Tensor<Scalar>, _ gradient: Tensor<Scalar>, _ kind: ActivationKind, _ slope: Scalar,
  _ execution: Execution = .automatic
) -> Tensor<Scalar> {
  precondition(
    gradient.shape == kept.shape,
    "The output gradient has shape \(gradient.shape), but the output had \(kept.shape).")
  return switch kind {
  case .sigmoid:
    mapped(kept, execution) { fill(&$1, $0, kept, gradient) { y, dy in dy * (y * (1 - y)) } }
  case .tanh:
    mapped(kept, execution) { fill(&$1, $0, kept, gradient) { y, dy in dy * (1 - y * y) } }
  case .relu: letThrough(gradient, by: kept, execution)
  case .leakyReLU:
    mapped(kept, execution) { fill(&$1, $0, kept, gradient) { y, dy in y > 0 ? dy : slope * dy } }
  case .gelu:
    mapped(kept, execution) { fill(&$1, $0, kept, gradient) { x, dy in dy * geluDerivative(x) } }
  case .geluTanh:
    mapped(kept, execution) {
      fill(&$1, $0, kept, gradient) { x, dy in dy * geluTanhDerivative(x) }
    }
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
