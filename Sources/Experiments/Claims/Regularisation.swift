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
  private func sampleCount(_ form: ExperimentForm) -> Int { form.pick(quick: 150, full: 1000) }
  /// Draws of training images for each seed, whose numbers are averaged: few images are to train on, and what a network
  /// makes of them depends on which they are.
  private func drawCount(_ form: ExperimentForm) -> Int { form.pick(quick: 3, full: 1) }
  private let batchSize = 30
  private let dropoutRate = 0.5
  private let noiseSizes = [4, 8, 16, 32, 64, 128, 256, 512]
  private let noiseBatches = 60
  /// As many as the digits have to train on.
  private let noiseImageCount = 1437

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

  private let steps = 1000

  func procedure(_ form: ExperimentForm) -> [Setting] {
    [
      form.dataSetting,
      Setting(
        "Trained on",
        "\(sampleCount(form)) of the images, drawn in equal parts of the classes; averages over \(drawCount(form)) "
          + "draws a seed"),
      form.networkSetting([.relu]),
      Setting("Arms", kinds.map(\.name).joined(separator: "; ")),
      Setting("Dropout", "\(dropoutRate) behind each fully connected hidden layer"),
      Setting(
        "Learning rates",
        rates.map { "\($0)" }.joined(separator: ", ")
          + "; best: of the highest test accuracy at the end"),
      Setting("Optimiser", "gradient descent without momentum, constant rate, no weight decay"),
      Setting("Steps", "\(steps) of \(batchSize) images"),
      Setting("Accuracies", "in inference, at the end, on all images of the part"),
      Setting(
        "Noise",
        "of the first layer's normalised values of a fixed image, over \(noiseBatches) random batches with it; root "
          + "mean square over the units (of a convolution: at the middle); trained normalised network, the first "
          + "\(noiseImageCount) images"),
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
    let (all, drawCount) = (try context.data(), drawCount(context.form))
    func add(_ effect: String, _ value: Double) {
      outcome.effects[effect, default: 0] += value / Double(drawCount)
    }
    for draw in 0..<drawCount {
      let drawSeed = (seed - 1) * UInt64(drawCount) + UInt64(draw) + 1
      let part = try all.training.split(testCount: sampleCount(context.form), seed: drawSeed).test
      let data = ExperimentData(training: part, test: all.test, sampleShape: all.sampleShape)
      var ends: [End] = []
      for (index, kind) in kinds.enumerated() {
        let own = try rates.map { try end(kind, $0, data, seed: drawSeed, in: context) }
        for place in rates.indices { gaps[index].y[place] += own[place].gap / Double(drawCount) }
        let best = own.dropFirst().reduce(own[0]) { $1.test.accuracy > $0.test.accuracy ? $1 : $0 }
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
      let noise = try noise(normalized.network, all.training, seed: drawSeed)
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
    var arm = Arm.network(
      kind.name, kind.normalization, activation: .relu, learningRate: rate, form: context.form)
    (arm.batchSize, arm.steps) = (batchSize, steps)
    arm.evaluationInterval = arm.steps
    var network = try arm.network(data, seed: seed, in: context)
    if kind.hasDropout {
      var isDense = false
      network.stages = network.stages.flatMap { stage in
        isDense = stage.layer is Dense<Float> || isDense && !(stage.layer is Convolution<Float>)
        guard stage.layer is Activation<Float>, isDense else { return [stage] }
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
  private func noise(
    _ network: Sequential<Float>, _ training: ClassificationDataset, seed: UInt64
  ) throws -> [Double] {
    let images = training.gather(Array(0..<noiseImageCount)).features
    let end = (network.stages.firstIndex { $0.layer is BatchNorm<Float> }) ?? 0
    let moments = ChannelMoments(
      try Sequential(Array(network.stages[..<end])).inference(images))
    return noiseSizes.map { size in
      var generator = SeededGenerator(seed: seed, stream: UInt64(size))
      var sum = Array(repeating: 0.0, count: moments.channelCount)
      var square = sum
      for _ in 0..<noiseBatches {
        // The fixed image and others drawn with replacement: with so many images that hardly matters.
        let others = (1..<size).map { _ in Int.random(in: 1..<noiseImageCount, using: &generator) }
        for channel in sum.indices {
          let (mean, variance) = moments.ofBatch([0] + others, channel: channel)
          let value = (moments.middle[channel] - mean) / (variance + 1e-5).squareRoot()
          sum[channel] += value / Double(noiseBatches)
          square[channel] += value * value / Double(noiseBatches)
        }
      }
      let variances = zip(sum, square).map { max(0, $1 - $0 * $0) }
      return (variances.reduce(0, +) / Double(variances.count)).squareRoot()
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
          After \(steps) steps: medians of \(outcomes.count) seeds, bands from the least to the greatest. If the \
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
