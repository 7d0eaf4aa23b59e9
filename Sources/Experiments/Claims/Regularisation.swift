import Datasets
import Foundation
import NeuralNetworks
import Normalization
import Plots
import Training

/// C4: regularises.
struct Regularisation: Experiment {
  let name = "regularisation"
  let claimNumbers = ["C4"]
  let claim = """
    Batch normalization regularises: it narrows the gap between training and test accuracy, and leaves less for \
    dropout to do.
    """
  let sources = ["Ioffe and Szegedy 2015, sections 3.4 and 4.2.1", "S0", "S2", "S3", "S4"]

  // Any narrower gap counts. Accuracy decides, not loss: losses at networks' own rates differ in how sure they are.
  let criterion = Criterion(
    "gap",
    "training minus test accuracy at the end, plain minus normalised, each at its own best rate",
    .points)

  let furtherCriteria = [
    Criterion("test accuracy", "test accuracy at the end, normalised minus plain", .points),
    Criterion(
      "need for dropout",
      "gain of test accuracy by dropout without normalization, minus that with it", .points),
    Criterion(
      "gap, dropout", "the gap, plain minus with dropout instead of normalization", .points),
    Criterion(
      "loss gap", "test minus training loss at the end, plain minus normalised",
      .number(unit: "nats")),
    // Independent samples give four times.
    Criterion(
      "noise",
      "noise from batch statistics: deviation of a normalised value at batch size 8 over that at 128",
      .factor,
      DecisionRule(confirmedAbove: 1, refutedBelow: 1)),
  ]

  private let rates = [0.03, 0.1, 0.3, 1]
  private let sampleCount = 150
  /// Draws of training images for each seed, whose numbers are averaged: 150 images are few, and what a network makes
  /// of them depends on which they are.
  private let drawCount = 3
  private let batchSize = 30
  private let dropoutRate = 0.5
  private let noiseSizes = [4, 8, 16, 32, 64, 128, 256, 512]
  private let noiseBatches = 60

  private struct Kind {
    let name: String
    let normalization: NetworkNormalization
    let hasDropout: Bool
  }

  private let kinds = [
    Kind(name: "plain", normalization: .none, hasDropout: false),
    Kind(name: "batch normalization", normalization: .batch, hasDropout: false),
    Kind(name: "dropout", normalization: .none, hasDropout: true),
    Kind(name: "both", normalization: .batch, hasDropout: true),
  ]

  private func steps(_ form: ExperimentForm) -> Int { form == .quick ? 1000 : 6000 }

  func procedure(_ form: ExperimentForm) -> [Setting] {
    [
      Setting(
        "Data",
        "digits: \(sampleCount) images to train on, drawn in equal parts of the classes; 360 to test; averages over "
          + "\(drawCount) draws a seed"
      ),
      Setting("Network", "three hidden layers of 100 units, ReLU, weights after He et al. 2015"),
      Setting("Arms", kinds.map(\.name).joined(separator: "; ")),
      Setting("Dropout", "\(dropoutRate) behind each hidden layer"),
      Setting(
        "Learning rates",
        rates.map { "\($0)" }.joined(separator: ", ")
          + "; best: of the highest test accuracy at the end"),
      Setting("Optimiser", "gradient descent without momentum, constant rate, no weight decay"),
      Setting("Steps", "\(steps(form)) of \(batchSize) images"),
      Setting("Accuracies", "in inference, at the end, on all images of the part"),
      Setting(
        "Noise",
        "of the first layer's normalised values of a fixed image, over \(noiseBatches) random batches with it; root "
          + "mean square over the units; trained normalised network, all 1,437 images"),
    ]
  }

  /// A network at the end of its training.
  private struct End {
    var training: Trainer.Score
    var test: Trainer.Score
    var network: Sequential<Float>
    var gap: Double { training.accuracy - test.accuracy }
  }

  func run(seed: UInt64, in context: ExperimentContext) throws -> SeedOutcome {
    var outcome = SeedOutcome(seed: seed)
    var gaps = kinds.map { _ in SeedOutcome.Curve(x: rates, y: rates.map { _ in 0 }) }
    var noises = noiseSizes.map { _ in 0.0 }
    func add(_ effect: String, _ value: Double) {
      outcome.effects[effect, default: 0] += value / Double(drawCount)
    }
    for draw in 0..<drawCount {
      let drawSeed = (seed - 1) * UInt64(drawCount) + UInt64(draw) + 1
      let part = try Digits.training.split(testCount: sampleCount, seed: drawSeed).test
      let data = ExperimentData(training: part, test: Digits.test, sampleShape: [64])
      var ends: [End] = []
      for (index, kind) in kinds.enumerated() {
        let all = try rates.map { try end(kind, $0, data, seed: drawSeed, in: context) }
        for place in rates.indices { gaps[index].y[place] += all[place].gap / Double(drawCount) }
        let best = all.dropFirst().reduce(all[0]) { $1.test.accuracy > $0.test.accuracy ? $1 : $0 }
        for (key, value) in [
          ("training", best.training.accuracy), ("test", best.test.accuracy), ("gap", best.gap),
        ] {
          outcome.numbers["\(kind.name), \(key)", default: 0] += value / Double(drawCount)
        }
        ends.append(best)
      }
      let (plain, normalized, dropout, both) = (ends[0], ends[1], ends[2], ends[3])
      add("gap", plain.gap - normalized.gap)
      add("test accuracy", normalized.test.accuracy - plain.test.accuracy)
      add(
        "need for dropout",
        dropout.test.accuracy - plain.test.accuracy
          - (both.test.accuracy - normalized.test.accuracy))
      add("gap, dropout", plain.gap - dropout.gap)
      add(
        "loss gap",
        plain.test.loss - plain.training.loss - (normalized.test.loss - normalized.training.loss))
      let noise = try noise(normalized.network, seed: drawSeed)
      for place in noise.indices { noises[place] += noise[place] / Double(drawCount) }
    }
    for (kind, curve) in zip(kinds, gaps) { outcome.curves["\(kind.name), gap"] = curve }
    outcome.curves["noise"] = .init(x: noiseSizes.map(Double.init), y: noises)
    outcome.effects["noise"] = log2(noises[1] / noises[5])
    return outcome
  }

