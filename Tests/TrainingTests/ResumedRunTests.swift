import Datasets
import Foundation
import NeuralNetworks
import Normalization
import TensorFiles
import Testing

@testable import Training

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
