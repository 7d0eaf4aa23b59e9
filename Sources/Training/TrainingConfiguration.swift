public import NeuralNetworks

/// What a training run does, as far as numbers say it. Network, data and augmentation are the program's, which can
/// note in ``details`` what they are.
///
/// A run is a function of this, the network at first, and the data.
public struct TrainingConfiguration: Equatable, Codable, Sendable {
  /// How long the run is.
  public var length = Length.epochs(10)
  /// Samples of a step.
  public var batchSize = 128
  /// Parts of a batch that are in work at a time; see ``Trainer/train(microbatches:)``.
  public var partCount = 1
  /// Decides about the order of the samples.
  public var seed: UInt64 = 1
  /// What is minimised. Evaluations give the cross-entropy in any case.
  public var loss = ClassificationLoss.crossEntropy()
  /// How parameters move.
  public var optimizer = OptimizerPlan()
  /// The learning rate of each step.
  public var learningRate = RatePlan()
  /// How far gradients may reach, or nil for any.
  public var clipping: GradientClipping?
  /// Steps between two evaluations; nil for one after each epoch. The last step is evaluated in any case.
  public var evaluationInterval: Int?
  /// Samples in memory at a time during an evaluation.
  public var evaluationBatchSize = 256
  /// How many evaluations in a row may bring no better accuracy before the run stops; nil for any number.
  public var patience: Int?
  /// By how much the accuracy has to exceed the best one to be a better one.
  public var minimumGain = 0.0
  /// Steps between two checkpoints; nil for one after each epoch. The last step is saved in any case.
  public var checkpointInterval: Int?
  /// Steps between two lines of the log. Evaluations have a line in any case.
  public var logInterval = 1
  /// What else has to be the same where a run goes on: "network", "dataset", ...
  public var details: [String: String] = [:]

  /// The defaults: ten epochs of SGD at a constant rate.
  public init() {}

  /// A number of steps or epochs.
  public struct Length: Equatable, Codable, Sendable {
    /// What is counted.
    public enum Unit: String, Codable, Sendable {
      /// Batches.
      case steps
      /// Passes over the data.
      case epochs
    }

    /// What is counted.
    public var unit: Unit
    /// How many.
    public var count: Int

    /// A number of batches.
    public static func steps(_ count: Int) -> Length { Length(unit: .steps, count: count) }
    /// A number of passes over the data.
    public static func epochs(_ count: Int) -> Length { Length(unit: .epochs, count: count) }

    /// The number of steps.
    public func steps(perEpoch: Int) -> Int { unit == .steps ? count : count * perEpoch }
  }
}

/// An optimiser by name and numbers.
public struct OptimizerPlan: Equatable, Codable, Sendable {
  /// Which optimiser.
  public enum Kind: String, CaseIterable, Codable, Sendable {
    /// ``SGD``
    case sgd
    /// ``Adam``
    case adam
    /// ``AdamW``
    case adamw
  }

  /// Which optimiser.
  public var kind = Kind.sgd
  /// SGD: the share of the last step that goes on.
  public var momentum = 0.0
  /// SGD: whether the gradient is taken as it would be after the momentum's step.
  public var isNesterov = false
  /// Adam: the share of the old mean gradient that stays.
  public var beta1 = 0.9
  /// Adam: the share of the old mean squared gradient that stays.
  public var beta2 = 0.999
  /// Adam: what is added to the root of the squares.
  public var epsilon = 1e-8
  /// The pull of parameters toward 0.
  public var weightDecay = 0.0
  /// Whether biases, scales and shifts are pulled as well as weights.
  public var decaysEverything = false

  /// Plain SGD.
  public init() {}

  /// The optimiser, at rest.
  ///
  /// - Precondition: as of the optimiser's `init`.
  public func make(learningRate: Double) -> any Optimizer<Float> {
    let roles: Set<ParameterInfo.Role> = decaysEverything ? .everything : [.weight]
    return switch kind {
    case .sgd:
      SGD<Float>(
        learningRate: learningRate, momentum: momentum, isNesterov: isNesterov,
        weightDecay: weightDecay, decayedRoles: roles)
    case .adam:
      Adam<Float>(
        learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon,
        weightDecay: weightDecay, decayedRoles: roles)
    case .adamw:
      AdamW<Float>(
        learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon,
        weightDecay: weightDecay, decayedRoles: roles)
    }
  }
}

/// A ``Schedule`` by name and numbers.
public struct RatePlan: Equatable, Codable, Sendable {
  /// How the rate goes on after the warm-up.
  public enum Kind: String, CaseIterable, Codable, Sendable {
    /// As it is.
    case constant
    /// Multiplied by the factor every ``RatePlan/interval`` steps.
    case step
    /// Multiplied by the factor at every step.
    case exponential
    /// Along half a cosine, down to the final rate at the end of the run.
    case cosine
    /// Evenly, down to the final rate at the end of the run.
    case linear
  }

  /// How the rate goes on.
  public var kind = Kind.constant
  /// The rate after the warm-up.
  public var initial = 0.1
  /// The last rate, of cosine and linear.
  public var final = 0.0
  /// What the rate is multiplied by, of step and exponential.
  public var factor = 0.1
  /// Steps between two changes, of step.
  public var interval = 1000
  /// Steps in which the rate rises to the initial one.
  public var warmUpSteps = 0

  /// A constant rate of 0.1.
  public init() {}

  /// Whether another length of the run means other rates at the same steps.
  var dependsOnLength: Bool { kind == .cosine || kind == .linear }

  /// The rates of a run of so many steps.
  ///
  /// - Precondition: as of the schedule's function.
  public func schedule(steps: Int) -> Schedule {
    let rest = max(1, steps - warmUpSteps)
    let schedule: Schedule =
      switch kind {
      case .constant: .constant(initial)
      case .step: .steps(from: initial, factor: factor, every: interval)
      case .exponential: .exponential(from: initial, factor: factor)
      case .cosine: .cosine(from: initial, to: final, over: rest)
      case .linear: .linear(from: initial, to: final, over: rest)
      }
    return schedule.warmedUp(over: warmUpSteps)
  }
}
