import NeuralNetworks
import Normalization
import TensorFiles

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What ``Adam`` and ``AdamW`` have in common: moments of the gradients, and the step along them.
struct AdamMoments<Scalar: NetworkScalar>: Sendable {
  private let beta1: Double
  private let beta2: Double
  private let epsilon: Double
  private var first = ParameterState<Scalar>("first_moment")
  private var second = ParameterState<Scalar>("second_moment")
  private var steps: [String: Int] = [:]

  init(beta1: Double, beta2: Double, epsilon: Double) {
    precondition((0..<1).contains(beta1), "beta1 must lie in 0..<1, but is \(beta1).")
    precondition((0..<1).contains(beta2), "beta2 must lie in 0..<1, but is \(beta2).")
    precondition(epsilon >= 0, "epsilon must not be negative, but is \(epsilon).")
    (self.beta1, self.beta2, self.epsilon) = (beta1, beta2, epsilon)
  }

  private mutating func forget(_ parameter: String) {
    first.forget(parameter)
    second.forget(parameter)
    steps[parameter] = nil
  }

  /// What weight decay does to a parameter.
  struct Decay {
    /// How much of the parameter is added to the gradient.
    var ofGradient = 0.0
    /// What the parameter is multiplied by first.
    var parameterFactor = 1.0
  }

  /// Moves the parameters of a network along their gradients.
  mutating func update(
    _ network: inout some Layer<Scalar>, _ gradients: [Tensor<Scalar>?], rate: Double,
    decay: (ParameterInfo) -> Decay
  ) {
    var moments = self
    // So that the tensors are changed in place.
    self = AdamMoments(beta1: beta1, beta2: beta2, epsilon: epsilon)
    forEachGradient(&network, gradients, rate: rate, forget: { moments.forget($0) }) {
      info, parameter, gradient in
      moments.move(&parameter, info.name, gradient, rate: rate, decay: decay(info))
    }
    self = moments
  }

  /// Moves a parameter along its gradient.
  private mutating func move(
    _ parameter: inout Tensor<Scalar>, _ name: String, _ gradient: Tensor<Scalar>, rate: Double,
    decay: Decay
  ) {
    let step = (steps[name] ?? 0) + 1
    steps[name] = step
    let rule = AdamRule(
      keepFirst: Scalar(1 - beta1), keepSecond: Scalar(beta2), newSecond: Scalar(1 - beta2),
      rate: Scalar(rate / (1 - pow(beta1, Double(step)))),
      inverseRoot: Scalar(1 / (1 - pow(beta2, Double(step))).squareRoot()),
      epsilon: Scalar(epsilon),
      gradientDecay: Scalar(decay.ofGradient), parameterFactor: Scalar(decay.parameterFactor))
    first.update(name, shape: parameter.shape) { first in
      second.update(name, shape: parameter.shape) { second in
        advance(&parameter, &first, &second, gradient, rule)
      }
    }
  }

  var stateDictionary: NamedTensors {
    var dictionary = NamedTensors(path: "state of Adam")
    first.write(to: &dictionary)
    second.write(to: &dictionary)
    for (name, count) in steps.sorted(by: { $0.key < $1.key }) {
      dictionary.setIntegers([Int64(count)], shape: [], named: "steps.\(name)")
    }
    return dictionary
  }

  mutating func load(
    _ state: NamedTensors, for network: some Layer<Scalar>
  ) throws(OptimizerStateError) {
    var reader = OptimizerStateReader(state, for: network)
    let first = try ParameterState<Scalar>("first_moment", from: &reader)
    let second = try ParameterState<Scalar>("second_moment", from: &reader)
    var steps: [String: Int] = [:]
    for (name, _) in reader.parameters { steps[name] = try reader.count("steps.\(name)") }
    for (kind, names) in [
      (first.kind, first.names), (second.kind, second.names), ("steps", Set(steps.keys)),
    ] {
      let all = first.names.union(second.names).union(steps.keys)
      if let name = all.subtracting(names).min() { throw .missing(name: "\(kind).\(name)") }
    }
    try reader.finish()
    (self.first, self.second, self.steps) = (first, second, steps)
  }
}

/// The numbers of a step.
private struct AdamRule<Scalar: NetworkScalar> {
  let keepFirst: Scalar
  let keepSecond: Scalar
  let newSecond: Scalar
  let rate: Scalar
  let inverseRoot: Scalar
  let epsilon: Scalar
  let gradientDecay: Scalar
  let parameterFactor: Scalar
}

@specialized(where Scalar == Float)
private func advance<Scalar: NetworkScalar>(
  _ parameter: inout Tensor<Scalar>, _ first: inout Tensor<Scalar>,
  _ second: inout Tensor<Scalar>, _ gradient: Tensor<Scalar>, _ rule: AdamRule<Scalar>
) {
  let d = gradient.span
  var p = parameter.mutableSpan
  var m = first.mutableSpan
  var v = second.mutableSpan
  let count = p.count
  precondition(d.count == count && m.count == count && v.count == count)
  // As locals: numbers of a structure in memory would have to be read again after each store.
  let (keepFirst, keepSecond, newSecond) = (rule.keepFirst, rule.keepSecond, rule.newSecond)
  let (rate, inverseRoot, epsilon) = (rule.rate, rule.inverseRoot, rule.epsilon)
  let (decay, factor) = (rule.gradientDecay, rule.parameterFactor)
  for i in 0..<count {
    let old = p[unchecked: i] * factor
    let g = d[unchecked: i] + decay * old
    let mean = m[unchecked: i] + keepFirst * (g - m[unchecked: i])
    let square = keepSecond * v[unchecked: i] + newSecond * (g * g)
    m[unchecked: i] = mean
    v[unchecked: i] = square
    p[unchecked: i] = old - rate * (mean / (square.squareRoot() * inverseRoot + epsilon))
  }
}
