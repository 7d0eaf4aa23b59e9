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
      Setting("Data", "digits: 1,437 images to train on, 360 to test"),
      Setting("Network", "three hidden layers of 100 units; sigmoid, ReLU"),
      Setting("Arms", "plain; batch normalization before the activation"),
      Setting("Learning rates", rates.map { "\($0)" }.joined(separator: ", ")),
      Setting("Steps", "\(steps(form)) of 60 images, tested every 20"),
      Setting(
        "Best rate",
        "of a network and seed: that of the highest test accuracy, the earlier one of equal ones"),
      Setting("Not reached", "counts as reached after the last step"),
    ]
  }

  private func steps(_ form: ExperimentForm) -> Int { form == .quick ? 3000 : 10_000 }

  func run(seed: UInt64, in context: ExperimentContext) throws -> SeedOutcome {
    var outcome = SeedOutcome(seed: seed)
    for activation in activations {
      var courses: [NetworkNormalization: [Course]] = [:]
      for normalization in [NetworkNormalization.none, .batch] {
        for rate in rates {
          var arm = Arm.mlp("", normalization, activation: activation, learningRate: rate)
          arm.steps = steps(context.form)
          let course = try arm.train(on: .digits, seed: seed, in: context)
          courses[normalization, default: []].append(course)
          if rate == sharedRate {
            outcome.curves["\(activation.rawValue) \(normalization.rawValue)"] = course.accuracies
          }
        }
      }
      let (plain, normalized) = (courses[.none] ?? [], courses[.batch] ?? [])
      let shared = rates.firstIndex(of: sharedRate) ?? 0
      outcome.effects["\(activation.rawValue), own rates"] = gain(
        best(plain), best(normalized), context.form)
      outcome.effects["\(activation.rawValue), same rate"] = gain(
        plain[shared], normalized[shared], context.form)
      for (key, list) in [("none", plain), ("batch", normalized)] {
        outcome.curves["\(activation.rawValue) \(key), best accuracy"] = .init(
          x: rates, y: list.map { $0.best?.accuracy ?? .nan })
      }
    }
    return outcome
  }

  /// The course with the highest accuracy, the earlier one of equal ones.
  private func best(_ courses: [Course]) -> Course {
    let best = courses.indices.max {
      let (left, right) = (courses[$0].best, courses[$1].best)
      return (left?.accuracy ?? 0, right?.step ?? 0) < (right?.accuracy ?? 0, left?.step ?? 0)
    }
    return courses[best ?? 0]
  }

  /// log2 of how many times fewer steps.
  private func gain(_ plain: Course, _ normalized: Course, _ form: ExperimentForm) -> Double {
    guard let bar = plain.best else { return .nan }
    let needed = normalized.firstStep(reaching: bar.accuracy) ?? steps(form)
    return log2(Double(max(1, bar.step)) / Double(max(1, needed)))
  }

  func sections(_ outcomes: [SeedOutcome], _ form: ExperimentForm) -> [ReportPage.Block] {
    let panels = activations.map { activation in
      LineChart(
        title: activation.rawValue, x: .init("step", scale: .log10),
        y: .init("test accuracy", format: .percent, range: 0...1),
        series: [("none", "plain"), ("batch", "batch normalization")].map { key, title in
          .init(title, curve: "\(activation.rawValue) \(key)", of: outcomes)
        })
    }
    return [
      .figure(
        SmallMultiples(
          title: "Test accuracy at a learning rate of \(sharedRate)", panels: panels,
          columnCount: 2, plotHeight: 240),
        caption: """
          Share of the test images recognised: medians over the seeds, bands from the worst to the best. If the claim \
          holds, the line of batch normalization rises further left.
          """)
    ]
  }
}
