import Datasets
import Foundation
import NeuralNetworks
import Normalization
import Testing
import Training

@testable import Experiments

@Suite struct CourseTests {
  /// A course that was never run, evaluated every 100 steps.
  private func course(_ accuracies: [Double]) -> Course {
    var course = Course(
      trainer: Trainer(network: Sequential<Float>([]), optimizer: SGD(learningRate: 1)))
    course.points = accuracies.enumerated().map {
      .init(step: 100 * $0.offset, accuracy: $0.element, loss: 0, trainingLoss: 0)
    }
    return course
  }

  @Test func `steps are saved over the first step of the other's best`() {
    let plain = course([0.1, 0.5, 0.8, 0.85, 0.9, 0.9])
    #expect(course([0.1, 0.9, 0.2]).stepsSaved(over: plain, of: 500) == 2)
    #expect(plain.stepsSaved(over: plain, of: 500) == 0)
    #expect(course([0.1, 0.2]).stepsSaved(over: plain, of: 500) == log2(400.0 / 500))
    // A best before the first step counts as one step.
    #expect(plain.stepsSaved(over: course([0.5, 0.2]), of: 500) == log2(1.0 / 100))
    #expect(plain.stepsSaved(over: course([]), of: 500).isNaN)
  }

  /// Six seeds of a short training, one arm against another.
  private func verdict(_ left: Arm, _ right: Arm) throws -> Verdict {
    let context = ExperimentContext()
    let effects = try (1...6).map { seed in
      func train(_ arm: Arm) throws -> Course {
        var arm = arm
        (arm.steps, arm.evaluationInterval) = (120, 10)
        return try arm.train(on: .digits, seed: UInt64(seed), in: context)
      }
      let (left, right) = (try train(left), try train(right))
      return left.stepsSaved(over: right, of: 120)
    }
    return FewerSteps().criterion.rule.verdict(Effect(effects))
  }

  @Test func `an arm against itself is undecided, and one with a planted handicap is found`() throws
  {
    let arm = Arm.mlp("", .batch, learningRate: 0.3)
    #expect(try verdict(arm, arm) == .undecided)
    let slow = Arm.mlp("", .batch, learningRate: 0.003)
    #expect(try verdict(arm, slow) == .supported)
    #expect(try verdict(slow, arm) != .supported)
  }

  @Test func `a sufficient accuracy ends a training`() throws {
    var arm = Arm.mlp("", .batch, activation: .relu, learningRate: 0.1)
    (arm.steps, arm.evaluationInterval, arm.sufficientAccuracy) = (500, 10, 0.7)
    let course = try arm.train(on: .digits, seed: 1, in: ExperimentContext())
    let accuracies = course.points.map(\.accuracy)
    #expect(accuracies.dropLast().allSatisfy { $0 < 0.7 })
    #expect(accuracies.last ?? 0 >= 0.7 && course.trainer.step < 500)
  }
}
