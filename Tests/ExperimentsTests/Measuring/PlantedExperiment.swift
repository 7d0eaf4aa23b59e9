import Experiments
import Normalization
import Plots
import Synchronization

/// An experiment whose effect is known: a number plus noise.
struct PlantedExperiment: Experiment {
  var name = "planted"
  var effect = 0.0
  var noise = 1.0
  var failingSeed: UInt64?
  var contradicts: String?
  /// The seeds that were run, in any order.
  let log = RunLog()

  final class RunLog: Sendable {
    private let content = Mutex<[UInt64]>([])
    var seeds: [UInt64] { content.withLock { $0.sorted() } }
    func note(_ seed: UInt64) { content.withLock { $0.append(seed) } }
  }

  struct Failure: Error, Equatable {}

  var claimNumbers = ["X1"]
  let claim = "The effect is above zero."
  let sources = ["the test"]
  var criterion = Criterion("effect", "the planted number", .number(unit: ""))
  /// Answered by the same number plus other noise.
  var furtherCriteria: [Criterion] = []

  func procedure(_ form: ExperimentForm) -> [Setting] {
    [Setting("Effect", "\(effect)"), Setting("Noise", "\(noise)")]
  }

  func run(seed: UInt64, in context: ExperimentContext) throws -> SeedOutcome {
    try context.check()
    log.note(seed)
    if seed == failingSeed { throw Failure() }
    var generator = SeededGenerator(seed: seed)
    var outcome = SeedOutcome(seed: seed)
    outcome.effects["effect"] = effect + noise * generator.normal()
    for criterion in furtherCriteria {
      outcome.effects[criterion.key] = effect + noise * generator.normal()
    }
    outcome.numbers["nothing"] = .nan
    outcome.curves["line"] = .init(x: [0, 1], y: [.infinity, Double(seed)])
    return outcome
  }

  func sections(_ outcomes: [SeedOutcome], _ form: ExperimentForm) -> [ReportPage.Block] {
    [
      .paragraph("\(outcomes.count) seeds"),
      .figure(
        LineChart(title: "A line", x: .init("x"), y: .init("y"), series: []), caption: "Nothing."),
    ]
  }
}
