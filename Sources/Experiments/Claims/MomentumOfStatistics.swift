import Datasets
import Foundation
import NeuralNetworks
import Normalization
import Plots

/// C10: momentum of the running statistics.
struct MomentumOfStatistics: Experiment {
  let name = "momentum"
  let claimNumbers = ["C10"]
  let claim = """
    The more of the old value the running statistics keep, the steadier they are, and the slower they follow a change.
    """
  let sources = ["S3", "S0"]

  // Theory gives factors between neighbours of 3.0, 6.3, 10.5 and 10.05 for the variance and 4, 5.5, 10.5 and 10.0 for
  // the steps; half of the least of them is the bar.
  private static let rule = DecisionRule(confirmedAbove: log2(1.5), refutedBelow: 0)

  // The claim has two halves, and is about every pair of settings: the least factor of all decides.
  let criterion = Criterion(
    "steadier and slower",
    "the least factor, between neighbouring settings, by which the variance of the running mean falls or the steps to 90 "
      + "% of a change grow",
    .factor, rule)

  let furtherCriteria = [
    Criterion(
      "variance as in theory",
      "0.5 less the largest logarithm (base 2) of the variance over that of theory, (1 - k) / (1 + k) of a batch mean's",
      .number(unit: "")),
    Criterion(
      "lag as in theory",
      "0.5 less the largest logarithm (base 2) of the steps over those of theory, log 0.1 / log k rounded up",
      .number(unit: "")),
    Criterion(
      "steadier in epochs",
      "with batches drawn without replacement, as training does: by what factor the variance is below that of independent "
        + "draws, for 0.99",
      .factor),
  ]

  private let keepWeights = [0.0, 0.5, 0.9, 0.99, 0.999]
  private let batchSize = 60
  private let unitCount = 16

  func procedure(_ form: ExperimentForm) -> [Setting] {
    [
      form.dataSetting,
      Setting(
        "Layer",
        "batch normalization of the \(unitCount) sums of a first layer with initial weights, which stay"
      ),
      Setting(
        "Batches", "\(batchSize) images to train on, drawn independently with replacement"),
      Setting("Kept of the old value", keepWeights.map { "\($0)" }.joined(separator: ", ")),
      Setting(
        "Steadiness",
        "variance of the running mean over \(count(form)) steps, after as many to settle; average of the units"
      ),
      Setting(
        "Change",
        "the images' contrast doubles; steps until the running mean has gone 90 % of the way, over all units"
      ),
      Setting("Without replacement", "the same steadiness with batches that part each epoch"),
    ]
  }

  private func count(_ form: ExperimentForm) -> Int { form == .quick ? 10_000 : 40_000 }

  func run(seed: UInt64, in context: ExperimentContext) throws -> SeedOutcome {
    let steps = count(context.form)
    let sums = try inputs(seed: seed, in: context)
    let means = columnMeans(sums)
    let measured = try statistics(of: sums, 2 * steps, seed: seed, in: context)
    let inEpochs = try statistics(
      of: sums, 2 * steps, seed: seed, isIndependent: false, in: context)
    let changed = try statistics(of: doubled(sums), steps, seed: seed, in: context)
    let batchVariance = variance(of: measured.map(\.mean), about: means)

    var outcome = SeedOutcome(seed: seed)
    var curves: [String: SeedOutcome.Curve] = [:]
    var (worstVariance, worstLag) = (0.0, 0.0)
    for keep in keepWeights {
      let spread = variance(of: running(measured, keep, from: means).dropFirst(steps), about: means)
      let spreadInEpochs = variance(
        of: running(inEpochs, keep, from: means).dropFirst(steps), about: means)
      let course = running(changed, keep, from: means).map { progress($0, means) }
      let lag = Double((course.firstIndex { $0 >= 0.9 } ?? steps) + 1)
      let theory = keep == 0 ? 1 : (log(0.1) / log(keep)).rounded(.up)
      worstVariance = max(
        worstVariance, abs(log2(spread / batchVariance * (1 + keep) / (1 - keep))))
      worstLag = max(worstLag, abs(log2(lag / theory)))
      curves["variance", default: .init()].append(1 - keep, spread / batchVariance)
      curves["variance in epochs", default: .init()].append(
        1 - keep, spreadInEpochs / batchVariance)
      curves["lag", default: .init()].append(1 - keep, lag)
      if keep > 0 { curves["course \(keep)"] = thinned(course) }
      if keep == 0.99 { outcome.effects["steadier in epochs"] = log2(spread / spreadInEpochs) }
    }
    outcome.curves = curves
    outcome.effects["variance as in theory"] = 0.5 - worstVariance
    outcome.effects["lag as in theory"] = 0.5 - worstLag
    let (spreads, lags) = (curves["variance"]?.y ?? [], curves["lag"]?.y ?? [])
    let factors = (1..<keepWeights.count).map { index in
      let steadier: Double = spreads[index - 1] / spreads[index]
      let slower: Double = lags[index] / lags[index - 1]
      return min(steadier, slower)
    }
    outcome.effects["steadier and slower"] = log2(factors.min() ?? .nan)
    return outcome
  }

