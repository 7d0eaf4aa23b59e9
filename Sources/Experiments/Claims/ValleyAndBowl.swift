import Foundation
import Normalization
import Plots

/// C7: features of very different scale make a valley, standardised ones a bowl.
struct ValleyAndBowl: Experiment {
  let name = "valley-and-bowl"
  let claimNumbers = ["C7"]
  let claim = """
    Features of very different scale make the loss a valley, in which gradient descent creeps; standardised ones make it \
    a bowl, in which it runs straight down.
    """
  let sources = ["S1", "S0", "S4"]

  // The step of each landscape is the best there is, so nothing but the shape counts; twice as fast is the least that
  // one would call a bowl instead of a valley.
  private static let rule = DecisionRule(confirmedAbove: 1, refutedBelow: 0)

  let criterion = Criterion(
    "steps",
    "steps of gradient descent with the features as they are, over those with standardised ones",
    .factor, rule)

  let furtherCriteria = [
    Criterion(
      "condition",
      "condition number of the Hessian with the features as they are, over that with standardised ones",
      .factor, rule),
    Criterion(
      "centred only",
      "steps with centred features that keep their scales, over those with standardised ones",
      .factor, rule),
  ]

  /// How the two features are put to the network's one unit.
  private enum Scaling: String, CaseIterable {
    case raw
    case centred
    case standardised

    var title: String {
      switch self {
      case .raw: "as they are"
      case .centred: "centred"
      case .standardised: "standardised"
      }
    }
  }

  private let tolerance = 1e-6
  private let limit = 1_000_000

  func procedure(_ form: ExperimentForm) -> [Setting] {
    [
      Setting(
        "Data",
        "100 samples of y = 2 A + 3 B + 0.1 normal, A uniform in 1...10, B uniform in 1...200 (NumPy's default_rng(42)); "
          + "seed 1 has these, the others draw 100 of them with replacement"),
      Setting(
        "Model",
        "y = u A + v B, u and v from 0; with centred and standardised features y is centred too"),
      Setting("Loss", "half the mean square of the error"),
      Setting("Descent", "fixed step 2 / (largest + smallest curvature), the best there is"),
      Setting("Steps", "until the loss above its minimum is \(tolerance) of what it was"),
    ]
  }

  func run(seed: UInt64, in context: ExperimentContext) throws -> SeedOutcome {
    var outcome = SeedOutcome(seed: seed)
    var (steps, conditions): ([Scaling: Double], [Scaling: Double]) = ([:], [:])
    for scaling in Scaling.allCases {
      let landscape = landscape(seed, scaling)
      var course = SeedOutcome.Curve()
      var path = SeedOutcome.Curve()
      let count = landscape.descend(to: tolerance, within: limit) { step, point, loss in
        if step < 100 || step % 20 == 0 { course.append(Double(step + 1), loss) }
        if step < 60 { path.append(point.u, point.v) }
      }
      steps[scaling] = Double(count)
      conditions[scaling] = landscape.condition
      outcome.numbers["\(scaling.rawValue), condition"] = landscape.condition
      outcome.numbers["\(scaling.rawValue), steps"] = Double(count)
      outcome.curves["\(scaling.rawValue), loss"] = course
      outcome.curves["\(scaling.rawValue), path"] = path
    }
    func factor(_ values: [Scaling: Double], _ above: Scaling) -> Double {
      log2((values[above] ?? .nan) / (values[.standardised] ?? .nan))
    }
    outcome.effects["steps"] = factor(steps, .raw)
    outcome.effects["condition"] = factor(conditions, .raw)
    outcome.effects["centred only"] = factor(steps, .centred)
    return outcome
  }

