import Datasets
import NeuralNetworks
import Normalization
import Plots
import Training

/// C14: a stream of single samples.
struct SingleSamples: Experiment {
  let name = "single-samples"
  let claimNumbers = ["C14"]
  let claim = """
    Where samples come one at a time batch normalization has no statistics to learn with; layer normalization does not \
    need any.
    """
  let sources = ["S3", "Ba, Kiros and Hinton 2016 (arXiv:1607.06450)"]

  // The same margins as for small batches: 2 points count as failure, less than 1 point as none.
  private static let failure = DecisionRule(confirmedAbove: 0.02, refutedBelow: 0.01)

  let criterion = Criterion(
    "layer over batch",
    "share of the second half of the stream recognised before it was learned, layer minus batch normalization of single "
      + "samples, each at its own best rate",
    .points, failure)

  let furtherCriteria = [
    Criterion(
      "layer over buffer",
      "the same against batch normalization that waits for \(bufferSize) samples and learns them together",
      .points,
      failure),
    Criterion(
      "layer over frozen",
      "the same against batch normalization with the statistics of the first \(calibrationCount) samples as constants",
      .points, failure),
    Criterion("layer over plain", "the same against no normalization", .points, failure),
    Criterion(
      "buffer over plain",
      "batch normalization that waits for \(bufferSize) samples minus no normalization", .points),
  ]

  private static let bufferSize = 16
  private static let calibrationCount = 200

  private enum Kind: String, CaseIterable {
    case plain
    case layer = "layer norm"
    case single = "batch norm, single samples"
    case buffer = "batch norm, buffer"
    case frozen = "batch norm, frozen"

    var normalization: NetworkNormalization {
      switch self {
      case .plain: .none
      case .layer: .layer
      case .single, .buffer, .frozen: .batch
      }
    }
  }

  private let rates = [0.003, 0.01, 0.03, 0.1, 0.3]
  private let windowSize = 200
  private func sampleCount(_ form: ExperimentForm) -> Int { form.pick(quick: 4000, full: 6000) }

  func procedure(_ form: ExperimentForm) -> [Setting] {
    [
      form.dataSetting,
      form.networkSetting([.relu]),
      Setting("Arms", Kind.allCases.map(\.rawValue).joined(separator: "; ")),
      Setting(
        "Stream",
        "\(sampleCount(form)) of the images to train on, one at a time: recognised first, with running statistics where there "
          + "are some, then learned"),
      Setting(
        "Buffer", "\(Self.bufferSize) samples are waited for and then learned together, in one step"
      ),
      Setting(
        "Frozen",
        "the first \(Self.calibrationCount) samples give the statistics by recalibration and are not learned; constants from "
          + "there on"),
      Setting(
        "Learning rates",
        rates.map { "\($0)" }.joined(separator: ", ")
          + "; best: of the greatest share of the second half recognised"),
      Setting("Optimiser", "gradient descent without momentum, constant rate"),
      Setting("Refused or diverged", "counts as guessing: 10 %"),
    ]
  }

  func run(seed: UInt64, in context: ExperimentContext) throws -> SeedOutcome {
    var outcome = SeedOutcome(seed: seed)
    let data = try context.data()
    var shares: [Kind: Double] = [:]
    for kind in Kind.allCases {
      for rate in rates {
        let hits = try hits(kind, rate, data, seed: seed, in: context)
        let share = share(hits[(hits.count / 2)...], data)
        guard share > shares[kind] ?? -1 else { continue }
        shares[kind] = share
        outcome.numbers["\(kind.rawValue), share"] = share
        outcome.numbers["\(kind.rawValue), rate"] = rate
        outcome.curves[kind.rawValue] = windows(hits, data)
      }
    }
    func less(_ left: Kind, _ right: Kind) -> Double {
      (shares[left] ?? .nan) - (shares[right] ?? .nan)
    }
    outcome.effects["layer over batch"] = less(.layer, .single)
    outcome.effects["layer over buffer"] = less(.layer, .buffer)
    outcome.effects["layer over frozen"] = less(.layer, .frozen)
    outcome.effects["layer over plain"] = less(.layer, .plain)
    outcome.effects["buffer over plain"] = less(.buffer, .plain)
    return outcome
  }

  /// Whether each sample of the stream was recognised; nil where the network had nothing to say any more.
  private func hits(
    _ kind: Kind, _ rate: Double, _ data: ExperimentData, seed: UInt64,
    in context: ExperimentContext
  ) throws -> [Bool?] {
    let arm = Arm.network(
      kind.rawValue, kind.normalization, activation: .relu, learningRate: rate, form: context.form)
    var trainer = Trainer(
      network: try arm.network(data, seed: seed, in: context), optimizer: arm.optimizer)
    var stream = try Batches(sampleCount: data.training.count, batchSize: 1, seed: seed)
    var (waiting, hits): ([Int], [Bool?]) = ([], [])
    let count = sampleCount(context.form)
    for place in 1...count {
      if place % 200 == 1 { try context.check() }
      let index = stream.next()[0]
      let (features, labels) = data.training.gather([index])
      hits.append(try trainer.network.inference(features).recognizedClasses == labels)
      waiting.append(index)
      do {
        if kind == .frozen, place <= Self.calibrationCount {
          guard place == Self.calibrationCount else { continue }
          _ = try Recalibration().run(
            &trainer.network, over: [data.training.gather(waiting).features])
          try trainer.network.freeze(.statistics)
        } else if kind != .buffer || waiting.count == Self.bufferSize {
          let (features, labels) = data.training.gather(waiting)
          guard try trainer.train(features, labels: labels).loss.isFinite else { break }
        } else {
          continue
        }
        waiting = []
      } catch NormalizationError.tooFewValues {
        break
      } catch NormalizationError.nonFiniteInput {
        break
      }
    }
    return hits + Array(repeating: nil, count: count - hits.count)
  }

  private func share(_ hits: ArraySlice<Bool?>, _ data: ExperimentData) -> Double {
    let guess = 1 / Double(data.classCount)
    return hits.reduce(0) { $0 + ($1.map { $0 ? 1 : 0 } ?? guess) } / Double(hits.count)
  }

  /// The shares of windows of the stream.
  private func windows(_ hits: [Bool?], _ data: ExperimentData) -> SeedOutcome.Curve {
    var curve = SeedOutcome.Curve()
    for end in stride(from: windowSize, through: hits.count, by: windowSize) {
      curve.append(Double(end), share(hits[(end - windowSize)..<end], data))
    }
    return curve
  }

  func sections(_ outcomes: [SeedOutcome], _ form: ExperimentForm) -> [ReportPage.Block] {
    [
      .figure(
        LineChart(
          title: "Recognised before it was learned", x: .init("samples of the stream"),
          y: .init("share of the last \(windowSize)", format: .percent, range: 0...1),
          series: Kind.allCases.map { .init($0.rawValue, curve: $0.rawValue, of: outcomes) }),
        caption: """
          Each at its own best rate: medians of \(outcomes.count) seeds, bands from the least to the greatest. The library \
          refuses to train batch normalization of features with single samples, whose variance is 0; that line is guessing.
          """)
    ]
  }
}
