public import NeuralNetworks
public import Normalization
public import TensorFiles

/// Stochastic gradient descent with momentum and weight decay.
///
///     g <- g + weightDecay * p        v <- momentum * v + g
///     p <- p - learningRate * v                               (heavy ball)
///     p <- p - learningRate * (g + momentum * v)              (Nesterov)
///
/// as PyTorch's `SGD` without dampening, in the element type. Weight decay acts on weights alone unless asked
/// otherwise; biases, scales and shifts have nothing to do with a unit's complexity.
///
/// State: `momentum.NAME`, in the shape and type of the parameter; none without momentum.
///
/// Source: Sutskever and others 2013, "On the importance of initialization and momentum in deep learning".
public struct SGD<Scalar: NetworkScalar>: Optimizer {
  /// The step along the gradient.
  public var learningRate: Double
  /// The share of the last step that goes on: 0 for none.
  public var momentum: Double
  /// Whether the gradient is taken as it would be after the momentum's step.
  public var isNesterov: Bool
  /// The pull of parameters toward 0.
  public var weightDecay: Double
  /// Which parameters are pulled.
  public var decayedRoles: Set<ParameterInfo.Role>
  private var velocities = ParameterState<Scalar>("momentum")

  /// Creates an optimiser at rest.
  ///
  /// - Parameters:
  ///   - learningRate: the step along the gradient, not negative.
  ///   - momentum: the share of the last step that goes on, in 0..<1.
  ///   - isNesterov: whether the gradient is taken as it would be after the momentum's step.
  ///   - weightDecay: the pull of parameters toward 0, not negative.
  ///   - decayedRoles: which parameters are pulled; `.everything` as in PyTorch.
  public init(
    learningRate: Double, momentum: Double = 0, isNesterov: Bool = false, weightDecay: Double = 0,
    decayedRoles: Set<ParameterInfo.Role> = [.weight]
  ) {
    checkDecay(weightDecay, learningRate)
    precondition((0..<1).contains(momentum), "Momentum must lie in 0..<1, but is \(momentum).")
    precondition(
      momentum > 0 || !isNesterov, "Nesterov's method needs momentum above 0, but it is 0.")
    self.learningRate = learningRate
    self.momentum = momentum
    self.isNesterov = isNesterov
    self.weightDecay = weightDecay
    self.decayedRoles = decayedRoles
  }

  /// Moves the parameters of `network` one step.
  ///
  /// - Precondition: one gradient for each parameter, in the order of `visitParameters`.
  public mutating func update(_ network: inout some Layer<Scalar>, gradients: [Tensor<Scalar>?]) {
    let rule = (
      rate: Scalar(learningRate), momentum: Scalar(momentum), decay: Scalar(weightDecay),
      isNesterov: isNesterov, roles: decayedRoles, hasMomentum: momentum > 0
    )
    var velocities = velocities
    self.velocities = ParameterState("momentum")  // so that the tensors are changed in place
    forEachGradient(
      &network, gradients, rate: learningRate, forget: { velocities.forget($0) }
    ) {
      info, parameter, gradient in
      let decay = rule.roles.contains(info.role) ? rule.decay : 0
      guard rule.hasMomentum else {
        return move(&parameter, gradient, rate: rule.rate, decay: decay)
      }
      velocities.update(info.name, shape: parameter.shape) { velocity in
        move(
          &parameter, &velocity, gradient, rate: rule.rate, momentum: rule.momentum, decay: decay,
          isNesterov: rule.isNesterov)
      }
    }
    self.velocities = velocities
  }

  /// The velocities, by parameter.
  public var stateDictionary: NamedTensors {
    var dictionary = NamedTensors(path: "state of SGD")
    velocities.write(to: &dictionary)
    return dictionary
  }

  /// Takes the velocities of another optimiser.
  public mutating func load(
    _ state: NamedTensors, for network: some Layer<Scalar>
  ) throws(OptimizerStateError) {
    var reader = OptimizerStateReader(state, for: network)
    let loaded = try ParameterState<Scalar>("momentum", from: &reader)
    try reader.finish()
    velocities = loaded
  }
}

// The loops below have their bounds checked once, before: checks on each element keep them from using vectors.

@specialized(where Scalar == Float)
private func move<Scalar: NetworkScalar>(
  _ parameter: inout Tensor<Scalar>, _ gradient: Tensor<Scalar>, rate: Scalar, decay: Scalar
) {
  let g = gradient.span
  var p = parameter.mutableSpan
  let count = p.count
  precondition(g.count == count)
  for i in 0..<count {
    p[unchecked: i] -= rate * (g[unchecked: i] + decay * p[unchecked: i])
  }
}

@specialized(where Scalar == Float)
private func move<Scalar: NetworkScalar>(
  _ parameter: inout Tensor<Scalar>, _ velocity: inout Tensor<Scalar>, _ gradient: Tensor<Scalar>,
  rate: Scalar, momentum: Scalar, decay: Scalar, isNesterov: Bool
) {
  let g = gradient.span
  var p = parameter.mutableSpan
  var v = velocity.mutableSpan
  let count = p.count
  precondition(g.count == count && v.count == count)
  if isNesterov {
    for i in 0..<count {
      let slope = g[unchecked: i] + decay * p[unchecked: i]
      let next = momentum * v[unchecked: i] + slope
      v[unchecked: i] = next
      p[unchecked: i] -= rate * (slope + momentum * next)
    }
  } else {
    for i in 0..<count {
      let next = momentum * v[unchecked: i] + (g[unchecked: i] + decay * p[unchecked: i])
      v[unchecked: i] = next
      p[unchecked: i] -= rate * next
    }
  }
}
