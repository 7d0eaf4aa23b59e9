import Datasets
import Foundation
import NeuralNetworks
import Normalization
import TensorFiles
import Testing

@testable import Training

/// What a run does from its first to its last step.
@Suite struct TrainingRunTests {
  @Test func `a run learns, and says so in every step`() throws {
    var configuration = RunSamples.configuration()
    configuration.length = .epochs(5)
    configuration.evaluationInterval = nil
    var run = try RunSamples.run(configuration)
    #expect(run.stepCount == 5 * 28)
    var reports: [TrainingReport] = []
    let outcome = try run.run { reports.append($0) }
    #expect(outcome == .finished)
    #expect(reports.map(\.step) == Array(1...140))
    #expect(reports.map(\.epoch) == (0..<140).map { $0 / 28 })
    let tested = reports.filter { $0.testScore != nil }
    #expect(tested.map(\.step) == [28, 56, 84, 112, 140])
    let best = try #require(run.progress.best)
    #expect(best.score.accuracy > 0.8)
    #expect(tested.last { $0.isBest }?.step == best.step)
    #expect(reports[0].learningRate < reports[4].learningRate)
    #expect(abs(reports[5].learningRate - 0.1) < 1e-12)
    #expect(reports[139].learningRate < 1e-4)
    #expect(reports[10].secondsLeft > 0 && reports[139].secondsLeft == 0)
    #expect(zip(reports, reports.dropFirst()).allSatisfy { $0.seconds <= $1.seconds })
    #expect(run.trainer.step == 140)
  }

  @Test func `a run is a function of configuration and seed`() throws {
    var other = RunSamples.configuration()
    other.seed = 2
    #expect(try RunSamples.digest() == RunSamples.digest())
    #expect(try RunSamples.digest() != RunSamples.digest(other))
  }

  @Test func `a run minimises the loss of its configuration`() throws {
    var other = RunSamples.configuration()
    other.loss = .crossEntropy(smoothing: 0.1)
    #expect(try RunSamples.digest(other) == RunSamples.digest(other))
    #expect(try RunSamples.digest() != RunSamples.digest(other))
  }

  @Test func `a batch in parts trains as a whole one`() throws {
    var configuration = RunSamples.configuration(steps: 10)
    var whole = try RunSamples.run(configuration)
    configuration.partCount = 3
    var parted = try RunSamples.run(configuration)
    _ = try whole.run()
    _ = try parted.run()
    let weights = [whole, parted].map { $0.trainer.network.parameters.flatMap(\.value.elements) }
    let difference = zip(weights[0], weights[1]).map { abs($0 - $1) }.max() ?? 1
    #expect(difference < 1e-4)
    #expect(difference > 0)
  }

  @Test func `a run stops early when evaluations bring nothing`() throws {
    var configuration = RunSamples.configuration()
    configuration.learningRate.kind = .constant
    configuration.learningRate.initial = 0
    configuration.patience = 2
    configuration.evaluationInterval = 5
    let directory = try TemporaryDirectory()
    var run = try RunSamples.run(configuration, at: directory.file("run"))
    // The running statistics settle, and with them the accuracy may still rise at first.
    let outcome = try run.run()
    #expect(outcome == .stoppedEarly(evaluations: 2))
    #expect(run.progress.step < 60)
    let best = try #require(run.progress.best)
    #expect(run.progress.step == best.step + 10)
    // It is over for a resumed run, too.
    var resumed = try RunSamples.run(configuration, at: directory.file("run"))
    try resumed.resume()
    #expect(try resumed.run() == .stoppedEarly(evaluations: 2))
    #expect(resumed.progress == run.progress)
  }

  @Test func `a run that diverges says where, and saves nothing that is broken`() throws {
    let directory = try TemporaryDirectory()
    var configuration = RunSamples.configuration()
    configuration.clipping = nil
    configuration.checkpointInterval = 1
    configuration.learningRate.kind = .constant
    configuration.learningRate.initial = 1e37
    var run = try RunSamples.run(configuration, at: directory.file("run"))
    guard case .diverged(let step, let reason) = try run.run() else {
      Issue.record("The run did not diverge.")
      return
    }
    #expect(step < 60 && !reason.isEmpty)
    let store = CheckpointStore(path: directory.file("run"))
    if store.isOccupied {
      let saved = try store.load()
      #expect(saved.progress.step < step)
      for name in saved.network.names {
        guard case .float(let tensor)? = saved.network[name] else { continue }
        #expect(tensor.elements.allSatisfy { $0.isFinite })
      }
    }
  }

  @Test func `a run that is not saved says that it diverged too`() throws {
    var configuration = RunSamples.configuration()
    configuration.clipping = nil
    configuration.learningRate.kind = .constant
    configuration.learningRate.initial = 1e30
    var run = try RunSamples.run(configuration)
    guard case .diverged(let step, let reason) = try run.run() else {
      Issue.record("The run did not diverge.")
      return
    }
    #expect(step < 60 && !reason.isEmpty)
  }

  @Test func `a learning rate that overflows ends a run before the step`() throws {
    var configuration = RunSamples.configuration()
    configuration.learningRate = RatePlan()
    configuration.learningRate.kind = .exponential
    configuration.learningRate.initial = 1e-300
    configuration.learningRate.factor = 1e200
    var run = try RunSamples.run(configuration)
    let outcome = try run.run()
    guard case .diverged(let step, let reason) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(step == 3 && run.progress.step == 2)
    #expect(reason == "the learning rate is inf", "\(reason)")
  }

  @Test func `what a layer refuses for another reason is an error`() throws {
    var configuration = RunSamples.configuration()
    configuration.batchSize = 1
    var run = try RunSamples.run(configuration)
    let error = #expect(throws: TrainingError.self) { try run.run() }
    guard case .refused(.tooFewValues) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(run.progress.step == 0)
  }

  @Test func `a checkpoint that cannot be written is an error, and the run can go on`() throws {
    var run = try RunSamples.run(at: "/nonexistent/run")
    #expect(throws: TrainingError.self) { try run.run() }
    #expect(run.progress.step == 0)
  }
}
