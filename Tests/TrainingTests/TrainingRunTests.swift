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

/// A run that was stopped and goes on is the run that was not.
@Suite struct ResumedRunTests {
  /// Takes a run to a step, then ends it: asked to, or without a word.
  private func stop(at step: Int, _ path: String, isKilled: Bool) throws {
    struct Killed: Error {}
    var run = try RunSamples.run(at: path)
    if CheckpointStore(path: path).isOccupied { try run.resume() }
    var taken = run.progress.step
    guard isKilled else {
      let outcome = try run.run(onProgress: { taken = $0.step }, isInterrupted: { taken >= step })
      #expect(outcome == .interrupted)
      return
    }
    // A copy of the files in the middle of the run is what a killed program leaves.
    let folder = URL(filePath: path).deletingLastPathComponent()
    let copy = folder.appendingPathExtension("copy")
    var failure: (any Error)?
    _ = try run.run { report in
      guard report.step == step else { return }
      do {
        try FileManager.default.copyItem(at: folder, to: copy)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    try FileManager.default.removeItem(at: folder)
    try FileManager.default.moveItem(at: copy, to: folder)
  }

  private func lines(_ path: String) throws -> [[String: Double]] {
    try String(decoding: content(of: path), as: UTF8.self).split(separator: "\n").map {
      try JSONDecoder().decode([String: Double].self, from: Data($0.utf8))
    }
  }

  @Test(arguments: [[1], [20], [59], [8, 9, 33], [7, 14, 21, 41]], [false, true])
  func `weights and log are those of a run that was never stopped`(
    steps: [Int], isKilled: Bool
  ) throws {
    let directory = try TemporaryDirectory()
    try FileManager.default.createDirectory(
      atPath: directory.file("stopped"), withIntermediateDirectories: false)
    let path = directory.file("stopped/run")
    for step in steps { try stop(at: step, path, isKilled: isKilled) }
    var resumed = try RunSamples.run(at: path)
    let store = CheckpointStore(path: path)
    if store.isOccupied {
      try resumed.resume()
      #expect(
        resumed.progress.step == (isKilled ? (steps[steps.count - 1] - 1) / 7 * 7 : steps.last))
    } else {
      #expect(isKilled && steps == [1])
    }
    #expect(try resumed.run() == .finished)

    let plain = directory.file("plain")
    var run = try RunSamples.run(at: plain)
    _ = try run.run()
    #expect(resumed.trainer.digest == run.trainer.digest)
    #expect(resumed.progress.best == run.progress.best)
    #expect(
      resumed.trainer.optimizer.stateDictionary.entries
        == run.trainer.optimizer.stateDictionary.entries)
    let (found, expected) = (try lines("\(path).jsonl"), try lines("\(plain).jsonl"))
    #expect(found.map { $0["step"] } == (1...60).map { Double($0) })
    let hasTimes = found.allSatisfy { ($0["seconds"] ?? 0) > 0 }
    #expect(hasTimes)
    func numbers(_ lines: [[String: Double]]) -> [[String: Double]] {
      lines.map { $0.filter { $0.key != "seconds" } }
    }
    let isSame = numbers(found) == numbers(expected)
    #expect(isSame)
  }

  @Test func `averages of the log go on over a stop`() throws {
    var configuration = RunSamples.configuration(steps: 20)
    configuration.logInterval = 10
    configuration.evaluationInterval = 20
    let directory = try TemporaryDirectory()
    let (plain, path) = (directory.file("plain"), directory.file("stopped"))
    var whole = try RunSamples.run(configuration, at: plain)
    _ = try whole.run()
    var taken = 0
    var first = try RunSamples.run(configuration, at: path)
    _ = try first.run(onProgress: { taken = $0.step }, isInterrupted: { taken >= 14 })
    var second = try RunSamples.run(configuration, at: path)
    try second.resume()
    _ = try second.run()
    let (found, expected) = (try lines("\(path).jsonl"), try lines("\(plain).jsonl"))
    #expect(found.map { $0["step"] } == [10, 20])
    #expect(found.map { $0["loss"] } == expected.map { $0["loss"] })
    #expect(found.map { $0["accuracy"] } == expected.map { $0["accuracy"] })
  }

  @Test func `averages between evaluations go on over a stop`() throws {
    func scores(stoppingAt stops: [Int]) throws -> [Trainer.Score?] {
      let directory = try TemporaryDirectory()
      var scores: [Trainer.Score?] = []
      for (session, stop) in (stops + [60]).enumerated() {
        var run = try RunSamples.run(at: directory.file("run"))
        if session > 0 { try run.resume() }
        var taken = 0
        _ = try run.run(
          onProgress: { report in
            taken = report.step
            #expect((report.trainingScore == nil) == (report.testScore == nil))
            if let score = report.trainingScore { scores.append(score) }
          }, isInterrupted: { taken >= stop })
      }
      return scores
    }
    let whole = try scores(stoppingAt: [])
    #expect(whole.count == 3)
    #expect(try scores(stoppingAt: [14, 33]) == whole)
  }

  @Test func `the one before a damaged checkpoint leads to the same weights`() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("run")
    var taken = 0
    var first = try RunSamples.run(at: path)
    _ = try first.run(onProgress: { taken = $0.step }, isInterrupted: { taken >= 30 })
    var bytes = try content(of: path)
    bytes[bytes.count - 9] ^= 1
    try write(bytes, to: path)
    var run = try RunSamples.run(at: path)
    let before = run.trainer.digest
    #expect(throws: CheckpointError.self) { try run.resume() }
    #expect(run.trainer.digest == before && run.progress.step == 0)
    try run.resume(from: CheckpointStore(path: path).loadPrevious())
    #expect(run.progress.step == 28)
    _ = try run.run()
    #expect(try run.trainer.digest == RunSamples.digest())
    #expect(try lines("\(path).jsonl").map { $0["step"] } == (1...60).map { Double($0) })
  }

  /// Really killed, by the system's signal, at moments that no one chooses: up to 3 ms after a step.
  @Test func `a killed program's run goes on`() async throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("run")
    for step in [10, 20, 30, 40] {
      await #expect(processExitsWith: .signal(SIGKILL)) {
        [path = path as String, step = step as Int] in
        var run = try RunSamples.run(at: path)
        if CheckpointStore(path: path).isOccupied { try run.resume() }
        var isLeft = false
        _ = try run.run { report in
          usleep(300)
          guard report.step >= step, !isLeft else { return }
          isLeft = true
          Thread.detachNewThread {
            usleep(UInt32.random(in: 0..<3000))
            kill(getpid(), SIGKILL)
          }
        }
        while true { usleep(1000) }
      }
      let saved = try CheckpointStore(path: path).load().progress.step
      #expect(saved >= step / 7 * 7 - 7 && saved > 0)
    }
    var run = try RunSamples.run(at: path)
    try run.resume()
    _ = try run.run()
    #expect(try run.trainer.digest == RunSamples.digest())
    #expect(try lines("\(path).jsonl").map { $0["step"] } == (1...60).map { Double($0) })
    #expect(try directory.names() == ["run", "run.jsonl", "run.previous"])
  }
}

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
