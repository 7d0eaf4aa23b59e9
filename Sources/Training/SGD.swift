public import NeuralNetworks
public import Normalization

/// Stochastic gradient descent with momentum and weight decay.
///
///     g <- g + weightDecay * p        v <- momentum * v + g        p <- p - learningRate * v
///
/// as PyTorch's `SGD` without dampening. Weight decay acts on weights alone; biases, scales and shifts, which
/// have nothing to do with a unit's complexity, are left out.
public struct SGD<Scalar: NetworkScalar>: Sendable {
  /// The step along the gradient.
  public var learningRate: Double
  /// The share of the last step that goes on: 0 for none.
  public var momentum: Double
  /// The pull of weights toward 0.
  public var weightDecay: Double
  private var velocities: [Tensor<Scalar>?] = []

  /// Creates an optimiser at rest.
  ///
  /// - Precondition: `learningRate` and `weightDecay` are not negative, and `momentum` lies in 0..<1.
  public init(learningRate: Double, momentum: Double = 0, weightDecay: Double = 0) {
    precondition(
      learningRate >= 0, "The learning rate must not be negative, but is \(learningRate).")
    precondition((0..<1).contains(momentum), "Momentum must lie in 0..<1, but is \(momentum).")
    precondition(weightDecay >= 0, "Weight decay must not be negative, but is \(weightDecay).")
    self.learningRate = learningRate
    self.momentum = momentum
    self.weightDecay = weightDecay
  }

  /// Moves the parameters of `network` one step. Frozen parameters and those without a gradient stay.
  ///
  /// A frozen parameter also loses its velocity, so that it starts from rest once it is no longer frozen: an old
  /// velocity belongs to a loss that has changed meanwhile.
  ///
  /// - Precondition: one gradient for each parameter, in the order of `visitParameters`.
  public mutating func update(_ network: inout some Layer<Scalar>, gradients: [Tensor<Scalar>?]) {
    var index = 0
    if velocities.isEmpty { velocities = Array(repeating: nil, count: gradients.count) }
    network.visitParameters { info, parameter in
      defer { index += 1 }
      precondition(index < gradients.count, "The parameter \(info.name) has no gradient.")
      if info.isFrozen { velocities[index] = nil }
      guard !info.isFrozen, let gradient = gradients[index] else { return }
      precondition(
        gradient.shape == parameter.shape,
        "\(info.name) has shape \(parameter.shape), but its gradient \(gradient.shape).")
      let decay = info.role == .weight ? weightDecay : 0
      if momentum == 0 {
        move(&parameter, gradient, rate: Scalar(learningRate), decay: Scalar(decay))
        return
      }
      var velocity = velocities[index] ?? Tensor(repeating: 0, shape: parameter.shape)
      velocities[index] = nil
      accelerate(
        &velocity, gradient, parameter, momentum: Scalar(momentum), decay: Scalar(decay))
      move(&parameter, velocity, rate: Scalar(learningRate), decay: 0)
      velocities[index] = velocity
    }
    precondition(
      index == gradients.count,
      "There are \(gradients.count) gradients for \(index) parameters.")
  }
}

@specialized(where Scalar == Float)
private func move<Scalar: NetworkScalar>(
  _ parameter: inout Tensor<Scalar>, _ direction: Tensor<Scalar>, rate: Scalar, decay: Scalar
) {
  let d = direction.span
  var p = parameter.mutableSpan
  for i in p.indices { p[i] -= rate * (d[i] + decay * p[i]) }
}

@specialized(where Scalar == Float)
private func accelerate<Scalar: NetworkScalar>(
  _ velocity: inout Tensor<Scalar>, _ gradient: Tensor<Scalar>, _ parameter: Tensor<Scalar>,
  momentum: Scalar, decay: Scalar
) {
  let (g, p) = (gradient.span, parameter.span)
  var v = velocity.mutableSpan
  for i in v.indices { v[i] = momentum * v[i] + (g[i] + decay * p[i]) }
}
