import Foundation
import NeuralNetworks
import Plots

/// C2: higher learning rates.
struct LearningRates: Experiment {
  let name = "learning-rates"
  let claimNumbers = ["C2"]
  let claim = """
    A network with batch normalization trains at higher learning rates than the same network without it.
    """
  let sources = ["Ioffe and Szegedy 2015, sections 3.3 and 4.2.1", "S0", "S2", "S3", "S4"]

  // Rates come in steps of a factor of 2, so that less than half a step cannot be told from none. The claim is made for
  // networks of any activation, so both have to bear it out: the smaller of the two counts.
  private static let rule = DecisionRule(confirmedAbove: 0.5, refutedBelow: 0.5)

  let criterion = Criterion(
    "smaller of both",
    "largest stable rate of the normalised network over that of the plain one, the smaller of sigmoid and ReLU",
    .factor, rule)

  let furtherCriteria = [
    Criterion(
      "sigmoid", "largest stable rates, normalised over plain, sigmoid units", .factor, rule),
    Criterion("relu", "the same with ReLU", .factor, rule),
    Criterion(
      "sigmoid, best rates",
      "rates of the best final accuracy, normalised over plain, sigmoid units", .factor, rule),
    Criterion("relu, best rates", "the same with ReLU", .factor, rule),
    Criterion(
      "too high",
      "S3: too high a rate still harms: best final accuracy of the normalised network minus that at the "
        + "highest rate, the smaller of sigmoid and ReLU",
      .points, DecisionRule(confirmedAbove: 0.05, refutedBelow: 0.05)),
  ]

  private let exponents = Array(-8...8)
  private let activations: [ActivationKind] = [.sigmoid, .relu]
  /// Of its own best final accuracy, what a network has to reach for a rate to count as stable.
  private let share = 0.9

  private var rates: [Double] { exponents.map { pow(2, Double($0)) } }
  private func steps(_ form: ExperimentForm) -> Int { form.pick(quick: 600, full: 400) }

  func procedure(_ form: ExperimentForm) -> [Setting] {
    [
      form.dataSetting,
      form.networkSetting(activations),
      Setting("Arms", "plain; batch normalization before the activation"),
      Setting(
        "Learning rates",
        "2^\(exponents[0]) to 2^\(exponents[exponents.count - 1]) in factors of 2, constant"),
      Setting("Optimiser", "gradient descent without momentum"),
      Setting("Steps", "\(steps(form)) of 60 images"),
      Setting(
        "Stable",
        "a rate whose final test accuracy is at least \(Int(share * 100)) % of the network's best final accuracy at "
          + "any rate; a loss that is not finite counts as guessing"),
      Setting(
        "Largest stable rate",
        "the end of the unbroken run of stable rates above the network's best rate"),
    ]
  }

  func run(seed: UInt64, in context: ExperimentContext) throws -> SeedOutcome {
    var outcome = SeedOutcome(seed: seed)
    let (data, steps) = (try context.data(), steps(context.form))
    var (gains, losses): ([Double], [Double]) = ([], [])
    for activation in activations {
      let kind = activation.rawValue
      let arms = Arm.pair(
        activation: activation, form: context.form, steps: steps, evaluationInterval: steps)
      func final(_ arm: Arm, _ key: String) throws -> [Double] {
        let sweep = try RateSweep(arm, rates: rates, on: data, seed: seed, in: context)
        let curve = sweep.finalAccuracies(classCount: data.classCount)
        outcome.curves["\(kind) \(key)"] = curve
        outcome.numbers["\(kind) \(key), limit"] = rates[limit(curve.y)]
        return curve.y
      }
      let (plain, normalized) = (try final(arms.plain, "none"), try final(arms.normalized, "batch"))
      let gain = Double(limit(normalized) - limit(plain))
      outcome.effects[kind] = gain
      outcome.effects["\(kind), best rates"] = Double(best(normalized) - best(plain))
      gains.append(gain)
      losses.append(normalized[best(normalized)] - normalized[normalized.count - 1])
    }
    outcome.effects["smaller of both"] = gains.min()
    outcome.effects["too high"] = losses.min()
    return outcome
  }

  /// The place of the highest accuracy, the lower rate of equal ones.
  private func best(_ accuracies: [Double]) -> Int {
    accuracies.indices.reduce(0) { accuracies[$1] > accuracies[$0] ? $1 : $0 }
  }

  /// The place of the largest stable rate.
  func limit(_ accuracies: [Double]) -> Int {
    let start = best(accuracies)
    let bar = share * accuracies[start]
    return accuracies.indices.dropFirst(start).prefix { accuracies[$0] >= bar }.last ?? start
  }

  func sections(_ outcomes: [SeedOutcome], _ form: ExperimentForm) -> [ReportPage.Block] {
    activations.map { activation in
      let kind = activation.rawValue
      let limits = [("none", "plain"), ("batch", "normalised")].compactMap { key, name in
        outcomes.median("\(kind) \(key), limit").map {
          LineChart.Guide.vertical(at: $0, label: "limit, \(name)")
        }
      }
      return .figure(
        LineChart(
          title: "Accuracy after \(steps(form)) steps, \(activation.title)",
          x: .init("learning rate", scale: .log10),
          y: .init("test accuracy", format: .percent, range: 0...1),
          series: [
            .init("plain", curve: "\(kind) none", of: outcomes),
            .init("batch normalization", curve: "\(kind) batch", of: outcomes),
          ], guides: limits),
        caption: """
          Share of the test images recognised at the end: medians of \(outcomes.count) seeds, bands from the least to \
          the greatest. The claim holds where the normalised network's line falls further right than the plain one's. \
          A limit at the right edge says that no end was found.
          """)
    }
  }
}
