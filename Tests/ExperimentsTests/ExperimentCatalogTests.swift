import Plots
import Testing

@testable import Experiments

@Suite struct ExperimentCatalogTests {
  @Test func `every claim has its experiment`() {
    let claims = Set((1...14).map { "C\($0)" } + ["V4", "A8", "A10"])
    let measured = Set(ExperimentCatalog.all.flatMap(\.claimNumbers))
    #expect(measured == claims)
  }

  @Test func `names can be typed and are found`() {
    let names = ExperimentCatalog.all.map(\.name)
    #expect(Set(names).count == names.count)
    for name in names {
      let isPlain = name.allSatisfy { $0.isLowercase || $0 == "-" || $0.isNumber }
      #expect(isPlain, "\(name)")
      #expect(ExperimentCatalog.experiment(named: name)?.name == name)
    }
    #expect(ExperimentCatalog.experiment(named: "nothing") == nil)
  }

  @Test(arguments: ExperimentCatalog.all.map(\.name))
  func `an experiment says beforehand what it is about`(name: String) throws {
    let experiment = try #require(ExperimentCatalog.experiment(named: name))
    let isSentence = experiment.claim.hasSuffix(".") && !experiment.claim.contains("\n")
    #expect(isSentence)
    #expect(!experiment.sources.isEmpty)
    let keys = experiment.criteria.map(\.key)
    #expect(Set(keys).count == keys.count)
    for form in ExperimentForm.allCases {
      let settings = experiment.procedure(form).map(\.name)
      #expect(Set(settings).count == settings.count && settings.count >= 4)
      #expect(settings.contains("Data"))
    }
  }

  @Test(arguments: [
    "valley-and-bowl", "identity", "inference-statistics", "momentum", "smoothness",
  ])
  func `an experiment answers its questions with the same numbers every time`(name: String) throws {
    let experiment = try #require(ExperimentCatalog.experiment(named: name))
    let context = ExperimentContext()
    let (first, second) = (
      try experiment.run(seed: 2, in: context), try experiment.run(seed: 2, in: context)
    )
    #expect(first == second)
    #expect(Set(first.effects.keys) == Set(experiment.criteria.map(\.key)))
    #expect(first.effects.values.allSatisfy { !$0.isNaN })
    #expect(try experiment.run(seed: 3, in: context).effects != first.effects)
    let figures = experiment.sections([first], .quick).count {
      if case .figure = $0 { true } else { false }
    }
    #expect(figures > 0)
  }
}
