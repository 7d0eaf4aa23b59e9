import NeuralNetworks
import Normalization
import Training
import Foundation
import Plots

/// C1: fewer steps.
struct FewerSteps: Experiment {
  let name = "fewer-steps"
  let claimNumbers = ["C1"]
  let claim = """
    A network with batch normalization reaches the best accuracy of the same network without it in fewer steps, each \
    at its own best learning rate.
    """
  let sources = ["Ioffe and Szegedy 2015, sections 4.1 and 4.2", "S0", "S1", "S2", "S3", "S4"]

  let criterion = Criterion(
    "sigmoid, own rates",
    "sigmoid units, each network at its own best rate: steps of the plain network to its best accuracy, over the steps "
      + "of the normalised one to the same",
    .factor, DecisionRule(confirmedAbove: log2(1.5), refutedBelow: 0))

  let furtherCriteria = [
    Criterion(
      "relu, own rates", "the same with ReLU", .factor,
      DecisionRule(confirmedAbove: log2(1.5), refutedBelow: 0)),
    Criterion(
      "sigmoid, same rate",
      "sigmoid units, both at the rate of the paper's kind of comparison (0.1)", .factor,
      DecisionRule(confirmedAbove: log2(1.5), refutedBelow: 0)),
    Criterion(
      "relu, same rate", "the same with ReLU", .factor,
      DecisionRule(confirmedAbove: log2(1.5), refutedBelow: 0)),
  ]

  private let rates = [0.03, 0.1, 0.3, 1, 3]
  private let sharedRate = 0.1
  private let activations: [ActivationKind] = [.sigmoid, .relu]

  func procedure(_ form: ExperimentForm) -> [Setting] {
    [
      form.dataSetting,
      form.networkSetting(activations),
      Setting("Arms", "plain; batch normalization before the activation"),
      Setting("Learning rates", rates.map { "\($0)" }.joined(separator: ", ")),
      form.longStepsSetting(activations),
      Setting(
        "Best rate",
        "of a network and seed: that of the highest test accuracy, the earlier one of equal ones"),
      Setting("Not reached", "counts as reached after the last step"),
    ]
  }

  func run(seed: UInt64, in context: ExperimentContext) throws -> SeedOutcome {
    var outcome = SeedOutcome(seed: seed)
    let data = try context.data()
    let shared = rates.firstIndex(of: sharedRate) ?? 0
    for activation in activations {
      let kind = activation.rawValue
      let steps = context.form.longSteps(activation)
      let arms = Arm.pair(
        activation: activation, form: context.form, steps: steps,
        evaluationInterval: context.form.evaluationInterval)
      func sweep(_ arm: Arm, _ key: String) throws -> RateSweep {
        let sweep = try RateSweep(arm, rates: rates, on: data, seed: seed, in: context)
        outcome.curves["\(kind) \(key)"] = sweep.courses[shared].accuracies
        outcome.curves["\(kind) \(key), own rate"] = sweep.best.accuracies
        outcome.curves["\(kind) \(key), best accuracy"] = sweep.bestAccuracies
        return sweep
      }
      let (plain, normalized) = (try sweep(arms.plain, "none"), try sweep(arms.normalized, "batch"))
      outcome.effects["\(kind), own rates"] = normalized.best.stepsSaved(
        over: plain.best, of: steps)
      outcome.effects["\(kind), same rate"] = normalized.courses[shared].stepsSaved(
        over: plain.courses[shared], of: steps)
    }
    return outcome
  }

  func sections(_ outcomes: [SeedOutcome], _ form: ExperimentForm) -> [ReportPage.Block] {
    func panels(
      _ title: String, _ x: LineChart.Axis, _ suffix: String
    ) -> SmallMultiples<LineChart> {
      SmallMultiples(
        title: title,
        panels: activations.map { activation in
          LineChart(
            title: activation.title, x: x,
            y: .init("test accuracy", format: .percent, range: 0...1),
            series: [("none", "plain"), ("batch", "batch normalization")].map {
              .init($0.1, curve: "\(activation.rawValue) \($0.0)\(suffix)", of: outcomes)
            })
        }, columnCount: 2, plotHeight: 240)
    }
    let bands = "medians of \(outcomes.count) seeds, bands from the least to the greatest"
    let steps = LineChart.Axis("step", scale: .log10)
    return [
      .figure(
        panels("Test accuracy, each at its own best rate", steps, ", own rate"),
        caption: """
          Share of the test images recognised: \(bands). If the claim holds, the line of batch normalization is at the \
          plain network's highest point long before it, further left.
          """),
      .figure(
        panels("Test accuracy, both at rate \(sharedRate)", steps, ""),
        caption: "The same at one rate for both: \(bands)."),
      .figure(
        panels(
          "Best test accuracy over learning rates", .init("learning rate", scale: .log10),
          ", best accuracy"),
        caption: "From this each network's own best rate is taken: \(bands)."),
    ]
  }
}
