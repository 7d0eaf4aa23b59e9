import NeuralNetworks
import Training

/// An arm trained at several learning rates, each time from the same weights and on the same batches.
struct RateSweep: Sendable {
  let rates: [Double]
  /// One a rate.
  let courses: [Course]

  /// Trains the arm at every rate.
  init(
    _ arm: Arm, rates: [Double], on data: ExperimentData, seed: UInt64,
    in context: ExperimentContext
  ) throws {
    self.rates = rates
    courses = try rates.map { try arm.at($0).train(on: data, seed: seed, in: context) }
  }

  /// Courses that were trained elsewhere, one a rate.
  init(rates: [Double], courses: [Course]) {
    (self.rates, self.courses) = (rates, courses)
  }

  /// The place of the course with the highest test accuracy, the earlier reached of equal ones, the lower rate of
  /// courses that agree in both.
  var bestIndex: Int {
    func isBetter(_ one: Course, than other: Course) -> Bool {
      let (a, b) = (one.best?.accuracy ?? 0, other.best?.accuracy ?? 0)
      return a > b || a == b && (one.best?.step ?? .max) < (other.best?.step ?? .max)
    }
    return courses.indices.dropFirst().reduce(0) {
      isBetter(courses[$1], than: courses[$0]) ? $1 : $0
    }
  }

  /// The course with the highest test accuracy.
  var best: Course { courses[bestIndex] }

  /// The rate of the course with the highest test accuracy.
  var bestRate: Double { rates[bestIndex] }

  /// The highest test accuracy, over rates.
  var bestAccuracies: SeedOutcome.Curve {
    .init(x: rates, y: courses.map { $0.best?.accuracy ?? .nan })
  }

  /// The test accuracy at the end, over rates; that of guessing where the training diverged.
  func finalAccuracies(classCount: Int) -> SeedOutcome.Curve {
    .init(x: rates, y: courses.map { $0.finalAccuracy(classCount: classCount) })
  }
}

extension Arm {
  /// The same arm at another learning rate.
  func at(_ learningRate: Double) -> Arm {
    var arm = self
    arm.optimizer.learningRate = learningRate
    return arm
  }

  /// A network with and one without batch normalization, otherwise the same.
  static func pair(
    activation: ActivationKind, form: ExperimentForm, steps: Int, evaluationInterval: Int
  ) -> (plain: Arm, normalized: Arm) {
    func arm(_ name: String, _ normalization: NetworkNormalization) -> Arm {
      var arm = Arm.network(
        name, normalization, activation: activation, learningRate: 0.1, form: form)
      (arm.steps, arm.evaluationInterval) = (steps, evaluationInterval)
      return arm
    }
    return (arm("plain", .none), arm("batch normalization", .batch))
  }
}

extension ExperimentForm {
  /// The steps of a training that is to go on until the network gains no more.
  func longSteps(_ activation: ActivationKind) -> Int {
    pick(quick: 3000, full: hasConvolutions(activation) ? 1000 : 4000)
  }

  /// The same, for a procedure.
  func longStepsSetting(_ activations: [ActivationKind]) -> Setting {
    let counts = activations.map { "\($0.rawValue): \(longSteps($0))" }
    return Setting(
      "Steps", counts.joined(separator: "; ") + "; of 60 images, tested every \(evaluationInterval)"
    )
  }
}
