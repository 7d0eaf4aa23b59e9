import Experiments
import Foundation
import Testing

@Suite struct ExperimentRunnerTests {
  private func withDirectory(_ body: (String) throws -> Void) throws {
    let url = FileManager.default.temporaryDirectory
      .appending(path: "ExperimentRunnerTests-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: url) }
    try body(url.path(percentEncoded: false))
  }

  @Test func `a planted effect is found, none is not, and one against the claim refutes it`() throws
  {
    let experiments = [
      PlantedExperiment(name: "large", effect: 5), PlantedExperiment(name: "none", noise: 1),
      PlantedExperiment(name: "against", effect: -5),
    ]
    let results = try ExperimentRunner(experiments).run()
    #expect(results.map(\.finding.verdict) == [.supported, .undecided, .refuted])
    #expect(results.map { $0.outcomes.map(\.seed) } == Array(repeating: Array(1...6), count: 3))
  }

  @Test(arguments: [1, 2, 5])
  func `results do not depend on the number of threads`(threads: Int) throws {
    let experiments = [PlantedExperiment(name: "a", effect: 1), PlantedExperiment(name: "b")]
    let expected = try ExperimentRunner(experiments, threadCount: 1).run()
    let found = try ExperimentRunner(experiments, threadCount: threads).run()
    #expect(found.digest == expected.digest)
    #expect(found.digest != (try ExperimentRunner([experiments[0]]).run()).digest)
  }

  @Test func `finished seeds are not run again, unless the procedure is another`() throws {
    try withDirectory { directory in
      let store = OutcomeStore(directory: directory)
      let first = PlantedExperiment(effect: 1)
      let whole = try ExperimentRunner([first], store: store).run()
      #expect(first.log.seeds == Array(1...6))
      let second = PlantedExperiment(effect: 1)
      let again = try ExperimentRunner([second], seedCount: 8, store: store).run()
      #expect(second.log.seeds == [7, 8])
      #expect(Array(again[0].outcomes.prefix(6)).digestText == whole[0].outcomes.digestText)
      let other = PlantedExperiment(effect: 2)
      _ = try ExperimentRunner([other], store: store).run()
      #expect(other.log.seeds == Array(1...6))
      // A file that is damaged is run again.
      try Data("{".utf8).write(to: URL(filePath: "\(directory)/planted/quick-3.json"))
      let third = PlantedExperiment(effect: 2)
      _ = try ExperimentRunner([third], store: store).run()
      #expect(third.log.seeds == [3])
    }
  }

  @Test func `an interrupted run goes on`() throws {
    try withDirectory { directory in
      let store = OutcomeStore(directory: directory)
      let first = PlantedExperiment()
      #expect(throws: CancellationError.self) {
        try ExperimentRunner([first], threadCount: 1, store: store).run(
          isInterrupted: { first.log.seeds.count >= 2 })
      }
      #expect(first.log.seeds == [1, 2])
      let second = PlantedExperiment()
      _ = try ExperimentRunner([second], threadCount: 1, store: store).run()
      #expect(second.log.seeds == [3, 4, 5, 6])
    }
  }

  @Test func `an experiment that fails ends the run with its error`() throws {
    let experiment = PlantedExperiment(failingSeed: 2)
    #expect(throws: PlantedExperiment.Failure.self) {
      try ExperimentRunner([experiment], threadCount: 1).run()
    }
    #expect(experiment.log.seeds == [1, 2])
  }

  @Test func `progress counts every seed`() throws {
    let log = PlantedExperiment.RunLog()
    _ = try ExperimentRunner([PlantedExperiment()], seedCount: 3).run(
      onProgress: { log.note(UInt64($0.finishedCount)) })
    #expect(log.seeds == [1, 2, 3])
  }
}

extension [SeedOutcome] {
  /// For comparison: numbers that are not finite are equal to themselves here.
  fileprivate var digestText: String { "\(self)" }
}
