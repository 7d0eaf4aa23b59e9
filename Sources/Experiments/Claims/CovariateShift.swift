import Datasets
import Foundation
import NeuralNetworks
import Normalization
import Plots
import Training

/// C5: internal covariate shift.
struct CovariateShift: Experiment {
  let name = "covariate-shift"
  let claimNumbers = ["C5"]
  let claim = """
    Batch normalization reduces internal covariate shift: the distributions of what the layers get move less during training.
    """
  let sources = [
    "Ioffe and Szegedy 2015, section 2", "S0", "S2", "S3", "S4",
    "Santurkar et al. 2018, section 2.2",
  ]

  private static let rule = DecisionRule(confirmedAbove: log2(1.5), refutedBelow: 0)
  // 1 point is 4 of the 360 test images.
  private static let points = DecisionRule(confirmedAbove: 0.01, refutedBelow: 0.01)

  // What moves is measured in what an activation gets, in deviations of the unit, since a scale is not a shift.
  let criterion = Criterion(
    "shift",
    "sigmoid units, each network at its own best rate: distance (Wasserstein) between what the last hidden layer's "
      + "activations get at consecutive evaluations, in deviations of the unit; plain over normalised",
    .factor, rule)

  let furtherCriteria = [
    Criterion("shift, relu", "the same with ReLU", .factor, rule),
    Criterion(
      "shift, second half", "sigmoid: the same over the second half of the training", .factor, rule),
    Criterion(
      "shift, relu, second half", "ReLU: the same over the second half of the training", .factor,
      rule),
    Criterion(
      "shift of the control", "sigmoid: that of the noisy network over that of the normalised one",
      .factor, rule),
    Criterion("shift, same rate", "sigmoid, both at a rate of 0.1", .factor, rule),
    Criterion("shift, relu, same rate", "ReLU, both at a rate of 0.1", .factor, rule),
    Criterion(
      "less shift is why",
      "sigmoid: test accuracy of the normalised network less that of the same with noise that shifts each unit anew at every "
        + "step, each at its own best rate",
      .points, points),
    Criterion("less shift is why, relu", "the same with ReLU", .points, points),
    Criterion(
      "noisy against plain",
      "sigmoid: test accuracy of the plain network less that of the noisy normalised one, after a tenth of the steps",
      .points, points),
    Criterion(
      "other data, brighter",
      "ReLU: accuracy on test images with a quarter of the range added to each pixel: normalised less plain",
      .points, points),
    Criterion(
      "other data, dimmer", "ReLU: the same on test images of half the contrast", .points, points),
  ]

  enum Kind: String, CaseIterable {
    case plain
    case batch = "batch norm"
    case noisy = "noisy batch norm"
  }

  private let rates = [0.1, 0.3, 1]
  private let sharedRate = 0.1
  let activations: [ActivationKind] = [.sigmoid, .relu]
  let interval = 20
  private let steps = 1000

  func procedure(_ form: ExperimentForm) -> [Setting] {
    [
      form.dataSetting,
      form.networkSetting(activations),
      Setting(
        "Arms", "plain; batch normalization before the activation; the same with noise behind it"),
      Setting(
        "Noise",
        "s x + m for each element, m within 0.1 of M, s within 0.1 of S; M from -0.5 to 0.5 and S from 1 to 1.25 for each "
          + "unit, anew at every step (Santurkar et al., appendix A.1); none in inference"),
      Setting("Training", "\(steps) steps of 60 images"),
      Setting(
        "Learning rates",
        rates.map { "\($0)" }.joined(separator: ", ")
          + "; the best by final test accuracy, and \(sharedRate)"),
      Setting(
        "Shift",
        "in training mode, every \(interval) steps, over the first 200 training images: the inputs of the last hidden "
          + "activation, 20 units; Wasserstein-1 distance to the evaluation before, over the unit's deviation then"
      ),
      Setting("Other data", "test images with 0.25 added to each pixel; of half the contrast"),
    ]
  }

  /// What a training leaves.
  private struct Run {
    var accuracy: Double
    var earlyAccuracy: Double
    var shift: Double
    var lateShift: Double
    var shifts: SeedOutcome.Curve
    var percentiles: [SeedOutcome.Curve]
    var histograms: SeedOutcome.Curve
    var brighter: Double
    var dimmer: Double
  }