  /// The loss over both weights, for the samples of a seed.
  private func landscape(_ seed: UInt64, _ scaling: Scaling) -> QuadraticLandscape {
    var generator = SeededGenerator(seed: seed, stream: 7)
    let samples =
      seed == 1
      ? valleyData
      : valleyData.map { _ in valleyData[Int(generator.uniform() * Double(valleyData.count))] }
    func scaled(_ values: [Double], isTarget: Bool = false) -> [Double] {
      guard scaling != .raw else { return values }
      let mean = values.reduce(0, +) / Double(values.count)
      let centred = values.map { $0 - mean }
      guard scaling == .standardised, !isTarget else { return centred }
      let deviation = (centred.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot()
      return centred.map { $0 / deviation }
    }
    return QuadraticLandscape(
      a: scaled(samples.map(\.a)), b: scaled(samples.map(\.b)),
      y: scaled(samples.map(\.y), isTarget: true))
  }

  func sections(_ outcomes: [SeedOutcome], _ form: ExperimentForm) -> [ReportPage.Block] {
    // A descent that is over stays where it is while those of other seeds go on.
    let continued = outcomes.map { outcome in
      var outcome = outcome
      for key in outcome.curves.keys.filter({ $0.hasSuffix(", loss") }) {
        let longest = outcomes.compactMap { $0.curves[key]?.x }.max { $0.count < $1.count } ?? []
        guard let curve = outcome.curves[key], let last = curve.y.last else { continue }
        let rest = longest.dropFirst(curve.x.count)
        outcome.curves[key] = .init(x: curve.x + rest, y: curve.y + rest.map { _ in last })
      }
      return outcome
    }
    let losses = LineChart(
      title: "Loss on the way down", x: .init("step", scale: .log10),
      y: .init("loss above its minimum, as a share of the first", scale: .log10),
      series: Scaling.allCases.map {
        .init($0.title, curve: "\($0.rawValue), loss", of: continued)
      })
    let table = ReportTable(
      caption: "Medians over the seeds",
      columns: [
        .init("Features"), .init("Condition number", kind: .number), .init("Steps", kind: .number),
      ],
      rows: Scaling.allCases.map { scaling in
        func text(_ key: String) -> String {
          String(format: "%.4g", outcomes.median("\(scaling.rawValue), \(key)") ?? .nan)
        }
        return [scaling.title, text("condition"), text("steps")]
      })
    return [
      .table(table),
      .figure(
        valley(outcomes),
        caption: """
          The example's own 100 samples, level lines of the loss above its minimum. The first 20 of some 3,000 steps jump \
          between the walls of the valley and creep along it to the minimum near (2, 3), far beyond the right edge: the \
          horizontal axis is stretched.
          """),
      .figure(
        bowl(outcomes),
        caption: """
          The same samples, standardised; both axes have the same unit. Round: the first step all but hits the minimum.
          """),
      .figure(
        losses,
        caption: """
          Medians over the seeds, bands from the least to the largest. Each descent ends at a millionth of its first loss.
          """),
    ]
  }

  /// The beginning of the way through the valley.
  private func valley(_ outcomes: [SeedOutcome]) -> ContourPlot {
    let landscape = landscape(1, .raw)
    let (u, v) = path(.raw, outcomes)
    return ContourPlot(
      title: "Features as they are", x: .init("weight of A"), y: .init("weight of B"),
      grid: .init(x: -0.05...0.4, y: -0.5...6.5) { landscape.excess(u: $0, v: $1) },
      levels: .logarithmic(perDecade: 2), name: "loss",
      paths: [.init("gradient descent", x: Array(u.prefix(21)), y: Array(v.prefix(21)))],
      plotHeight: 300)
  }

  /// The level lines about the minimum with the way to it.
  private func bowl(_ outcomes: [SeedOutcome]) -> ContourPlot {
    let landscape = landscape(1, .standardised)
    let (u, v) = path(.standardised, outcomes)
    let minimum = landscape.minimum
    let reach =
      1.15 * max(u.map { abs($0 - minimum.u) }.max() ?? 1, v.map { abs($0 - minimum.v) }.max() ?? 1)
    return ContourPlot(
      title: "Features standardised", x: .init("weight of A"), y: .init("weight of B"),
      grid: .init(
        x: minimum.u - reach...minimum.u + reach, y: minimum.v - reach...minimum.v + reach
      ) {
        landscape.excess(u: $0, v: $1)
      }, levels: .logarithmic(perDecade: 2), name: "loss",
      paths: [.init("gradient descent", x: u, y: v)], hasEqualUnits: true)
  }

  /// The places that the descent of the first seed went through.
  private func path(_ scaling: Scaling, _ outcomes: [SeedOutcome]) -> (u: [Double], v: [Double]) {
    let path = outcomes.first { $0.seed == 1 }?.curves["\(scaling.rawValue), path"] ?? .init()
    return (path.x, path.y)
  }
}
