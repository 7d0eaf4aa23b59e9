import Datasets
import Foundation
import NeuralNetworks
import Plots
import Training

/// C11: the recipe of the paper.
struct Recipe: Experiment {
  let name = "recipe"
  let claimNumbers = ["C11"]
  let claim = """
    A normalised network trained by the paper's seven recommendations reaches the accuracy that it has without them in \
    fewer steps.
    """
  let sources = ["Ioffe and Szegedy 2015, section 4.2.1", "S2"]

  // Any saving counts: the paper claims no factor for the recipe without the higher rates of its networks. The old rate is
  // the plain network's best, as the paper took that of Inception: five times a lower rate would gain from any network.
  let criterion = Criterion(
    "all seven",
    "steps of the network trained the old way to its best accuracy, over the steps to the same by the whole recipe",
    .factor)

  var furtherCriteria: [Criterion] {
    [
      Criterion("all seven, accuracy", "best test accuracy, whole recipe minus old way", .points),
      Criterion(
        "all seven, usual rate",
        "the steps saved by the whole recipe where the old rate is \(Self.usualRate)", .factor),
    ]
      + Change.allCases.map {
        Criterion($0.rawValue, "the same by one change alone: \($0.rawValue)", .factor)
      }
  }

  /// A recommendation.
  enum Change: String, CaseIterable {
    case rate = "higher rate"
    case dropout = "no dropout"
    case decay = "weaker L2"
    case schedule = "faster decay"
    case response = "no local response"
    case shuffling = "fresh batches"
    case distortion = "less distortion"

    var old: String {
      switch self {
      case .rate:
        "of \(Recipe.rates.map { "\($0)" }.joined(separator: ", ")) that of the plain network's highest accuracy; the old "
          + "way and all seven also from \(Recipe.usualRate)"
      case .dropout: "dropout of 0.4 before the last layer, as Inception has"
      case .decay: "weight decay 0.001"
      case .schedule: "rate halved over all steps, exponentially"
      case .response:
        "local response normalization behind both activations: 5 channels, k 2, alpha 0.0005, beta 0.75"
      case .shuffling: "the same division into batches in every epoch, in a new order"
      case .distortion: "contrast and brightness changed by up to 0.3, noise of deviation 0.3"
      }
    }

    var new: String {
      switch self {
      case .rate: "5 times that"
      case .dropout, .response: "none"
      case .decay: "0.0002, a fifth"
      case .schedule: "6 times as fast: to 1/64 over all steps"
      case .shuffling: "a new division in every epoch"
      case .distortion: "a third of each"
      }
    }
  }

  private static let rates = [0.03, 0.1, 0.3, 1]
  /// That which both networks of C1 share.
  private static let usualRate = 0.1

  private func steps(_ form: ExperimentForm) -> Int { form.pick(quick: 500, full: 400) }

  private func interval(_ form: ExperimentForm) -> Int { form.pick(quick: 10, full: 20) }

  func procedure(_ form: ExperimentForm) -> [Setting] {
    [
      form.dataSetting,
      Setting(
        "Network",
        "convolutions of 3x3 with 8 and 16 channels, each with batch normalization, ReLU and a maximum over 2x2; a "
          + "linear layer"
      ),
      Setting("Optimiser", "gradient descent without momentum"),
      Setting("Steps", "\(steps(form)) of 60 images, tested every \(interval(form))"),
      Setting("Accuracy", "the best on the test images in all steps"),
      Setting("Not reached", "counts as reached after the last step"),
      Setting("Arms", "the old way in all; each change alone; all seven"),
    ] + Change.allCases.map { Setting("Change: \($0.rawValue)", "old: \($0.old); new: \($0.new)") }
  }

