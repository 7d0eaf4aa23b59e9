import NeuralNetworks
import Normalization

/// What was seen of the inputs of one layer.
struct LayerMeasurement<Scalar: NetworkScalar> {
  private let old: RunningStatistics
  private let epsilon: Double
  /// The least number of batches to say: the schedule of batch renormalization must not begin again.
  private let leastBatchesTracked: Int
  private var inputs: any InputStatistics<Scalar>
  private(set) var batchCount = 0

  init?(_ layer: any NormalizationLayer<Scalar>) {
    guard let running = layer.runningStatistics else { return nil }
    (old, epsilon) = (running, layer.epsilon)
    switch layer.statisticsSet {
    case .batch(let axis):
      inputs = PooledInputs<Scalar>(running, axis: axis, epsilon: epsilon)
    case .instance(let axis):
      inputs = InstanceInputs<Scalar>(running, axis: axis, epsilon: epsilon)
    case .sample: return nil
    }
    leastBatchesTracked = layer is BatchRenorm<Scalar> ? running.batchesTracked : 0
  }

  mutating func absorb(_ input: Tensor<Scalar>) throws(NormalizationError) {
    if try inputs.absorb(input) { batchCount += 1 }
  }

  var interval: RecalibrationInterval? { inputs.interval }

  func result(
    _ name: String
  ) throws(RecalibrationError) -> (
    statistics: RunningStatistics, report: RecalibrationReport.LayerReport
  ) {
    let count = inputs.valueCount
    guard count >= 2 else { throw .tooFewValues(layer: name, found: count) }
    let new = inputs.running(batchesTracked: max(leastBatchesTracked, batchCount))
    if let problem = problem(new) { throw .refused(layer: name, batch: batchCount, problem) }
    let report = RecalibrationReport.LayerReport(
      name: name, batchCount: batchCount, valueCount: count, interval: interval,
      meanChange: change(new, new.mean, old.mean),
      deviationChange: change(new, divisors(new), divisors(old)))
    return (new, report)
  }

  /// Why inference could not use the variances.
  private func problem(_ new: RunningStatistics) -> NormalizationError? {
    for (channel, variance) in new.variance.enumerated() {
      if !variance.isFinite { return .varianceOverflow(channel: channel) }
      guard epsilon < ChannelStatistics.smallEpsilon else { continue }
      if variance + epsilon == 0 { return .zeroRunningVariance(channel: channel) }
      // Squares below lose digits.
      if variance > 0, variance < ChannelStatistics.smallestVariance {
        return .varianceUnderflow(channel: channel)
      }
    }
    return nil
  }

  /// What inference divides by.
  private func divisors(_ running: RunningStatistics) -> [Double] {
    running.variance.map { ($0 + epsilon).squareRoot() }
  }

  /// The largest difference of two rows, in units of the new divisors.
  private func change(_ new: RunningStatistics, _ a: [Double], _ b: [Double]) -> Double {
    var largest = 0.0
    for (channel, unit) in divisors(new).enumerated() where a[channel] != b[channel] {
      largest = max(largest, abs(a[channel] - b[channel]) / unit)
    }
    return largest
  }
}