  /// The sums of the units, [images, units].
  private func inputs(seed: UInt64, in context: ExperimentContext) throws -> Tensor<Float> {
    let data = try context.data()
    var generator = SeededGenerator(seed: seed)
    let layer = Dense<Float>(
      inputCount: data.training.featureCount, outputCount: unitCount,
      deviation: (2 / Double(data.training.featureCount)).squareRoot(), using: &generator,
      execution: context.execution)
    return try layer.inference(data.training.features)
  }

  /// The statistics of batches, as the layer measures them.
  private func statistics(
    of sums: Tensor<Float>, _ count: Int, seed: UInt64, isIndependent: Bool = true,
    in context: ExperimentContext
  ) throws -> [ChannelStatistics] {
    let sampleCount = sums.shape[0]
    let layer = BatchNorm<Float>(featureCount: unitCount, execution: context.execution)
    let training = try context.data().training
    let samples = try ClassificationDataset(
      name: "sums", features: sums, labels: training.labels, classNames: training.classNames)
    var generator = SeededGenerator(seed: seed, stream: 1000)
    var batches = try Batches(sampleCount: sampleCount, batchSize: batchSize, seed: seed)
    return try (0..<count).map { step in
      if step % 1000 == 0 { try context.check() }
      let indices =
        isIndependent
        ? (0..<batchSize).map { _ in Int(generator.uniform() * Double(sampleCount)) }
        : batches.next()
      return try layer.trainingPass(samples.gather(indices).features).record.statistics
    }
  }

  /// The running means after each batch, as the library keeps them.
  private func running(
    _ batches: [ChannelStatistics], _ keep: Double, from start: [Double]
  ) -> [[Double]] {
    var statistics = RunningStatistics(
      mean: start, variance: [Double](repeating: 1, count: start.count))
    return batches.map {
      statistics.absorb($0, momentum: .keeping(keep))
      return statistics.mean
    }
  }

  /// The mean square distance from the means of all images, averaged over units.
  private func variance(of values: some Sequence<[Double]>, about means: [Double]) -> Double {
    var (sum, count) = (0.0, 0)
    for value in values {
      for (one, mean) in zip(value, means) { sum += (one - mean) * (one - mean) }
      count += value.count
    }
    return sum / Double(count)
  }

  /// How far the running means have gone from the means to twice the means.
  private func progress(_ value: [Double], _ means: [Double]) -> Double {
    let way = zip(value, means).reduce(0) { $0 + ($1.0 - $1.1) * $1.1 }
    return way / means.reduce(0) { $0 + $1 * $1 }
  }

  private func doubled(_ tensor: Tensor<Float>) -> Tensor<Float> {
    Tensor(tensor.elements.map { 2 * $0 }, shape: tensor.shape)
  }

  private func columnMeans(_ tensor: Tensor<Float>) -> [Double] {
    let elements = tensor.elements
    return (0..<unitCount).map { unit in
      stride(from: unit, to: elements.count, by: unitCount)
        .reduce(0) { $0 + Double(elements[$1]) } / Double(tensor.shape[0])
    }
  }

  /// About evenly spread in the logarithm of the step.
  private func thinned(_ course: [Double]) -> SeedOutcome.Curve {
    var curve = SeedOutcome.Curve()
    var step = 1
    while step <= course.count {
      curve.append(Double(step), course[step - 1])
      step = max(step + 1, step * 6 / 5)
    }
    return curve
  }

  func sections(_ outcomes: [SeedOutcome], _ form: ExperimentForm) -> [ReportPage.Block] {
    let places = (0...60).map { pow(10, -3 + Double($0) / 20) }
    return [
      .figure(
        LineChart(
          title: "Variance of the running mean", x: .init("weight of the new batch", scale: .log10),
          y: .init("variance over that of a batch's mean", scale: .log10),
          series: [
            .init("independent batches", curve: "variance", of: outcomes),
            .init("batches without replacement", curve: "variance in epochs", of: outcomes),
            .init("theory, independent", x: places, y: places.map { $0 / (2 - $0) }),
          ]),
        caption: """
          Less of the new batch: steadier. Batches that part an epoch are steadier still, since their means make up for \
          each other.
          """),
      .figure(
        LineChart(
          title: "Running mean after a change", x: .init("step after the change", scale: .log10),
          y: .init("way gone", format: .percent),
          series: keepWeights.filter { $0 > 0 }.map {
            .init("keeping \($0)", curve: "course \($0)", of: outcomes)
          }, guides: [.horizontal(at: 0.9, label: "90 %")]),
        caption:
          "More kept of the old value: slower. The contrast of the images doubles before step 1."),
    ]
  }
}
