import Datasets
import Foundation
import NeuralNetworks
import Normalization
import Plots
import Training

/// A8: the transform can represent the identity.
struct IdentityTransform: Experiment {
  let name = "identity"
  let claimNumbers = ["A8"]
  let claim = """
    Batch normalization can represent the identity: with the deviation for scale and the mean for shift, a normalised \
    network computes what the network without it computes.
    """
  let sources = ["Ioffe and Szegedy 2015, section 3", "S1", "S2", "S3"]

  // Float32 has 7.2 digits. Three layers, each a sum of up to 100 products, carry roundings on and add up theirs: five
  // digits are what the arithmetic leaves for sure, and less would be a difference that roundings do not explain.
  private static let digits = Criterion.Scale.number(unit: "digits")
  private static let rule = DecisionRule(confirmedAbove: 5, refutedBelow: 5)

  let criterion = Criterion(
    "inference",
    "digits in which the outputs for the test images agree: -log10 of the largest difference over the largest output, "
      + "running statistics", digits, rule)

  let furtherCriteria = [
    Criterion(
      "training", "the same for a training pass over training images, batch statistics", digits,
      rule),
    // The layer's bound is 4 units of 2^-23 max(1, |scale n| + |shift|); scale and shift are rounded to Float32, which
    // adds half a unit.
    Criterion(
      "layer",
      "a single layer: what roundings may add up to (4.5 units of 2^-23) over the largest error, at the worst "
        + "ratio of mean to deviation", .factor),
  ]

  private let ratios = [0, 1, 10, 100, 1000, 10_000, 100_000, 1_000_000].map(Double.init)
  private let bound = 4.5
  /// As many as the digits have to train on.
  private let imageCount = 1437

  func procedure(_ form: ExperimentForm) -> [Setting] {
    [
      form.dataSetting,
      Setting(
        "Network",
        "three hidden layers of 100 units, ReLU, trained without normalization for 300 steps of 60 images at rate 0.1"
      ),
      Setting(
        "Normalised network",
        "the same weights and biases; behind each linear layer batch normalization with the statistics of the first "
          + "\(imageCount) training images there, scale sqrt(variance + epsilon), shift the mean; epsilon 1e-5"
      ),
      Setting("Compared", "the ten outputs of each image, before the softmax, in Float32"),
      Setting(
        "Single layer",
        "60 samples of 100 channels, normal with deviation 1 and mean "
          + ratios.map { "\(Int($0))" }.joined(separator: ", ")),
    ]
  }

  func run(seed: UInt64, in context: ExperimentContext) throws -> SeedOutcome {
    var outcome = SeedOutcome(seed: seed)
    let data = try context.data()
    var arm = Arm.mlp("plain", .none, activation: .relu, learningRate: 0.1)
    (arm.steps, arm.evaluationInterval) = (300, 300)
    let plain = try arm.train(on: data, seed: seed, in: context).trainer.network
    let images = data.training.gather(Array(0..<imageCount)).features
    let normalized = try undone(plain, images, in: context)
    let tests = data.test.gather(Array(0..<data.test.count)).features
    let (expected, found) = (try plain.inference(tests), try normalized.inference(tests))
    outcome.effects["inference"] = agreement(expected, found)
    outcome.effects["training"] = agreement(
      try plain.forward(images).output, try normalized.forward(images).output)
    let same = zip(expected.recognizedClasses, found.recognizedClasses).count { $0 == $1 }
    outcome.numbers["same class"] = Double(same)
    outcome.numbers["test images"] = Double(data.test.count)
    let errors = try ratios.map { try layerError(mean: $0, seed: seed, in: context) }
    outcome.curves["layer"] = .init(x: ratios, y: errors)
    outcome.effects["layer"] = log2(bound / max(errors.max() ?? 0, 1e-3))
    return outcome
  }

