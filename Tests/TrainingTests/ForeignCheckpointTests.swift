import Datasets
import Foundation
import NeuralNetworks
import Normalization
import TensorFiles
import Testing

@testable import Training

/// A checkpoint that does not belong to the run.
@Suite struct ForeignCheckpointTests {
  private func saved(_ change: (inout TrainingConfiguration) -> Void = { _ in }) throws
    -> Checkpoint
  {
    var configuration = RunSamples.configuration(steps: 3)
    change(&configuration)
    var run = try RunSamples.run(configuration)
    _ = try run.run()
    return run.checkpoint
  }

  private func refusal(
    _ checkpoint: Checkpoint, _ run: TrainingRun
  ) -> CheckpointError? {
    var run = run
    let before = (run.trainer.digest, run.progress)
    do throws(CheckpointError) {
      try run.resume(from: checkpoint)
      return nil
    } catch {
      #expect(before == (run.trainer.digest, run.progress))
      return error
    }
  }

  @Test func `another configuration is refused by what differs`() throws {
    let run = try RunSamples.run(RunSamples.configuration(steps: 3))
    #expect(refusal(try saved(), run) == nil)
    func differences(_ change: (inout TrainingConfiguration) -> Void) throws -> [String] {
      guard case .otherRun(_, let differences)? = refusal(try saved(change), run) else { return [] }
      return differences
    }
    #expect(
      try differences { $0.batchSize = 30 } == ["batchSize is 30 in the checkpoint, but 50 now"])
    #expect(
      try differences { $0.loss = .crossEntropy(smoothing: 0.5) } == [
        "loss is cross-entropy smoothed by 0.5 in the checkpoint, but cross-entropy now"
      ])
    #expect(
      try differences {
        $0.optimizer.momentum = 0.5
        $0.seed = 7
      } == [
        "optimizer.momentum is 0.5 in the checkpoint, but 0.9 now",
        "seed is 7 in the checkpoint, but 1 now",
      ])
    #expect(
      try differences { $0.details = ["network": "lenet"] }
        == ["details.network is 'lenet' in the checkpoint, but 'mlp' now"])
    #expect(
      try differences { $0.patience = 9 } == ["patience is 9 in the checkpoint, but not given now"])
    #expect(
      try differences { $0.clipping = .norm(2) }
        == ["clipping is norm(2.0) in the checkpoint, but norm(1.0) now"])
    #expect(
      try differences { $0.length = .steps(4) }
        == ["length.count is 4 in the checkpoint, but 3 now"])
    #expect(
      try differences {
        $0.checkpointInterval = 1
        $0.logInterval = 3
      }.isEmpty)
  }

  @Test func `a run at a constant rate can be made longer`() throws {
    var configuration = RunSamples.configuration(steps: 6)
    configuration.learningRate.kind = .constant
    var short = configuration
    short.length = .steps(3)
    var first = try RunSamples.run(short)
    _ = try first.run()
    var second = try RunSamples.run(configuration)
    try second.resume(from: first.checkpoint)
    _ = try second.run()
    #expect(try second.trainer.digest == RunSamples.digest(configuration))
  }

  @Test func `another network, optimiser or data set is refused`() throws {
    let configuration = RunSamples.configuration(steps: 3)
    let wider = try RunSamples.run(configuration, network: RunSamples.network(hidden: 13))
    guard case .otherNetwork(_, .wrongShape)? = refusal(try saved(), wider) else {
      Issue.record("A wider network took the checkpoint.")
      return
    }
    var rested = try saved()
    rested.optimizer["first_moment.hidden.weight"] = .float(Tensor([1]))
    guard case .otherOptimizer? = refusal(rested, try RunSamples.run(configuration)) else {
      Issue.record("SGD took a moment of Adam.")
      return
    }
    let smaller = try TrainingRun(
      configuration, network: RunSamples.network(),
      training: Digits.training.subset(Array(0..<100)), test: Digits.test)
    guard case .otherRun(_, let differences)? = refusal(try saved(), smaller) else {
      Issue.record("Another data set took the checkpoint.")
      return
    }
    #expect(
      differences == ["the training set's sampleCount is 1437 in the checkpoint, but 100 now"])
  }
}