  private func end(
    _ kind: Kind, _ rate: Double, _ data: ExperimentData, seed: UInt64,
    in context: ExperimentContext
  ) throws -> End {
    var arm = Arm.mlp(kind.name, kind.normalization, activation: .relu, learningRate: rate)
    (arm.batchSize, arm.steps) = (batchSize, steps(context.form))
    arm.evaluationInterval = arm.steps
    var network = try arm.network(data, seed: seed, in: context)
    if kind.hasDropout {
      network.stages = network.stages.flatMap { stage in
        guard stage.layer is Activation<Float> else { return [stage] }
        let count = network.stages.prefix { $0.name != stage.name }.count
        return [
          stage,
          .init(
            "\(stage.name).dropout", Dropout(rate: dropoutRate, seed: seed &* 1000 &+ UInt64(count))
          ),
        ]
      }
    }
    let course = try NetworkTraining(arm: arm).train(network, on: data, seed: seed, in: context)
    guard course.divergedAt == nil else {
      let guess = Trainer.Score(loss: log(10), accuracy: 0.1)
      return End(training: guess, test: guess, network: network)
    }
    return End(
      training: try course.trainer.evaluate(data.training),
      test: try course.trainer.evaluate(data.test),
      network: course.trainer.network)
  }

  /// How much a normalised value of the first training image differs from batch to batch, for each size.
  private func noise(_ network: Sequential<Float>, seed: UInt64) throws -> [Double] {
    guard let first = network.stages.first?.layer else { return noiseSizes.map { _ in .nan } }
    let values = try first.inference(Digits.training.features)
    let (rows, width) = (values.shape[0], values.shape[1])
    let elements = values.span
    return noiseSizes.map { size in
      var generator = SeededGenerator(seed: seed, stream: UInt64(size))
      var (sum, square) = (Array(repeating: 0.0, count: width), Array(repeating: 0.0, count: width))
      for _ in 0..<noiseBatches {
        // The fixed image and others drawn with replacement: with 1,437 images that hardly matters.
        let batch = [0] + (1..<size).map { _ in Int.random(in: 1..<rows, using: &generator) }
        for unit in 0..<width {
          var (mean, spread) = (0.0, 0.0)
          for row in batch { mean += Double(elements[row * width + unit]) / Double(size) }
          for row in batch {
            let distance = Double(elements[row * width + unit]) - mean
            spread += distance * distance / Double(size)
          }
          let value = (Double(elements[unit]) - mean) / (spread + 1e-5).squareRoot()
          sum[unit] += value / Double(noiseBatches)
          square[unit] += value * value / Double(noiseBatches)
        }
      }
      let variance = zip(sum, square).map { max(0, $1 - $0 * $0) }.reduce(0, +) / Double(width)
      return variance.squareRoot()
    }
  }

  func sections(_ outcomes: [SeedOutcome], _ form: ExperimentForm) -> [ReportPage.Block] {
    func share(_ key: String) -> String {
      String(format: "%.1f %%", 100 * (outcomes.median(key) ?? .nan))
    }
    let table = ReportTable(
      caption: "At the end, each at its best rate: medians of \(outcomes.count) seeds",
      columns: [
        .init("Network"), .init("Training accuracy", kind: .number),
        .init("Test accuracy", kind: .number),
        .init("Gap", kind: .number),
      ],
      rows: kinds.map {
        [
          $0.name, share("\($0.name), training"), share("\($0.name), test"),
          share("\($0.name), gap"),
        ]
      })
    return [
      .table(table),
      .figure(
        LineChart(
          title: "Gap between training and test accuracy", x: .init("learning rate", scale: .log10),
          y: .init("training minus test accuracy", format: .percent),
          series: kinds.map { .init($0.name, curve: "\($0.name), gap", of: outcomes) }),
        caption: """
          After \(steps(form)) steps: medians of \(outcomes.count) seeds, bands from the least to the greatest. If the \
          claim holds, the line of batch normalization lies below that of the plain network. A network that has not \
          learned has no gap either.
          """),
      .figure(
        LineChart(
          title: "Noise from batch statistics", x: .init("batch size", scale: .log10),
          y: .init("deviation of a normalised value", scale: .log10),
          series: [.init("first layer", curve: "noise", of: outcomes)]),
        caption:
          "It falls as one over the root of the size: the smaller the batches, the stronger the noise that regularises."
      ),
    ]
  }
}
