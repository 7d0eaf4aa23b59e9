import Foundation
import NeuralNetworks
import Plots

/// C13, A10: before or after the activation.
struct Placement: Experiment {
  let name = "placement"
  let claimNumbers = ["C13", "A10"]
  let claim = """
    Batch normalization before the activation gives a better accuracy than after it (S3 and the paper place it before, \
    S1 after).
    """
  let sources = ["Ioffe and Szegedy 2015, section 3.2", "S1", "S3"]

  // Either placement is somebody's advice, so any difference counts, to either side. Sigmoid and ReLU count alike.
  let criterion = Criterion(
    "both activations",
    "best test accuracy, before minus after, each at its own best rate, mean of sigmoid and ReLU",
    .points)

  let furtherCriteria = [
    Criterion("sigmoid, accuracy", "the same with sigmoid units alone", .points),
    Criterion("relu, accuracy", "the same with ReLU alone", .points),
    Criterion(
      "sigmoid, steps",
      "steps to the lower of the two best accuracies, after over before, each at its own best rate, sigmoid units",
      .factor),
    Criterion("relu, steps", "the same with ReLU", .factor),
  ]

  private let rates = [0.03, 0.1, 0.3, 1, 3]
  private let activations: [ActivationKind] = [.sigmoid, .relu]
  private let placements: [NormalizationPlacement] = [.before, .after]

  private func steps(_ form: ExperimentForm) -> Int { form.pick(quick: 2000, full: 600) }

  func procedure(_ form: ExperimentForm) -> [Setting] {
    [
      form.dataSetting,
      form.networkSetting(activations),
      Setting(
        "Arms",
        "linear part, normalization, activation; linear part, activation, normalization; plain for comparison"
      ),
      Setting("Learning rates", rates.map { "\($0)" }.joined(separator: ", ")),
      Setting("Optimiser", "gradient descent without momentum, constant rate"),
      Setting("Steps", "\(steps(form)) of 60 images, tested every \(form.evaluationInterval)"),
      Setting("Accuracy", "the best on the test images in all steps"),
      Setting(
        "Best rate",
        "of a network and seed: that of the highest test accuracy, the earlier reached of equal ones"
      ),
    ]
  }

  func run(seed: UInt64, in context: ExperimentContext) throws -> SeedOutcome {
    var outcome = SeedOutcome(seed: seed)
    let data = try context.data()
    var differences: [Double] = []
    for activation in activations {
      let kind = activation.rawValue
      let arms = Arm.pair(
        activation: activation, form: context.form, steps: steps(context.form),
        evaluationInterval: context.form.evaluationInterval)
      func sweep(_ arm: Arm, _ key: String) throws -> Course {
        let sweep = try RateSweep(arm, rates: rates, on: data, seed: seed, in: context)
        outcome.curves["\(kind) \(key), rates"] = sweep.bestAccuracies
        outcome.curves["\(kind) \(key)"] = sweep.best.accuracies
        return sweep.best
      }
      _ = try sweep(arms.plain, "none")
      let (before, after) = (
        try sweep(arms.normalized.placed(.before), "before"),
        try sweep(arms.normalized.placed(.after), "after")
      )
      let accuracies = [before, after].map { $0.best?.accuracy ?? 0 }
      let bar = min(accuracies[0], accuracies[1])
      let needed = [before, after].map {
        Double(max(1, $0.firstStep(reaching: bar) ?? $0.points.last?.step ?? 1))
      }
      differences.append(accuracies[0] - accuracies[1])
      outcome.effects["\(kind), accuracy"] = accuracies[0] - accuracies[1]
      outcome.effects["\(kind), steps"] = log2(needed[1] / needed[0])
    }
    outcome.effects["both activations"] = differences.reduce(0, +) / Double(differences.count)
    return outcome
  }

  func sections(_ outcomes: [SeedOutcome], _ form: ExperimentForm) -> [ReportPage.Block] {
    activations.flatMap { activation -> [ReportPage.Block] in
      let kind = activation.rawValue
      func series(_ suffix: String) -> [LineChart.Series] {
        [("none", "plain"), ("before", "before the activation"), ("after", "after the activation")]
          .map {
            .init($0.1, curve: "\(kind) \($0.0)\(suffix)", of: outcomes)
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
            claim holds, the line of "before" has the higher top.
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

extension Arm {
  /// The same arm, normalised at another place.
  fileprivate func placed(_ placement: NormalizationPlacement) -> Arm {
    var arm = self
    arm.options.placement = placement
    return arm
  }
}
