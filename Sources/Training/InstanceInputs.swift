import NeuralNetworks
import Normalization

/// The average over all samples of the samples' own statistics: instance normalization.
///
/// Every sample counts the same, also where images have different sizes. What is averaged beside the mean is what the
/// layer averages: the unbiased or the biased variance, or the deviation.
struct InstanceInputs<Scalar: NetworkScalar>: InputStatistics {
  private let tracking: RunningStatistics.Tracking
  private let epsilon: Double
  /// Takes the statistics of samples, for the layer.
  private let meter: InstanceNorm<Scalar>
  private(set) var valueCount = 0
  private var means: SampleAverage
  private var spreads: SampleAverage

  init(_ running: RunningStatistics, axis: Int, epsilon: Double) {
    (tracking, self.epsilon) = (running.tracking, epsilon)
    meter = InstanceNorm(
      featureCount: running.mean.count, axis: axis, epsilon: epsilon, hasScale: false,
      hasShift: false)
    means = SampleAverage(channels: running.mean.count)
    spreads = means
  }

  mutating func absorb(_ input: Tensor<Scalar>) throws(NormalizationError) -> Bool {
    guard input.count > 0 else { return false }
    let statistics = try meter.trainingPass(input).record.statistics
    let factor = tracking == .unbiasedVariance ? statistics.unbiasedFactor : 1
    means.absorb(statistics.mean)
    spreads.absorb(
      statistics.variance.map {
        tracking == .standardDeviation ? $0.squareRoot() : $0 * factor
      })
    valueCount += input.shape[0] * statistics.count
    return true
  }

  func running(batchesTracked: Int) -> RunningStatistics {
    tracking == .standardDeviation
      ? RunningStatistics(
        mean: means.average, standardDeviation: spreads.average, batchesTracked: batchesTracked)
      : RunningStatistics(
        mean: means.average, variance: spreads.average, batchesTracked: batchesTracked,
        tracking: tracking)
  }

  /// The deviation D = sqrt(V + epsilon) has to first order the standard error of V over 2 D, or that of the averaged
  /// deviation s times s/D.
  var interval: RecalibrationInterval? {
    guard let mean = means.halfWidths, let spread = spreads.halfWidths else { return nil }
    var result = RecalibrationInterval(mean: 0, deviation: 0)
    let isDeviation = tracking == .standardDeviation
    for (channel, value) in spreads.average.enumerated() {
      let square = (isDeviation ? value * value : value) + epsilon
      guard square > 0 else { continue }  // a constant channel without epsilon
      let slope = isDeviation ? value : 0.5
      result = RecalibrationInterval(
        mean: max(result.mean, mean[channel] / square.squareRoot()),
        deviation: max(result.deviation, spread[channel] * slope / square))
    }
    return result
  }
}

/// The average over samples of a number for each channel, and how well the batches determine it.
///
/// For batches of n_b samples with averages a_b, and the average A of all N samples, the variance of A is
///
///     f * sum(n_b^2 (a_b - A)^2)/N^2        f = 1/(1 - sum(n_b^2)/N^2)
///
/// as for the mean in ``BatchVariation``. The sums for it are kept around the first batch's average.
struct SampleAverage {
  private var sums: [Double]
  private var samples = 0.0
  private var squares = 0.0
  private var center: [Double] = []
  private var first: [Double]
  private var second: [Double]

  init(channels: Int) {
    sums = Array(repeating: 0, count: channels)
    (first, second) = (sums, sums)
  }

  /// Takes the numbers of a batch's samples, one sample's after the other's.
  mutating func absorb(_ numbers: [Double]) {
    let channels = sums.count
    let count = Double(numbers.count / channels)
    var batch = Array(repeating: 0.0, count: channels)
    for (index, number) in numbers.enumerated() {
      batch[index % channels] += number
      sums[index % channels] += number
    }
    if center.isEmpty { center = batch.map { $0 / count } }
    for channel in 0..<channels {
      let distance = batch[channel] - count * center[channel]  // n (a - center)
      first[channel] += count * distance
      second[channel] += distance * distance
    }
    samples += count
    squares += count * count
  }

  var average: [Double] { sums.map { $0 / samples } }

  /// Half the width of the 95 % confidence interval of each channel; nil where too few batches tell nothing.
  var halfWidths: [Double]? {
    let share = squares / (samples * samples)
    guard 1 / share > 2 - 1e-9 else { return nil }
    let quantile = studentQuantile(degreesOfFreedom: Int(1 / share - 1 + 1e-9))
    let factor = 1 / ((1 - share) * samples * samples)
    return average.enumerated().map { channel, average in
      let d = average - center[channel]
      let sum = second[channel] - 2 * d * first[channel] + d * d * squares
      return quantile * (max(0, sum) * factor).squareRoot()
    }
  }
}