  /// The network with normalization behind each linear layer but the last, and undone by scale and shift.
  private func undone(
    _ plain: Sequential<Float>, _ images: Tensor<Float>, in context: ExperimentContext
  ) throws -> Sequential<Float> {
    let inputs = try plain.activations(images)
    var stages: [Sequential<Float>.Stage] = []
    for (index, stage) in plain.stages.enumerated() {
      stages.append(stage)
      guard stage.layer is Dense<Float>, index < plain.stages.count - 1 else { continue }
      stages.append(.init("\(stage.name).norm", try undoing(inputs[index + 1], in: context)))
    }
    return Sequential(stages)
  }

  /// Batch normalization whose scale and shift undo it for a batch.
  private func undoing(_ batch: Tensor<Float>, in context: ExperimentContext) throws -> BatchNorm<
    Float
  > {
    var layer = BatchNorm<Float>(featureCount: batch.shape[1], execution: context.execution)
    let statistics = try layer.trainingPass(batch).record.statistics
    layer.scale = Tensor(
      statistics.variance.map { Float(($0 + layer.epsilon).squareRoot()) }, shape: [batch.shape[1]])
    layer.shift = Tensor(statistics.mean.map { Float($0) }, shape: [batch.shape[1]])
    layer.runningStatistics = RunningStatistics(
      mean: statistics.mean, variance: statistics.variance, batchesTracked: 1,
      tracking: .biasedVariance)
    return layer
  }

  /// The digits in which two outputs agree; 17 where they are equal.
  private func agreement(_ expected: Tensor<Float>, _ found: Tensor<Float>) -> Double {
    let (x, y) = (expected.span, found.span)
    var (largest, difference) = (0.0, 0.0)
    for i in x.indices {
      largest = max(largest, Double(x[i]).magnitude)
      difference = max(difference, (Double(x[i]) - Double(y[i])).magnitude)
    }
    return -log10(max(difference / largest, 1e-17))
  }

  /// The largest error of a layer that is undone, in units of 2^-23 max(1, |x - mean| + |mean|).
  private func layerError(mean: Double, seed: UInt64, in context: ExperimentContext) throws
    -> Double
  {
    var generator = SeededGenerator(seed: seed, stream: UInt64(mean))
    let batch = Tensor<Float>(normal: [60, 100], mean: mean, deviation: 1, using: &generator)
    let layer = try undoing(batch, in: context)
    let pass = try layer.trainingPass(batch)
    let means = pass.record.statistics.mean
    let (x, y) = (batch.span, pass.output.span)
    var worst = 0.0
    for i in x.indices {
      let center = means[i % means.count]
      let size = max(1, (Double(x[i]) - center).magnitude + center.magnitude)
      worst = max(worst, (Double(y[i]) - Double(x[i])).magnitude / (size * 0x1p-23))
    }
    return worst
  }

  func sections(_ outcomes: [SeedOutcome], _ form: ExperimentForm) -> [ReportPage.Block] {
    let shifted = outcomes.map { outcome in
      var outcome = outcome
      outcome.curves["layer"]?.x = ratios.map { max($0, 0.1) }
      return outcome
    }
    let same = outcomes.compactMap { $0.numbers["same class"] }.min() ?? 0
    let tests = outcomes.first?.numbers["test images"] ?? 0
    return [
      .paragraph(
        "Of \(Int(tests)) test images, the two networks give the same class to \(Int(same)) with the seed where they differ most."
      ),
      .figure(
        LineChart(
          title: "Error of a layer that is undone",
          x: .init("mean over deviation of the input (0 is drawn at 0.1)", scale: .log10),
          y: .init("largest error", unit: "units of rounding", range: 0...5),
          series: [.init("batch normalization", curve: "layer", of: shifted)],
          guides: [.horizontal(at: bound, label: "bound")]),
        caption: """
          The largest difference between input and output, in units of 2^-23 times the size of what is added up: \
          medians of \(outcomes.count) seeds, bands from the least to the greatest. The identity is represented where \
          nothing but roundings is left, below the bound.
          """),
    ]
  }
}
