import Datasets
import NeuralNetworks
import Normalization
import Testing
import Training

@testable import Experiments

@Suite struct RateSweepTests {
  /// A course that was never run.
  private func course(_ accuracies: [Double], divergedAt: Int? = nil) -> Course {
    let network = Sequential<Float>([])
    var course = Course(trainer: Trainer(network: network, optimizer: SGD(learningRate: 1)))
    course.points = accuracies.enumerated().map {
      .init(step: $0.offset, accuracy: $0.element, loss: 0, trainingLoss: 0)
    }
    course.divergedAt = divergedAt
    return course
  }

  @Test func `the best course has the highest accuracy, reached earliest, at the lowest rate`() {
    func bestRate(_ courses: [Course]) -> Double {
      RateSweep(rates: [1, 2, 3], courses: courses).bestRate
    }
    #expect(bestRate([course([0.1]), course([0.9, 0.2]), course([0.8, 0.8])]) == 2)
    #expect(bestRate([course([0, 0.9]), course([0.1]), course([0.9])]) == 3)
    #expect(bestRate([course([0.9]), course([0.9]), course([0.9])]) == 1)
    #expect(bestRate([course([]), course([]), course([0.1])]) == 3)
  }

  @Test func `what diverged counts as guessing in the end`() {
    let sweep = RateSweep(
      rates: [1, 2], courses: [course([0.5, 0.7]), course([0.9], divergedAt: 1)])
    let expected = SeedOutcome.Curve(x: [1, 2], y: [0.7, 0.1])
    #expect(sweep.finalAccuracies(classCount: 10) == expected)
    #expect(sweep.bestAccuracies.y == [0.7, 0.9])
  }

  @Test func `an arm at another rate differs in nothing else`() {
    let arm = Arm.mlp("a", .batch, learningRate: 0.1)
    let other = arm.at(3)
    #expect(other.optimizer.learningRate == 3)
    #expect(other.options == arm.options)
  }
}
