public import NeuralNetworks
public import Normalization
public import TensorFiles

/// What moves the parameters of a network along their gradients: ``SGD``, ``Adam``, ``AdamW``.
///
/// Optimisers are values; a copy goes its own way. What they gather for a parameter is kept under its name.
///
/// Frozen parameters stay, and so do those without a gradient. A frozen parameter also loses what was gathered for
/// it, so that it starts from rest once it is no longer frozen: an old velocity belongs to a loss that has changed
/// meanwhile.
public protocol Optimizer<Scalar>: Sendable {
  /// The element type.
  associatedtype Scalar: NetworkScalar

  /// The step along the gradient. A ``Schedule`` gives it a value before each step.
  var learningRate: Double { get set }

  /// Moves the parameters of `network` one step.
  ///
  /// - Precondition: one gradient for each parameter, in the order of `visitParameters`, and `learningRate` is finite
  ///   and not negative.
  mutating func update(_ network: inout some Layer<Scalar>, gradients: [Tensor<Scalar>?])

  /// What the optimiser has gathered, exactly: "momentum.conv1.weight" for the parameter "conv1.weight".
  ///
  /// How it moves parameters (rates, decay) is not in it: that is the program's.
  var stateDictionary: NamedTensors { get }

  /// Takes what another optimiser of this kind has gathered for the same network.
  ///
  /// Parameters that nothing was gathered for start from rest, as frozen ones do.
  ///
  /// - Parameters:
  ///   - state: a ``stateDictionary``.
  ///   - network: the network whose parameters it has to fit.
  /// - Throws: ``OptimizerStateError`` for names, shapes or types that do not fit; nothing has changed then.
  mutating func load(
    _ state: NamedTensors, for network: some Layer<Scalar>
  ) throws(OptimizerStateError)
}

/// Why the state of an optimiser was refused. It is unchanged.
public enum OptimizerStateError: Error, Equatable, Sendable {
  /// A tensor that belongs to no parameter of the network, or to an optimiser of another kind.
  case unknownName(String)
  /// A parameter has one tensor of its state but not another.
  case missing(name: String)
  /// A tensor has another shape than its parameter.
  case wrongShape(name: String, expected: [Int], found: [Int])
  /// A tensor has another element type, as safetensors files name them.
  case wrongType(name: String, expected: String, found: String)
  /// A number of steps that is not positive.
  case invalidCount(name: String, found: Int64)
}

extension OptimizerStateError: CustomStringConvertible {
  /// What is wrong and what to do.
  public var description: String {
    let remedy = "build network and optimiser as they were when the state was saved"
    return switch self {
    case .unknownName(let name):
      "the optimiser's state holds '\(name)', which is of another optimiser or network; \(remedy)"
    case .missing(let name):
      "the optimiser's state lacks '\(name)'; \(remedy)"
    case .wrongShape(let name, let expected, let found):
      "'\(name)' of the optimiser's state has the shape \(found), but \(expected) is needed; \(remedy)"
    case .wrongType(let name, let expected, let found):
      "'\(name)' of the optimiser's state is of type \(found), but \(expected) is needed; \(remedy)"
    case .invalidCount(let name, let found):
      "'\(name)' of the optimiser's state is \(found), but a number of steps is 1 or more"
    }
  }
}

extension Set<ParameterInfo.Role> {
  /// Weights, biases, scales and shifts: what PyTorch's optimisers decay.
  public static var everything: Set { Set(Element.allCases) }
}

/// Pairs each parameter that may move with its gradient.
///
/// - Parameters:
///   - network: whose parameters are visited.
///   - gradients: one for each, nil for none.
///   - learningRate: finite and not negative.
///   - forget: is given the names of frozen parameters.
///   - move: moves a parameter along its gradient.
func forEachGradient<Scalar: NetworkScalar>(
  _ network: inout some Layer<Scalar>, _ gradients: [Tensor<Scalar>?], rate learningRate: Double,
  forget: (String) -> Void,
  move: (ParameterInfo, inout Tensor<Scalar>, Tensor<Scalar>) -> Void
) {
  precondition(
    learningRate.isFinite && learningRate >= 0,
    "The learning rate must be finite and not negative, but is \(learningRate).")
  var index = 0
  network.visitParameters { info, parameter in
    defer { index += 1 }
    precondition(index < gradients.count, "The parameter \(info.name) has no gradient.")
    guard !info.isFrozen else { return forget(info.name) }
    guard let gradient = gradients[index] else { return }
    precondition(
      gradient.shape == parameter.shape,
      "\(info.name) has shape \(parameter.shape), but its gradient \(gradient.shape).")
    move(info, &parameter, gradient)
  }
  precondition(
    index == gradients.count,
    "There are \(gradients.count) gradients for \(index) parameters.")
}

/// What every optimiser checks when it is created.
func checkDecay(_ weightDecay: Double, _ learningRate: Double) {
  precondition(
    learningRate >= 0, "The learning rate must not be negative, but is \(learningRate).")
  precondition(weightDecay >= 0, "Weight decay must not be negative, but is \(weightDecay).")
}
