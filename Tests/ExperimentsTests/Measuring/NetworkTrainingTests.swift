import Datasets
import NeuralNetworks
import Normalization
import Testing
import Training

@testable import Experiments

@Suite struct NetworkTrainingTests {
  private var arm: Arm {
    var arm = Arm.mlp("", .batch, activation: .relu, learningRate: 0.1)
    (arm.steps, arm.evaluationInterval) = (40, 20)
    return arm
  }

  @Test func `a network put together by hand is trained as that of an arm`() throws {
    let context = ExperimentContext()
    let expected = try arm.train(on: .digits, seed: 3, in: context)
    let network = try arm.network(.digits, seed: 3, in: context)
    let found = try NetworkTraining(arm: arm).train(network, on: .digits, seed: 3, in: context)
    #expect(found.trainer.digest == expected.trainer.digest)
    #expect(found.points.map(\.step) == [0, 20, 40])
    #expect(found.accuracies == expected.accuracies)
  }

  @Test func `a rate that is far too high ends the training`() throws {
    let context = ExperimentContext()
    let arm = Arm.mlp("", .none, activation: .relu, learningRate: 1e6)
    let network = try arm.network(.digits, seed: 1, in: context)
    let course = try NetworkTraining(arm: arm).train(network, on: .digits, seed: 1, in: context)
    #expect(course.divergedAt != nil)
    #expect(course.finalAccuracy(classCount: 10) == 0.1)
  }

  @Test func `batches and distortions are those that were given`() throws {
    let context = ExperimentContext()
    var training = NetworkTraining(arm: arm)
    let network = try arm.network(.digits, seed: 1, in: context)
    let plain = try training.train(network, on: .digits, seed: 1, in: context)
    training.order = [Array(0..<60), Array(60..<120)]
    let short = try training.train(network, on: .digits, seed: 1, in: context)
    #expect(short.trainer.step == 2)
    training.order = nil
    training.distortion = { features, _ in Tensor(repeating: 0.5, shape: features.shape) }
    let blind = try training.train(network, on: .digits, seed: 1, in: context)
    let (sighted, guessed) = (plain.best?.accuracy ?? 0, blind.best?.accuracy ?? 1)
    #expect(sighted > 0.8 && guessed < 0.4)
  }
}