  func run(seed: UInt64, in context: ExperimentContext) throws -> SeedOutcome {
    var outcome = SeedOutcome(seed: seed)
    for activation in activations {
      let suffix = activation == .relu ? ", relu" : ""
      var best: [Kind: Run] = [:]
      var shared: [Kind: Run] = [:]
      for kind in Kind.allCases {
        for rate in rates {
          let run = try train(kind, activation, rate, seed: seed, in: context)
          if rate == sharedRate { shared[kind] = run }
          if run.accuracy > best[kind]?.accuracy ?? -1 { best[kind] = run }
        }
        outcome.curves["\(kind.rawValue)\(suffix), shift"] = best[kind]?.shifts
        for (index, curve) in (best[kind]?.percentiles ?? []).enumerated() {
          outcome.curves["\(kind.rawValue)\(suffix), percentile \(index)"] = curve
        }
        // For a picture; one seed is enough.
        if seed == 1 {
          outcome.curves["\(kind.rawValue)\(suffix), histograms"] = best[kind]?.histograms
        }
        outcome.numbers["\(kind.rawValue)\(suffix), accuracy"] = best[kind]?.accuracy
      }
      func gain(_ runs: [Kind: Run]) -> Double {
        log2((runs[.plain]?.shift ?? .nan) / (runs[.batch]?.shift ?? .nan))
      }
      func less(_ left: Kind, _ right: Kind, _ value: (Run) -> Double) -> Double {
        (best[left].map(value) ?? .nan) - (best[right].map(value) ?? .nan)
      }
      outcome.effects["shift\(suffix)"] = gain(best)
      outcome.effects["shift\(suffix), same rate"] = gain(shared)
      outcome.effects["shift\(suffix), second half"] = log2(
        (best[.plain]?.lateShift ?? .nan) / (best[.batch]?.lateShift ?? .nan))
      outcome.effects["less shift is why\(suffix)"] = less(.batch, .noisy) { $0.accuracy }
      if activation == .sigmoid {
        outcome.effects["shift of the control"] = log2(
          (best[.noisy]?.shift ?? .nan) / (best[.batch]?.shift ?? .nan))
        outcome.effects["noisy against plain"] = less(.plain, .noisy) { $0.earlyAccuracy }
      } else {
        outcome.effects["other data, brighter"] = less(.batch, .plain) { $0.brighter }
        outcome.effects["other data, dimmer"] = less(.batch, .plain) { $0.dimmer }
      }
    }
    return outcome
  }

  private func train(
    _ kind: Kind, _ activation: ActivationKind, _ rate: Double, seed: UInt64,
    in context: ExperimentContext
  ) throws -> Run {
    let data = try context.data()
    let arm = Arm.network(
      "", kind == .plain ? .none : .batch, activation: activation, learningRate: rate,
      form: context.form)
    var network = try arm.network(data, seed: seed, in: context)
    if kind == .noisy { network = noisy(network, seed: seed) }
    var trainer = Trainer(network: network, optimizer: arm.optimizer)
    var batches = try Batches(
      sampleCount: data.training.count, batchSize: arm.batchSize, seed: seed)
    let probe = data.training.gather(Array(0..<200)).features
    var tracker = ShiftTracker(unitCount: 20)
    var earlyAccuracy = 0.0
    for step in 1...steps {
      if step % 50 == 1 { try context.check() }
      let batch = data.training.gather(batches.next())
      let score = try trainer.train(batch.features, labels: batch.labels)
      guard score.loss.isFinite else { break }
      if step % interval == 0 {
        tracker.absorb(try activationInputs(trainer.network, probe), step: step)
      }
      if step == steps / 10 {
        earlyAccuracy = try trainer.evaluate(data.test).accuracy
      }
    }
    return Run(
      accuracy: try trainer.evaluate(data.test).accuracy, earlyAccuracy: earlyAccuracy,
      shift: tracker.average(), lateShift: tracker.average(from: 0.5), shifts: tracker.shifts,
      percentiles: tracker.percentiles, histograms: tracker.histograms,
      brighter: try trainer.evaluate(changed(data.test) { $0 + 0.25 }).accuracy,
      dimmer: try trainer.evaluate(changed(data.test) { $0 / 2 }).accuracy)
  }

  /// What the last hidden activation gets in training mode, noise included: [images, units].
  private func activationInputs(
    _ network: Sequential<Float>, _ features: Tensor<Float>
  ) throws -> Tensor<Float> {
    guard let end = network.stages.lastIndex(where: { $0.layer is Activation<Float> }) else {
      return features
    }
    return try Sequential(Array(network.stages[..<end])).forward(features).output
  }

  /// The network with noise behind each batch normalization.
  func noisy(_ network: Sequential<Float>, seed: UInt64) -> Sequential<Float> {
    Sequential(
      network.stages.flatMap { stage -> [Sequential<Float>.Stage] in
        guard stage.layer is BatchNorm<Float> else { return [stage] }
        let noise = ShiftingNoise(
          seed: seed &* 1000 &+ UInt64(stage.name.utf8.reduce(0) { $0 + Int($1) }))
        return [stage, .init("\(stage.name).noise", noise)]
      })
  }

  private func changed(
    _ dataset: ClassificationDataset, _ change: (Float) -> Float
  ) throws -> ClassificationDataset {
    try ClassificationDataset(
      name: dataset.name,
      features: Tensor(dataset.features.elements.map(change), shape: dataset.features.shape),
      labels: dataset.labels, classNames: dataset.classNames
    ).shaped(dataset.sampleShape)
  }
}
