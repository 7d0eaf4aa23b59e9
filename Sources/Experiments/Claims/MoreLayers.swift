import Foundation
import NeuralNetworks
import Plots

/// C1: the more layers, the slower training is without normalization.
struct MoreLayers: Experiment {
  let name = "more-layers"
  let claimNumbers = ["C1"]
  let claim = """
    The more layers a network has, the slower it trains without batch normalization; with it, layers cost less.
    """
  let sources = ["S1"]

  private static let rule = DecisionRule(confirmedAbove: log2(1.5), refutedBelow: 0)

  // The claim has two halves, which are one comparison: how much slower the deep network is than the shallow one, with
  // and without. It is made for networks of any activation, so the smaller effect of sigmoid and ReLU counts.
  let criterion = Criterion(
    "both activations",
    "by what factor five hidden layers need more steps to 80 % than one, plain over normalised, each at its own best "
      + "rate, the smaller of sigmoid and ReLU",
    .factor, rule)

  let furtherCriteria = [
    Criterion("sigmoid", "the same for sigmoid units", .factor, rule),
    Criterion("relu", "the same for ReLU", .factor, rule),
    Criterion(
      "sigmoid, plain",
      "steps of five hidden layers over those of one, without normalization, sigmoid units",
      .factor, rule),
    Criterion(
      "relu, plain", "steps of five hidden layers over those of one, without normalization, ReLU",
      .factor, rule),
  ]

  private let depths = [1, 2, 3, 5]
  private let rates = [0.03, 0.1, 0.3, 1, 3]
  private let activations: [ActivationKind] = [.sigmoid, .relu]
  private let arms: [NetworkNormalization] = [.none, .batch]
  private let bar = 0.8
  private func interval(_ form: ExperimentForm) -> Int { form.pick(quick: 5, full: 10) }
  private let steps = 1000

  func procedure(_ form: ExperimentForm) -> [Setting] {
    [
      form.dataSetting,
      Setting("Network", "hidden layers of 100 units; sigmoid, ReLU; weights after He et al. 2015"),
      Setting("Depths", depths.map(String.init).joined(separator: ", ") + " hidden layers"),
      Setting("Arms", "plain; batch normalization before the activation"),
      Setting("Learning rates", rates.map { "\($0)" }.joined(separator: ", ")),
      Setting("Optimiser", "gradient descent without momentum, constant rate"),
      Setting(
        "Steps",
        "of 60 images, tested every \(interval(form)), until \(Int(bar * 100)) % of the test images are recognised; the fewest at any "
          + "rate"),
      Setting("Not reached", "counts as reached after \(steps) steps"),
    ]
  }

  func run(seed: UInt64, in context: ExperimentContext) throws -> SeedOutcome {
    var outcome = SeedOutcome(seed: seed)
    let data = try context.data()
    for activation in activations {
      let kind = activation.rawValue
      var growth: [NetworkNormalization: Double] = [:]
      for normalization in arms {
        let counts = try depths.map { depth in
          var arm = Arm.mlp(
            "", normalization, activation: activation,
            hiddenWidths: Array(repeating: 100, count: depth), learningRate: rates[0])
          (arm.steps, arm.evaluationInterval) = (steps, interval(context.form))
          arm.sufficientAccuracy = bar
          return try rates.map {
            try arm.at($0).train(on: data, seed: seed, in: context).firstStep(reaching: bar)
              ?? steps
          }.min() ?? steps
        }.map { Double($0) }
        outcome.curves["\(kind) \(normalization.rawValue)"] = .init(
          x: depths.map { Double($0) }, y: counts)
        growth[normalization] = log2(counts[counts.count - 1] / counts[0])
      }
      outcome.effects["\(kind), plain"] = growth[.none]
      outcome.effects[kind] = (growth[.none] ?? .nan) - (growth[.batch] ?? .nan)
    }
    outcome.effects["both activations"] = activations.compactMap {
      outcome.effects[$0.rawValue]
    }.min()
    return outcome
  }

  func sections(_ outcomes: [SeedOutcome], _ form: ExperimentForm) -> [ReportPage.Block] {
    activations.map { activation in
      .figure(
        LineChart(
          title: "Steps to \(Int(bar * 100)) %, \(activation.title)", x: .init("hidden layers"),
          y: .init("steps", scale: .log10),
          series: [(NetworkNormalization.none, "plain"), (.batch, "batch normalization")].map {
            .init($0.1, curve: "\(activation.rawValue) \($0.0.rawValue)", of: outcomes)
          }, guides: [.horizontal(at: Double(steps), label: "not reached")]),
        caption: """
          Medians of \(outcomes.count) seeds, bands from the least to the greatest. If the claim holds, the plain \
          network's line rises, and that of batch normalization less.
          """)
    }
  }
}
