import Foundation
import NeuralNetworks
import Plots

/// C3: less sensitive to the initial weights.
struct Initialisation: Experiment {
  let name = "initialisation"
  let claimNumbers = ["C3"]
  let claim = """
    A network with batch normalization learns well over a wider range of initial weights than the same network \
    without it.
    """
  let sources = ["Ioffe and Szegedy 2015, sections 1 and 3.3", "S0", "S2", "S3", "S4"]

  // Deviations come in steps of half a decade; less than half a step cannot be told from none. The claim is made for
  // networks of any activation and not for one rate, so each network has its best rate at each deviation, and the
  // smaller effect of sigmoid and ReLU counts.
  private static let rule = DecisionRule(confirmedAbove: 0.25, refutedBelow: 0.25)
  private static let decades = Criterion.Scale.number(unit: "decades")

  let criterion = Criterion(
    "own rates",
    "range of initial deviations within 2 points of the network's best, normalised minus plain, each at its best rate, "
      + "the smaller of sigmoid and ReLU",
    decades, rule)

  let furtherCriteria = [
    Criterion("sigmoid, own rates", "sigmoid units, own rates", decades, rule),
    Criterion("relu, own rates", "ReLU, own rates", decades, rule),
    Criterion("sigmoid, same rate", "sigmoid units, both at rate 0.1", decades, rule),
    Criterion("relu, same rate", "ReLU, both at rate 0.1", decades, rule),
    Criterion(
      "settings",
      "S0: share of all pairs of deviation and rate within 2 points of the network's best, normalised minus plain, "
        + "mean of sigmoid and ReLU", .points),
  ]

  private let deviations = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10]
  private let rates = [0.01, 0.1, 1]
  private let sharedRate = 0.1
  private let margin = 0.02
  private let activations: [ActivationKind] = [.sigmoid, .relu]
  private let arms = [("none", "plain"), ("batch", "batch normalization")]

  private func steps(_ form: ExperimentForm) -> Int { form.pick(quick: 600, full: 300) }

  func procedure(_ form: ExperimentForm) -> [Setting] {
    [
      form.dataSetting,
      form.networkSetting(activations),
      Setting("Arms", "plain; batch normalization before the activation"),
      Setting(
        "Initial weights",
        "normal, deviation " + deviations.map { "\($0)" }.joined(separator: ", ")
          + " in all layers; biases 0"),
      Setting("Learning rates", rates.map { "\($0)" }.joined(separator: ", ")),
      Setting("Optimiser", "gradient descent without momentum"),
      Setting("Steps", "\(steps(form)) of 60 images"),
      Setting("Measure", "test accuracy at the end; a loss that is not finite counts as guessing"),
      Setting(
        "Range",
        "half a decade for each deviation whose accuracy is at most 2 points below the network's best at any deviation "
          + "and rate (at the same rate: at any deviation)"),
    ]
  }

  func run(seed: UInt64, in context: ExperimentContext) throws -> SeedOutcome {
    var outcome = SeedOutcome(seed: seed)
    let (data, steps) = (try context.data(), steps(context.form))
    var settings = 0.0
    for activation in activations {
      let kind = activation.rawValue
      let pair = Arm.pair(
        activation: activation, form: context.form, steps: steps, evaluationInterval: steps)
      func table(_ arm: Arm) throws -> Accuracies {
        let rows = try deviations.map { deviation in
          var arm = arm
          arm.options.initialDeviation = deviation
          let sweep = try RateSweep(arm, rates: rates, on: data, seed: seed, in: context)
          return sweep.finalAccuracies(classCount: data.classCount).y
        }
        return Accuracies(rows: rows, shared: rates.firstIndex(of: sharedRate) ?? 0, margin: margin)
      }
      let (plain, normalized) = (try table(pair.plain), try table(pair.normalized))
      outcome.effects["\(kind), own rates"] = normalized.ownRange - plain.ownRange
      outcome.effects["\(kind), same rate"] = normalized.sharedRange - plain.sharedRange
      settings += (normalized.shareOfSettings - plain.shareOfSettings) / Double(activations.count)
      for (key, table) in [("none", plain), ("batch", normalized)] {
        outcome.curves["\(kind) \(key), own"] = .init(x: deviations, y: table.own)
        outcome.curves["\(kind) \(key), shared"] = .init(x: deviations, y: table.sharedColumn)
        for (column, rate) in rates.enumerated() {
          outcome.curves["\(kind) \(key), rate \(rate)"] = .init(
            x: deviations, y: table.rows.map { $0[column] })
        }
      }
    }
    outcome.effects["own rates"] = activations.compactMap {
      outcome.effects["\($0.rawValue), own rates"]
    }.min()
    outcome.effects["settings"] = settings
    return outcome
  }

  /// The final accuracies of a network: a row for each deviation, a column for each rate.
  struct Accuracies {
    let rows: [[Double]]
    /// The column of the rate that both networks share.
    let shared: Int
    /// How far below the best still counts.
    let margin: Double

    var own: [Double] { rows.map { $0.max() ?? 0 } }
    var sharedColumn: [Double] { rows.map { $0[shared] } }
    var ownRange: Double { decades(own) }
    var sharedRange: Double { decades(sharedColumn) }
    var shareOfSettings: Double { Double(good(rows.flatMap(\.self))) / Double(rows.joined().count) }

    private func decades(_ column: [Double]) -> Double { 0.5 * Double(good(column)) }

    /// How many are close to the best of them.
    private func good(_ values: [Double]) -> Int {
      let bar = (values.max() ?? 0) - margin
      return values.count { $0 >= bar }
    }
  }

  func sections(_ outcomes: [SeedOutcome], _ form: ExperimentForm) -> [ReportPage.Block] {
    let charts = activations.map { activation -> ReportPage.Block in
      let kind = activation.rawValue
      let series = arms.enumerated().flatMap { index, arm in
        let color: LineChart.Color = index == 0 ? .blue : .orange
        return [
          LineChart.Series(
            "\(arm.1), best rate", curve: "\(kind) \(arm.0), own", of: outcomes, color: color,
            dash: .solid),
          LineChart.Series(
            "\(arm.1), rate \(sharedRate)", curve: "\(kind) \(arm.0), shared", of: outcomes,
            color: color,
            dash: .dashed),
        ]
      }
      return .figure(
        LineChart(
          title: "Accuracy after \(steps(form)) steps, \(activation.title)",
          x: .init("deviation of the initial weights", scale: .log10),
          y: .init("test accuracy", format: .percent, range: 0...1), series: series),
        caption: """
          Share of the test images recognised at the end: medians of \(outcomes.count) seeds, bands from the least to \
          the greatest. If the claim holds, the normalised network's lines stay high over more of the width.
          """)
    }
    let rows = activations.flatMap { activation in
      [("none", "plain"), ("batch", "batch norm")].flatMap { arm in
        rates.map {
          (
            name: "\(activation.title), \(arm.1), rate \($0)",
            curve: "\(activation.rawValue) \(arm.0), rate \($0)"
          )
        }
      }
    }
    let map = HeatMap(
      title: "Accuracy after \(steps(form)) steps, all networks",
      x: .init("deviation of the initial weights", numbers: deviations),
      y: .init("network", names: rows.map(\.name)),
      z: .init("test accuracy", format: .percent, range: 0...1),
      values: rows.map { row in
        let medians = LineChart.Series("", curve: row.curve, of: outcomes).points.map(\.y)
        return deviations.indices.map { $0 < medians.count ? medians[$0] : .nan }
      })
    let caption = "Every pair of deviation and learning rate: medians in percent."
    return charts + [.figure(map, caption: caption)]
  }
}
