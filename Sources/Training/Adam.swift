public import NeuralNetworks
public import Normalization
public import TensorFiles

/// Adam: steps of about the learning rate whatever the size of the gradients.
///
///     g <- g + weightDecay * p
///     m <- m + (1 - beta1) * (g - m)            v <- beta2 * v + (1 - beta2) * g^2
///     p <- p - rate/(1 - beta1^t) * m/(sqrt(v)/sqrt(1 - beta2^t) + epsilon)
///
/// with t the steps of this parameter, as PyTorch's `Adam` without AMSGrad: moments in the element type, the
/// corrections of their bias in Float64. Weight decay acts on weights alone unless asked otherwise; ``AdamW`` keeps it
/// out of the moments.
///
/// State: `first_moment.NAME` and `second_moment.NAME`, in the shape and type of the parameter; `steps.NAME`, a single
/// I64.
///
/// Source: Kingma and Ba 2015, arXiv:1412.6980, algorithm 1.
public struct Adam<Scalar: NetworkScalar>: Optimizer {
  /// The size of a step.
  public var learningRate: Double
  /// The pull of parameters toward 0.
  public var weightDecay: Double
  /// Which parameters are pulled.
  public var decayedRoles: Set<ParameterInfo.Role>
  private var moments: AdamMoments<Scalar>

  /// Creates an optimiser at rest.
  ///
  /// - Parameters:
  ///   - learningRate: the size of a step, not negative.
  ///   - beta1: the share of the old mean gradient that stays, in 0..<1.
  ///   - beta2: the share of the old mean squared gradient that stays, in 0..<1.
  ///   - epsilon: what is added to the root of the squares, not negative.
  ///   - weightDecay: the pull of parameters toward 0, not negative.
  ///   - decayedRoles: which parameters are pulled; `.everything` as in PyTorch.
  public init(
    learningRate: Double, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    weightDecay: Double = 0, decayedRoles: Set<ParameterInfo.Role> = [.weight]
  ) {
    checkDecay(weightDecay, learningRate)
    self.learningRate = learningRate
    self.weightDecay = weightDecay
    self.decayedRoles = decayedRoles
    moments = AdamMoments(beta1: beta1, beta2: beta2, epsilon: epsilon)
  }

  /// Moves the parameters of `network` one step.
  ///
  /// - Precondition: one gradient for each parameter, in the order of `visitParameters`.
  public mutating func update(_ network: inout some Layer<Scalar>, gradients: [Tensor<Scalar>?]) {
    let (rate, weightDecay, roles) = (learningRate, weightDecay, decayedRoles)
    moments.update(&network, gradients, rate: rate) { info in
      .init(ofGradient: roles.contains(info.role) ? weightDecay : 0)
    }
  }

  /// The moments and the number of steps, by parameter.
  public var stateDictionary: NamedTensors { moments.stateDictionary }

  /// Takes the moments of another optimiser.
  public mutating func load(
    _ state: NamedTensors, for network: some Layer<Scalar>
  ) throws(OptimizerStateError) {
    try moments.load(state, for: network)
  }
}

/// Adam with weight decay that does not enter the moments.
///
///     p <- p * (1 - rate * weightDecay), then as ``Adam`` without weight decay
///
/// as PyTorch's `AdamW`. Weight decay acts on weights alone unless asked otherwise.
///
/// State: as ``Adam``.
///
/// Source: Loshchilov and Hutter 2019, arXiv:1711.05101, algorithm 2.
public struct AdamW<Scalar: NetworkScalar>: Optimizer {
  /// The size of a step.
  public var learningRate: Double
  /// The share by which parameters shrink in a step, over the learning rate.
  public var weightDecay: Double
  /// Which parameters shrink.
  public var decayedRoles: Set<ParameterInfo.Role>
  private var moments: AdamMoments<Scalar>

  /// Creates an optimiser at rest.
  ///
  /// - Parameters:
  ///   - learningRate: the size of a step, not negative.
  ///   - beta1: the share of the old mean gradient that stays, in 0..<1.
  ///   - beta2: the share of the old mean squared gradient that stays, in 0..<1.
  ///   - epsilon: what is added to the root of the squares, not negative.
  ///   - weightDecay: the share by which parameters shrink, over the learning rate; not negative.
  ///   - decayedRoles: which parameters shrink; `.everything` as in PyTorch.
  public init(
    learningRate: Double, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    weightDecay: Double = 0.01, decayedRoles: Set<ParameterInfo.Role> = [.weight]
  ) {
    checkDecay(weightDecay, learningRate)
    self.learningRate = learningRate
    self.weightDecay = weightDecay
    self.decayedRoles = decayedRoles
    moments = AdamMoments(beta1: beta1, beta2: beta2, epsilon: epsilon)
  }

  /// Moves the parameters of `network` one step.
  ///
  /// - Precondition: one gradient for each parameter, in the order of `visitParameters`.
  public mutating func update(_ network: inout some Layer<Scalar>, gradients: [Tensor<Scalar>?]) {
    let (rate, weightDecay, roles) = (learningRate, weightDecay, decayedRoles)
    moments.update(&network, gradients, rate: rate) { info in
      .init(parameterFactor: roles.contains(info.role) ? 1 - rate * weightDecay : 1)
    }
  }

  /// The moments and the number of steps, by parameter.
  public var stateDictionary: NamedTensors { moments.stateDictionary }

  /// Takes the moments of another optimiser.
  public mutating func load(
    _ state: NamedTensors, for network: some Layer<Scalar>
  ) throws(OptimizerStateError) {
    try moments.load(state, for: network)
  }
}
