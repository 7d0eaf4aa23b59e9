import Foundation
import NeuralNetworks
import Normalization
import Training

/// How the training of an arm went.
struct Course: Sendable {
  /// An evaluation on the test set.
  struct Point: Sendable {
    let step: Int
    let accuracy: Double
    let loss: Double
    /// The average over the batches since the evaluation before; nan before any.
    let trainingLoss: Double
  }

  var points: [Point] = []
  /// The step at which a loss, or what a layer got, was no longer finite; nil for a course that went to its end.
  var divergedAt: Int?
  /// The network at the end.
  var trainer: Trainer

  /// The highest test accuracy, at its first step.
  var best: Point? { points.max { ($0.accuracy, $1.step) < ($1.accuracy, $0.step) } }

  /// The test accuracy at the end; that of a network which diverged is that of guessing.
  func finalAccuracy(classCount: Int) -> Double {
    divergedAt == nil ? points.last?.accuracy ?? 0 : 1 / Double(classCount)
  }

  /// The first step at which the test accuracy is at least this.
  func firstStep(reaching accuracy: Double) -> Int? {
    points.first { $0.accuracy >= accuracy }?.step
  }

  /// log2 of how many times fewer steps this course needs than another for the highest accuracy of that one.
  ///
  /// - Parameters:
  ///   - other: the course whose best is to be reached.
  ///   - steps: the steps of both; what is not reached counts as reached after the last of them.
  func stepsSaved(over other: Course, of steps: Int) -> Double {
    guard let bar = other.best else { return .nan }
    let needed = firstStep(reaching: bar.accuracy) ?? steps
    return log2(Double(max(1, bar.step)) / Double(max(1, needed)))
  }

  /// The test accuracy over steps.
  var accuracies: SeedOutcome.Curve {
    .init(x: points.map { Double($0.step) }, y: points.map(\.accuracy))
  }
}

/// A batch, the step that it makes, and the trainer before it.
typealias StepObserver = (
  _ trainer: Trainer, _ step: Int, _ features: Tensor<Float>, _ labels: [Int]
) throws -> Void

extension Arm {
  /// The network with the initial weights of a seed. Arms of one seed start from the same ones where shapes agree.
  func network(_ data: ExperimentData, seed: UInt64, in context: ExperimentContext) throws
    -> Sequential<Float>
  {
    var options = options
    options.seed = seed
    options.execution = context.execution
    return try architecture.network(
      sampleShape: data.sampleShape, classCount: data.classCount, options: options)
  }

  /// Trains the arm. Arms of one seed see the same batches where their sizes agree.
  ///
  /// - Parameters:
  ///   - data: what it is trained on and tested with.
  ///   - seed: of weights and batches.
  ///   - context: threads, and whether to go on.
  ///   - observe: is given every step before it is taken.
  func train(
    on data: ExperimentData, seed: UInt64, in context: ExperimentContext,
    observing observe: @escaping StepObserver = { _, _, _, _ in }
  ) throws -> Course {
    var training = NetworkTraining(arm: self)
    training.observe = observe
    return try training.train(
      try network(data, seed: seed, in: context), on: data, seed: seed, in: context)
  }
}
