import Foundation
import NeuralNetworks
import Normalization
import Plots

/// V4: scale and shift matter.
struct FourArms: Experiment {
  let name = "four-arms"
  let claimNumbers = ["V4"]
  let claim = """
    Normalising every layer without scale and shift takes away from what a network can represent; with scale and shift \
    it does better.
    """
  let sources = ["Ioffe and Szegedy 2015, section 3", "S0", "S2"]

  // Any gain counts: a scale and a shift cost next to nothing. Sigmoid, for which the paper argues (values around 0
  // keep to its linear part), and ReLU count alike.
  let criterion = Criterion(
    "accuracy",
    "best test accuracy, with scale and shift minus without, each at its own best rate, mean of sigmoid and ReLU",
    .points)

  let furtherCriteria = [
    Criterion("sigmoid, accuracy", "the same with sigmoid units alone", .points),
    Criterion("relu, accuracy", "the same with ReLU alone", .points),
    Criterion(
      "training loss",
      "what can be represented: least training loss at any rate, without scale and shift over with, mean of sigmoid "
        + "and ReLU", .factor),
    Criterion(
      "layers over input",
      "S2: best test accuracy, every layer with scale and shift minus network input only, mean of sigmoid and ReLU",
      .points),
    Criterion(
      "input over none",
      "best test accuracy, network input only minus none, mean of sigmoid and ReLU", .points),
  ]

  private let rates = [0.03, 0.1, 0.3, 1, 3]
  private let activations: [ActivationKind] = [.sigmoid, .relu]

  private enum Kind: String, CaseIterable {
    case none
    case input = "network input only"
    case bare = "every layer, no scale and shift"
    case full = "every layer, scale and shift"
  }

  private func steps(_ form: ExperimentForm) -> Int { form.pick(quick: 1200, full: 600) }

  func procedure(_ form: ExperimentForm) -> [Setting] {
    [
      form.dataSetting,
      form.networkSetting(activations),
      Setting("Arms", Kind.allCases.map(\.rawValue).joined(separator: "; ")),
      Setting(
        "Network input",
        "less the mean of each pixel over the training set, over its deviation where that is not 0"),
      Setting("Layers", "normalised before the activation"),
      Setting("Learning rates", rates.map { "\($0)" }.joined(separator: ", ")),
      Setting("Optimiser", "gradient descent without momentum, constant rate"),
      Setting("Steps", "\(steps(form)) of 60 images, tested every \(form.evaluationInterval)"),
      Setting("Accuracy", "the best on the test images in all steps"),
      Setting(
        "Training loss",
        "the average over the last \(form.evaluationInterval) batches, least of all rates"),
    ]
  }

  func run(seed: UInt64, in context: ExperimentContext) throws -> SeedOutcome {
    var outcome = SeedOutcome(seed: seed)
    var accuracies: [Kind: Double] = [:]
    var losses: [Kind: Double] = [:]
    let share = 1 / Double(activations.count)
    for activation in activations {
      let name = activation.rawValue
      var own: [Kind: Double] = [:]
      for kind in Kind.allCases {
        let courses = try rates.map { try course(kind, activation, $0, seed: seed, in: context) }
        let best = RateSweep(rates: rates, courses: courses)
        own[kind] = best.best.best?.accuracy ?? 0
        let loss = courses.filter { $0.divergedAt == nil }.compactMap {
          $0.points.last?.trainingLoss
        }.min()
        losses[kind, default: 0] += share * log2(loss ?? 1)
        outcome.curves["\(name) \(kind.rawValue)"] = best.best.accuracies
        outcome.curves["\(name) \(kind.rawValue), rates"] = best.bestAccuracies
      }
      outcome.effects["\(name), accuracy"] = (own[.full] ?? 0) - (own[.bare] ?? 0)
      for kind in Kind.allCases { accuracies[kind, default: 0] += share * (own[kind] ?? 0) }
    }
    func difference(_ one: Kind, _ other: Kind) -> Double {
      (accuracies[one] ?? 0) - (accuracies[other] ?? 0)
    }
    outcome.effects["accuracy"] = difference(.full, .bare)
    outcome.effects["training loss"] = (losses[.bare] ?? 0) - (losses[.full] ?? 0)
    outcome.effects["layers over input"] = difference(.full, .input)
    outcome.effects["input over none"] = difference(.input, .none)
    return outcome
  }

  private func course(
    _ kind: Kind, _ activation: ActivationKind, _ rate: Double, seed: UInt64,
    in context: ExperimentContext
  ) throws -> Course {
    let isNormalized = kind == .bare || kind == .full
    var arm = Arm.network(
      kind.rawValue, isNormalized ? .batch : .none, activation: activation, learningRate: rate,
      form: context.form)
    (arm.steps, arm.evaluationInterval) = (steps(context.form), context.form.evaluationInterval)
    let data = kind == .input ? try context.standardizedData() : try context.data()
    var network = try arm.network(data, seed: seed, in: context)
    if kind == .bare {
      network.stages = network.stages.map { stage in
        guard var layer = stage.layer as? BatchNorm<Float> else { return stage }
        (layer.scale, layer.shift) = (nil, nil)
        return .init(stage.name, layer)
      }
    }
    return try NetworkTraining(arm: arm).train(network, on: data, seed: seed, in: context)
  }

  func sections(_ outcomes: [SeedOutcome], _ form: ExperimentForm) -> [ReportPage.Block] {
    activations.flatMap { activation -> [ReportPage.Block] in
      let name = activation.rawValue
      func series(_ suffix: String) -> [LineChart.Series] {
        Kind.allCases.map {
          .init($0.rawValue, curve: "\(name) \($0.rawValue)\(suffix)", of: outcomes)
        }
      }
      return [
        .figure(
          LineChart(
            title: "Best accuracy over learning rates, \(activation.title)",
            x: .init("learning rate", scale: .log10),
            y: .init("best test accuracy", format: .percent, range: form.bestAccuracies),
            series: series(", rates")),
          caption: """
            Medians of \(outcomes.count) seeds, bands from the least to the greatest; what lies below the axis is not shown. If the \
            claim holds, the line with scale and shift has a higher top than the one without.
            """),
        .figure(
          LineChart(
            title: "Accuracy over steps, each at its best rate, \(activation.title)",
            x: .init("step", range: 0...Double(min(1000, steps(form)))),
            y: .init("test accuracy", format: .percent, range: form.accuracies), series: series("")),
          caption:
            "The beginning of the courses: medians of \(outcomes.count) seeds, bands from the least to the greatest."
        ),
      ]
    }
  }
}
