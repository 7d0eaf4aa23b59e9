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
