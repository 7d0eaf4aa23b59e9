import Datasets
import NeuralNetworks
import Normalization
import Training

/// The training of a network with the steps, batches and optimiser of an arm: the arm's own, or one that is put together
/// by hand.
struct NetworkTraining {
  /// What the network's training is like; its architecture does not count.
  var arm: Arm
  /// The samples of the batches, or nil for those that the seed gives.
  var order: (any Sequence<[Int]>)?
  /// What becomes of the images of a step before the network sees them.
  var distortion: (Tensor<Float>, _ step: Int) -> Tensor<Float> = { features, _ in features }

  /// Is given every step before it is taken.
  var observe: StepObserver = { _, _, _, _ in }

  /// Trains a network; it sees the same batches as others of the seed where their sizes agree.
  func train(
    _ network: Sequential<Float>, on data: ExperimentData, seed: UInt64,
    in context: ExperimentContext
  ) throws -> Course {
    var course = Course(
      trainer: Trainer(network: network, optimizer: arm.optimizer, schedule: arm.schedule))
    let drawn = try Batches(sampleCount: data.training.count, batchSize: arm.batchSize, seed: seed)
    var (lossSum, lossCount) = (0.0, 0)
    func evaluate(_ step: Int) throws {
      let score = try course.trainer.evaluate(data.test, batchSize: 360)
      guard score.loss.isFinite else { return course.divergedAt = step }
      course.points.append(
        .init(
          step: step, accuracy: score.accuracy, loss: score.loss,
          trainingLoss: lossCount > 0 ? lossSum / Double(lossCount) : .nan))
      (lossSum, lossCount) = (0, 0)
    }
    /// False where the training is at its end.
    func take(_ step: Int, _ indices: [Int]) throws -> Bool {
      if step % 50 == 1 { try context.check() }
      let (gathered, labels) = data.training.gather(indices)
      let features = distortion(gathered, step)
      try observe(course.trainer, step, features, labels)
      do {
        let score = try course.trainer.train(features, labels: labels)
        guard score.loss.isFinite else { throw NormalizationError.nonFiniteInput(channel: 0) }
        lossSum += score.loss
        lossCount += 1
        if step % arm.evaluationInterval == 0 || step == arm.steps { try evaluate(step) }
      } catch NormalizationError.nonFiniteInput {
        course.divergedAt = step
      } catch TrainingError.refused(.nonFiniteInput) {
        course.divergedAt = step
      }
      let isSufficient = course.points.last.map { $0.accuracy >= arm.sufficientAccuracy ?? 2 }
      return course.divergedAt == nil && step < arm.steps && isSufficient != true
    }
    try evaluate(0)
    var step = 0
    for indices in order ?? drawn {
      step += 1
      if try !take(step, indices) { break }
    }
    return course
  }
}
