import Datasets
import NeuralNetworks
import Normalization
import Plots
import Training

/// C9: statistics of training and of inference.
struct InferenceStatistics: Experiment {
  let name = "inference-statistics"
  let claimNumbers = ["C9"]
  let claim = """
    The wrong mode, or running statistics that are badly kept, ruin a good model: the weights are the same, the accuracy \
    is not.
    """
  let sources = ["S3", "Ioffe and Szegedy 2015, section 3.1"]

  // "Ruin" is taken as 10 points: a network that errs four times as often as before. Less than 2 points is no ruin.
  private static let ruin = DecisionRule(confirmedAbove: 0.1, refutedBelow: 0.02)

  // The claim names two mistakes, so the lesser loss of both decides.
  let criterion = Criterion(
    "both mistakes",
    "accuracy lost by batch statistics of 2 images in inference, or by running statistics that were never updated, "
      + "whichever is less",
    .points, ruin)

  let furtherCriteria = [
    Criterion("batch of 2", "accuracy lost with the statistics of batches of 2", .points, ruin),
    Criterion("batch of 8", "accuracy lost with the statistics of batches of 8", .points, ruin),
    Criterion("batch of 32", "accuracy lost with the statistics of batches of 32", .points, ruin),
    Criterion(
      "sorted", "accuracy lost with the statistics of batches of 30 images of one digit", .points,
      ruin),
    Criterion(
      "updated by other data",
      "accuracy lost after 20 passes in training mode over images of half the contrast",
      .points, ruin),
    Criterion("never updated", "accuracy lost with mean 0 and variance 1", .points, ruin),
    Criterion(
      "stale", "accuracy lost with running statistics of a tenth of the training", .points, ruin),
    Criterion(
      "keeping 0.999", "accuracy lost with a momentum that keeps 0.999 of the old value", .points,
      ruin),
    Criterion(
      "recalibrated",
      "accuracy that the statistics never updated, taken anew over the training images, have back",
      .points, ruin),
  ]

  private let keepWeights = [0.0, 0.5, 0.9, 0.99, 0.999, 0.9999]
  private let batchSizes = [2, 4, 8, 16, 32, 90, 360]
  private let steps = 800

  func procedure(_ form: ExperimentForm) -> [Setting] {
    [
      form.dataSetting,
      form.networkSetting([.relu]),
      Setting("Normalization", "batch normalization before the activation"),
      Setting("Training", "\(steps) steps of 60 images, learning rate 0.1"),
      Setting("Right", "running mean and variance, keeping 0.9 of the old value"),
      Setting(
        "Wrong mode",
        "the statistics of test batches of \(batchSizes.map(String.init).joined(separator: ", ")), shuffled; of 30 "
          + "images of one digit; training mode over test images of half the contrast, then inference"
      ),
      Setting(
        "Badly kept",
        "never updated; those after a tenth of the steps; keeping "
          + keepWeights.map { "\($0)" }.joined(separator: ", ")
          + " (the weights do not depend on it)"),
      Setting("Recalibrated", "mean and variance of all training images, layer by layer"),
    ]
  }

  func run(seed: UInt64, in context: ExperimentContext) throws -> SeedOutcome {
    let data = try context.data()
    var arm = Arm.network(
      "", .batch, activation: .relu, learningRate: 0.1, form: context.form)
    arm.steps = steps
    arm.evaluationInterval = arm.steps
    var early: [RunningStatistics] = []
    let trainer = try arm.train(on: data, seed: seed, in: context) { trainer, step, _, _ in
      if step == arm.steps / 10 { early = trainer.network.runningStatistics }
    }.trainer
    let right = trainer.network.runningStatistics

    func accuracy(_ statistics: [RunningStatistics]) throws -> Double {
      var changed = trainer
      changed.network.runningStatistics = statistics
      return try changed.evaluate(data.test).accuracy
    }
    var accuracies = ["right": try accuracy(right)]
    let fresh = right.map { RunningStatistics(featureCount: $0.mean.count) }
    accuracies["never updated"] = try accuracy(fresh)
    accuracies["stale"] = try accuracy(early)
    accuracies["sorted"] = try accuracyOfSortedBatches(trainer, data.test)
    accuracies["updated by other data"] = try accuracyAfterOtherData(trainer, data)

    var bySize = SeedOutcome.Curve()
    for size in batchSizes {
      let score = try trainer.evaluateWithBatchStatistics(data.test, batchSize: size, seed: seed)
      accuracies["batch of \(size)"] = score.accuracy
      bySize.append(Double(size), score.accuracy)
    }
    var byMomentum = SeedOutcome.Curve()
    for keep in keepWeights {
      let value = try accuracy(statistics(keeping: keep, arm, data, seed: seed, in: context))
      accuracies["keeping \(keep)"] = value
      byMomentum.append(1 - keep, value)
    }
    var recalibrated = trainer
    recalibrated.network.runningStatistics = fresh
    let batches = try Batches(
      sampleCount: data.training.count, batchSize: 479, remainder: .keep, seed: seed)
    _ = try Recalibration().run(&recalibrated.network, on: data.training, batches: batches)
    accuracies["recalibrated"] = try recalibrated.evaluate(data.test).accuracy

    return outcome(seed, accuracies, bySize, byMomentum)
  }