  func run(seed: UInt64, in context: ExperimentContext) throws -> SeedOutcome {
    var outcome = SeedOutcome(seed: seed)
    let plain = RateSweep(
      rates: Self.rates,
      courses: try Self.rates.map {
        try course([], rate: $0, isNormalized: false, seed: seed, in: context)
      })
    let rate = plain.bestRate
    outcome.numbers["old rate"] = rate
    let old = try course([], rate: rate, seed: seed, in: context)
    let (bar, steps) = (old.best?.accuracy ?? 0, steps(context.form))
    func keep(_ key: String, _ course: Course) -> Double {
      let needed = course.firstStep(reaching: bar)
      outcome.curves[key] = course.accuracies
      outcome.numbers["\(key), best"] = course.best?.accuracy ?? 0
      outcome.numbers["\(key), steps"] = needed.map(Double.init) ?? .infinity
      return course.stepsSaved(over: old, of: steps)
    }
    _ = keep("plain", plain.best)
    _ = keep("old way", old)
    for change in Change.allCases {
      outcome.effects[change.rawValue] = keep(
        change.rawValue, try course([change], rate: rate, seed: seed, in: context))
    }
    let all = try course(Set(Change.allCases), rate: rate, seed: seed, in: context)
    outcome.effects["all seven"] = keep("all seven", all)
    outcome.effects["all seven, accuracy"] = (all.best?.accuracy ?? 0) - bar
    let usual = (
      old: try course([], rate: Self.usualRate, seed: seed, in: context),
      all: try course(Set(Change.allCases), rate: Self.usualRate, seed: seed, in: context)
    )
    outcome.effects["all seven, usual rate"] = usual.all.stepsSaved(over: usual.old, of: steps)
    return outcome
  }

  /// Trains with some of the changes.
  private func course(
    _ changes: Set<Change>, rate old: Double, isNormalized: Bool = true, seed: UInt64,
    in context: ExperimentContext
  ) throws -> Course {
    let data = try context.data().asImages
    let count = steps(context.form)
    let rate = changes.contains(.rate) ? 5 * old : old
    var arm = Arm(name: "")
    (arm.steps, arm.evaluationInterval) = (count, interval(context.form))
    arm.optimizer = SGD(learningRate: rate, weightDecay: changes.contains(.decay) ? 0.0002 : 0.001)
    let halvings = changes.contains(.schedule) ? 6.0 : 1
    arm.schedule = .exponential(from: rate, factor: pow(0.5, halvings / Double(count)))
    var training = NetworkTraining(arm: arm)
    if !changes.contains(.shuffling) {
      training.order = try FixedDivision(
        sampleCount: data.training.count, batchSize: arm.batchSize, steps: count, seed: seed
      ).batches
    }
    let size = changes.contains(.distortion) ? 0.1 : 0.3
    let augmentation = Augmentation(brightness: size, contrast: size, noise: size)
    training.distortion = { features, step in
      var features = features
      augmentation.apply(to: &features, background: [0], seed: seed, step: step)
      return features
    }
    let network = SmallConvolutionalNetwork(
      imageShape: data.sampleShape, isNormalized: isNormalized,
      hasLocalResponse: !changes.contains(.response),
      dropoutRate: changes.contains(.dropout) ? 0 : 0.4, seed: seed,
      execution: context.execution
    ).network
    return try training.train(network, on: data, seed: seed, in: context)
  }

  func sections(_ outcomes: [SeedOutcome], _ form: ExperimentForm) -> [ReportPage.Block] {
    let names = ["plain", "old way"] + Change.allCases.map(\.rawValue) + ["all seven"]
    let table = ReportTable(
      caption:
        "Best test accuracy, and steps to the best of the old way: medians of \(outcomes.count) seeds",
      columns: [
        .init("Network"), .init("Best accuracy", kind: .number), .init("Steps", kind: .number),
        .init("Reached by", kind: .number),
      ],
      rows: names.map { name in
        let steps = outcomes.median("\(name), steps") ?? .infinity
        let reached = outcomes.count { $0.numbers["\(name), steps"]?.isFinite ?? false }
        return [
          name == "plain" ? "not normalised, old way" : name,
          String(format: "%.1f %%", 100 * (outcomes.median("\(name), best") ?? .nan)),
          steps.isFinite ? "\(Int(steps))" : "not reached", "\(reached) of \(outcomes.count)",
        ]
      })
    return [
      .table(table),
      .figure(
        LineChart(
          title: "Test accuracy over steps", x: .init("step"),
          y: .init("test accuracy", format: .percent, range: 0...1),
          series: [
            ("plain", "not normalised, old way"), ("old way", "old way"),
            ("higher rate", "higher rate alone"), ("all seven", "all seven changes"),
          ].map {
            .init($0.1, curve: $0.0, of: outcomes)
          }),
        caption: """
          Share of the test images recognised: medians of \(outcomes.count) seeds, bands from the least to the \
          greatest. If the claim holds, the line of all seven changes is at the old way's best long before it.
          """),
    ]
  }
}
