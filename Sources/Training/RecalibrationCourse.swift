import NeuralNetworks
import Normalization

/// A recalibration under way: a network with the new statistics found so far.
struct RecalibrationCourse<Network: Layer> {
  private(set) var network: Network
  private let plan: Recalibration

  init(_ network: Network, _ plan: Recalibration) {
    (self.network, self.plan) = (network, plan)
  }

  /// Measures some layers in one sweep and gives them the result.
  mutating func sweep(
    _ batches: some Sequence<Tensor<Network.Scalar>>, measuring targets: [String]
  ) throws(RecalibrationError) -> [RecalibrationReport.LayerReport] {
    var measurements: [String: LayerMeasurement<Network.Scalar>] = [:]
    for (name, layer) in network.normalizations where targets.contains(name) {
      measurements[name] = LayerMeasurement(layer)
    }
    var batchCount = 0
    for batch in batches {
      batchCount += 1
      try measure(batch, number: batchCount, &measurements)
      if isEnough(measurements, batchCount) { break }
    }
    guard batchCount > 0 else { throw .noBatches(layer: targets[0]) }
    let hidden = targets.filter { measurements[$0]?.batchCount == 0 }
    guard hidden.isEmpty else { throw .notReached(layers: hidden) }
    var statistics: [String: RunningStatistics] = [:]
    var reports: [RecalibrationReport.LayerReport] = []
    for name in targets {
      guard let measurement = measurements[name] else { continue }
      let result = try measurement.result(name)
      statistics[name] = result.statistics
      reports.append(result.report)
    }
    network.visitNormalizations { name, layer in
      if let new = statistics[name] { layer.runningStatistics = new }
    }
    return reports
  }

  /// Sends a batch through the network, as far as something is measured.
  private func measure(
    _ batch: Tensor<Network.Scalar>, number: Int,
    _ measurements: inout [String: LayerMeasurement<Network.Scalar>]
  ) throws(RecalibrationError) {
    var place: String?
    let goesOn = plan.method == .allAtOnce
    do throws(NormalizationError) {
      _ = try network.inference(batch, named: "") {
        name, layer, input throws(NormalizationError) in
        place = name
        guard measurements[name] != nil else { return try layer.inference(input) }
        try measurements[name]?.absorb(input)
        return goesOn ? try normalized(input, by: layer) : nil
      }
    } catch {
      throw .refused(layer: place, batch: number, error)
    }
  }

  /// The batch, normalised with its own statistics.
  ///
  /// Batch renormalization would correct it toward the statistics that are being replaced, which may be the reason for
  /// replacing them; the batch normalization in it does not.
  private func normalized(
    _ input: Tensor<Network.Scalar>, by layer: any NormalizationLayer<Network.Scalar>
  ) throws(NormalizationError) -> Tensor<Network.Scalar> {
    if let renorm = layer as? BatchRenorm<Network.Scalar> {
      return try renorm.batchNorm.trainingPass(input).output
    }
    return try layer.forward(input).output
  }

  private func isEnough(
    _ measurements: [String: LayerMeasurement<Network.Scalar>], _ batchCount: Int
  ) -> Bool {
    guard let tolerance = plan.tolerance, batchCount >= plan.minimumBatchCount else { return false }
    return measurements.values.allSatisfy {
      $0.interval.map { $0.mean <= tolerance && $0.deviation <= tolerance } ?? false
    }
  }
}

/// What was seen of the inputs of one layer.
private struct LayerMeasurement<Scalar: NetworkScalar> {
  private let old: RunningStatistics
  private let epsilon: Double
  /// Takes the moments of inputs, for the layer.
  private let meter: BatchNorm<Scalar>
  private let axis: Int
  /// The least number of batches to say: the schedule of batch renormalization must not begin again.
  private let leastBatchesTracked: Int
  private var pooled = PooledMoments()
  private var variation = BatchVariation()
  private(set) var batchCount = 0

  init?(_ layer: any NormalizationLayer<Scalar>) {
    guard case .batch(let axis) = layer.statisticsSet, let running = layer.runningStatistics else {
      return nil
    }
    (old, epsilon, self.axis) = (running, layer.epsilon, axis)
    leastBatchesTracked = layer is BatchRenorm<Scalar> ? running.batchesTracked : 0
    meter = BatchNorm(
      featureCount: running.mean.count, axis: axis, epsilon: layer.epsilon, tracking: nil,
      hasScale: false, hasShift: false)
  }

  mutating func absorb(_ input: Tensor<Scalar>) throws(NormalizationError) {
    let axis = resolvedAxis(axis, rank: input.rank) ?? 0
    let inner = input.shape.dropFirst(axis + 1).reduce(1, *)
    let moments = meter.moments(of: input, firstBlock: pooled.nextBlock(inner: inner))
    if let channel = moments.firstNonFiniteChannel { throw .nonFiniteInput(channel: channel) }
    guard moments.count > 0 else { return }
    pooled.append(moments, inner: inner)
    variation.absorb(moments.statistics(epsilon: epsilon))
    batchCount += 1
  }

  var interval: RecalibrationInterval? {
    variation.interval(around: pooled.statistics, epsilon: epsilon)
  }

  func result(
    _ name: String
  ) throws(RecalibrationError) -> (
    statistics: RunningStatistics, report: RecalibrationReport.LayerReport
  ) {
    let all = pooled.statistics
    guard all.count >= 2 else { throw .tooFewValues(layer: name, found: all.count) }
    if let problem = problem(all) { throw .refused(layer: name, batch: batchCount, problem) }
    let new = all.running(
      tracking: old.tracking, batchesTracked: max(leastBatchesTracked, batchCount))
    let report = RecalibrationReport.LayerReport(
      name: name, batchCount: batchCount, valueCount: all.count, interval: interval,
      meanChange: change(new, new.mean, old.mean),
      deviationChange: change(new, divisors(new), divisors(old)))
    return (new, report)
  }

  /// Why inference could not use the variances.
  private func problem(_ all: PooledStatistics) -> NormalizationError? {
    for (channel, variance) in all.variance.enumerated() {
      if !variance.isFinite { return .varianceOverflow(channel: channel) }
      guard epsilon < 1e-280 else { continue }
      if variance + epsilon == 0 { return .zeroRunningVariance(channel: channel) }
      // Squares below lose digits.
      if variance > 0, variance < 1e-290 { return .varianceUnderflow(channel: channel) }
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