  private func outcome(
    _ seed: UInt64, _ accuracies: [String: Double], _ bySize: SeedOutcome.Curve,
    _ byMomentum: SeedOutcome.Curve
  ) -> SeedOutcome {
    var outcome = SeedOutcome(seed: seed)
    let right = accuracies["right"] ?? .nan
    for criterion in furtherCriteria {
      outcome.effects[criterion.key] = right - (accuracies[criterion.key] ?? .nan)
    }
    outcome.effects["recalibrated"] =
      (accuracies["recalibrated"] ?? .nan) - (accuracies["never updated"] ?? .nan)
    outcome.effects["both mistakes"] =
      right - max(accuracies["batch of 2"] ?? .nan, accuracies["never updated"] ?? .nan)
    outcome.numbers = accuracies
    outcome.curves = ["batch size": bySize, "momentum": byMomentum]
    return outcome
  }

  /// Running statistics at the end of the same training with another momentum.
  private func statistics(
    keeping keep: Double, _ arm: Arm, _ data: ExperimentData, seed: UInt64,
    in context: ExperimentContext
  ) throws -> [RunningStatistics] {
    var trainer = Trainer(
      network: try arm.network(data, seed: seed, in: context), optimizer: arm.optimizer)
    trainer.network.visitLayers { _, layer in
      guard var norm = layer as? BatchNorm<Float> else { return }
      norm.momentum = .keeping(keep)
      layer = norm
    }
    var batches = try Batches(
      sampleCount: data.training.count, batchSize: arm.batchSize, seed: seed)
    try trainer.run(on: data.training, batches: &batches, steps: arm.steps)
    try context.check()
    return trainer.network.runningStatistics
  }

  /// Each batch of one class, as from a file that is sorted.
  private func accuracyOfSortedBatches(
    _ trainer: Trainer, _ test: ClassificationDataset
  ) throws -> Double {
    var correctCount = 0
    for digit in 0..<test.classCount {
      let indices = test.labels.indices.filter { test.labels[$0] == digit }.prefix(30)
      let set = test.subset(Array(indices))
      let score = try trainer.evaluateWithBatchStatistics(set, batchSize: set.count)
      correctCount += Int((score.accuracy * Double(set.count)).rounded())
    }
    let count = (0..<test.classCount).reduce(0) { $0 + min(30, test.classCounts[$1]) }
    return Double(correctCount) / Double(count)
  }

  /// The network used in training mode by mistake, on images from elsewhere.
  private func accuracyAfterOtherData(_ trainer: Trainer, _ data: ExperimentData) throws -> Double {
    var changed = trainer
    let images = data.test.gather(Array(0..<data.test.count)).features
    let dim = Tensor<Float>(images.elements.map { $0 / 2 }, shape: images.shape)
    for _ in 0..<20 { changed.network.commit(try changed.network.forward(dim)) }
    return try changed.evaluate(data.test).accuracy
  }

  func sections(_ outcomes: [SeedOutcome], _ form: ExperimentForm) -> [ReportPage.Block] {
    let right = outcomes.median("right") ?? .nan
    let guide = LineChart.Guide.horizontal(at: right, label: "right")
    return [
      .figure(
        LineChart(
          title: "Accuracy with batch statistics in inference",
          x: .init("images in a test batch", scale: .log10),
          y: .init("test accuracy", format: .percent),
          series: [.init("batch statistics", curve: "batch size", of: outcomes)], guides: [guide]),
        caption:
          "Medians over the seeds, bands from the worst to the best. The same weights; a training batch had 60."
      ),
      .figure(
        LineChart(
          title: "Accuracy with running statistics of different momentum",
          x: .init("weight of the new batch", scale: .log10),
          y: .init("test accuracy", format: .percent),
          series: [.init("running statistics", curve: "momentum", of: outcomes)], guides: [guide]),
        caption: """
          Left: so slow that the running statistics still remember mean 0 and variance 1 at the end. Right: those of the \
          last batch alone.
          """),
    ]
  }
}
