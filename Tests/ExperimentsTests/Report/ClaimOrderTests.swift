import Testing

@testable import Experiments

@Suite struct ClaimOrderTests {
  private func results(_ experiments: [(name: String, number: String)]) throws -> [ExperimentResult]
  {
    try ExperimentRunner(
      experiments.map { PlantedExperiment(name: $0.name, claimNumbers: [$0.number]) },
      seedCount: 1
    ).run()
  }

  @Test func `claims are ordered by number, C before others, and stay in order within one`() throws
  {
    let all = try results([
      ("a", "V4"), ("b", "C10"), ("c", "C2"), ("d", "A8"), ("e", "C10"), ("f", "C9"), ("g", ""),
    ])
    #expect(all.byClaim.map(\.experiment.name) == ["c", "f", "b", "e", "g", "d", "a"])
  }

  @Test func `claims that contradict each other are paired where both were measured`() throws {
    let all = ["small-batches", "identity", "batch-size-robustness"]
      .compactMap(ExperimentCatalog.experiment(named:)).map { ExperimentResult.empty($0) }
    #expect(all.contradicting(all[0])?.experiment.name == "batch-size-robustness")
    #expect(all.contradicting(all[2])?.experiment.name == "small-batches")
    #expect(all.contradicting(all[1]) == nil)
    #expect(all.contradictions.count == 1)
    #expect(Array(all.prefix(2)).contradictions.isEmpty)
  }

  @Test func `the pairs are experiments of the catalog, of one claim's number`() throws {
    let all = ExperimentCatalog.all.map { ExperimentResult.empty($0) }
    #expect(!all.contradictions.isEmpty)
    for (one, other) in all.contradictions {
      #expect(other.experiment.contradicts == one.experiment.name)
      #expect(one.experiment.claimNumbers == other.experiment.claimNumbers)
    }
  }
}

extension ExperimentResult {
  /// A result without seeds, for what does not depend on them.
  fileprivate static func empty(_ experiment: any Experiment) -> ExperimentResult {
    ExperimentResult(experiment, .quick, [])
  }
}
