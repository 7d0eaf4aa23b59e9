public import NeuralNetworks
public import Normalization

/// How far the gradients of a step may reach.
public enum GradientClipping: Equatable, Codable, Sendable {
  /// All gradients together are scaled down where their 2-norm exceeds a limit, as PyTorch's `clip_grad_norm_`:
  ///
  ///     norm = sqrt(sum g^2)        g <- g * min(1, limit/(norm + 1e-6))
  ///
  /// Source: Pascanu, Mikolov and Bengio 2013, arXiv:1211.5063, section 3.2.
  case norm(Double)
  /// Each number is brought into -limit...limit. Nan stays.
  case value(Double)

  /// Applies the limit to the gradients of all parameters. Where there is none (nil), nothing is done.
  ///
  /// Squares are summed in Float64, in an order that nothing changes. Gradients that are not finite make the norm so,
  /// and then all of them become 0 or nan, as in PyTorch.
  ///
  /// - Returns: the 2-norm of all gradients before.
  /// - Precondition: the limit is positive.
  @discardableResult
  public func clip<Scalar: NetworkScalar>(_ gradients: inout [Tensor<Scalar>?]) -> Double {
    var sum = 0.0
    for gradient in gradients { sum += gradient.map(sumOfSquares) ?? 0 }
    let norm = sum.squareRoot()
    switch self {
    case .norm(let limit):
      check(limit)
      let factor = limit / (norm + 1e-6)
      guard !(factor >= 1) else { break }
      for index in gradients.indices { change(&gradients[index]) { scale(&$0, Scalar(factor)) } }
    case .value(let limit):
      check(limit)
      for index in gradients.indices {
        change(&gradients[index]) { limitValues(&$0, Scalar(limit)) }
      }
    }
    return norm
  }

  private func check(_ limit: Double) {
    precondition(limit > 0, "Gradients cannot be limited to \(limit).")
  }
}

/// Changes a tensor that may be missing, in place.
private func change<Scalar: NetworkScalar>(
  _ tensor: inout Tensor<Scalar>?, _ body: (inout Tensor<Scalar>) -> Void
) {
  guard var value = tensor else { return }
  tensor = nil  // so that there is only one copy
  body(&value)
  tensor = value
}

/// In eight lanes, which are then added in order.
@specialized(where Scalar == Float)
private func sumOfSquares<Scalar: NetworkScalar>(_ tensor: Tensor<Scalar>) -> Double {
  let elements = tensor.span
  let count = elements.count
  let whole = count & ~7
  var lanes = SIMD8<Double>(repeating: 0)
  var start = 0
  while start < whole {
    var values = SIMD8<Double>()
    for lane in 0..<8 { values[lane] = Double(elements[unchecked: start &+ lane]) }
    lanes += values * values
    start &+= 8
  }
  var sum = 0.0
  for lane in 0..<8 { sum += lanes[lane] }
  for index in whole..<count {
    let value = Double(elements[index])
    sum += value * value
  }
  return sum
}

@specialized(where Scalar == Float)
private func scale<Scalar: NetworkScalar>(_ tensor: inout Tensor<Scalar>, _ factor: Scalar) {
  var elements = tensor.mutableSpan
  for i in 0..<elements.count { elements[unchecked: i] *= factor }
}

@specialized(where Scalar == Float)
private func limitValues<Scalar: NetworkScalar>(_ tensor: inout Tensor<Scalar>, _ limit: Scalar) {
  var elements = tensor.mutableSpan
  for i in 0..<elements.count {
    let value = elements[unchecked: i]
    elements[unchecked: i] = value > limit ? limit : value < -limit ? -limit : value
  }
}
