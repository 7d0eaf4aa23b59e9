import NeuralNetworks
import Normalization
import Testing
import Training

/// Recalibration of what derives from batch normalization.
@Suite struct FamilyRecalibrationTests {
  typealias Layers = [any NormalizationLayer<Double>]

  /// in, norm1, tanh, dense, norm2.
  private func network(_ norms: Layers) -> Sequential<Double> {
    var generator = SeededGenerator(seed: 1)
    func dense(_ inputs: Int, _ outputs: Int) -> Dense<Double> {
      Dense(inputCount: inputs, outputCount: outputs, deviation: 0.8, using: &generator)
    }
    let (first, second) = (dense(3, 4), dense(4, 4))
    return Sequential<Double>([
      .init("in", first), .init("norm1", norms[0]), .init("tanh", Activation(.tanh)),
      .init("dense", second), .init("norm2", norms[1]),
    ])
  }

  private func plain(_ tracking: RunningStatistics.Tracking) -> BatchNorm<Double> {
    BatchNorm(featureCount: 4, tracking: tracking)
  }

  private func recalibrated(
    _ norms: Layers, _ method: Recalibration.Method
  ) throws -> [RunningStatistics?] {
    var network = network(norms)
    let report = try Recalibration(method).run(&network, over: batches)
    #expect(report.layers.map(\.name) == ["norm1", "norm2"])
    #expect(report.layers.map(\.valueCount) == [98, 98])
    return network.normalizations.map(\.layer.runningStatistics)
  }

  private let batches = raggedBatches([50, 7, 2, 39], seed: 2)

  @Test(arguments: Recalibration.Method.allCases)
  func `batch renormalization as batch normalization, whatever it was drawn toward`(
    method: Recalibration.Method
  ) throws {
    let expected = try recalibrated([plain(.biasedVariance), plain(.biasedVariance)], method)
    // Far from the data, so that r and d would be cut off.
    var renorm = BatchRenorm<Double>(featureCount: 4)
    renorm.runningStatistics = RunningStatistics(
      mean: [1e3, -2, 0, 7], variance: [1e9, 0.1, 2, 1e-12], tracking: .biasedVariance)
    #expect(try recalibrated([renorm, renorm], method) == expected)
  }

  @Test func `statistics that cannot be used are replaced`() throws {
    var renorm = BatchRenorm<Double>(featureCount: 4)
    renorm.runningStatistics = RunningStatistics(
      mean: [0, 0, 0, 0], variance: [1, -1, .nan, .infinity], tracking: .biasedVariance)
    #expect(throws: NormalizationError.self) { try network([renorm, renorm]).forward(batches[0]) }
    let found = try recalibrated([renorm, renorm], .allAtOnce)
    #expect(
      found == (try recalibrated([plain(.biasedVariance), plain(.biasedVariance)], .allAtOnce)))
  }

  @Test func `a schedule goes on where it was`() throws {
    var renorm = BatchRenorm<Double>(featureCount: 4, schedule: .relaxing())
    renorm.runningStatistics = RunningStatistics(
      mean: [0, 0, 0, 0], variance: [1, 1, 1, 1], batchesTracked: 40_000, tracking: .biasedVariance)
    var network = network([renorm, BatchRenorm<Double>(featureCount: 4)])
    _ = try Recalibration().run(&network, over: batches)
    let found = network.normalizations.map(\.layer.runningStatistics)
    #expect(found.map { $0?.batchesTracked } == [40_000, 4])
    #expect((network.normalizations[0].layer as? BatchRenorm<Double>)?.limits.rmax == 3)
  }

  @Test func `virtual batches are pooled as the batches are`() throws {
    let plains = [plain(.unbiasedVariance), plain(.unbiasedVariance)]
    let ghosts = plains.map { GhostBatchNorm($0, virtualBatchSize: 10) }
    let layers = try recalibrated(ghosts, .layerByLayer)
    #expect(layers == (try recalibrated(plains, .layerByLayer)))
    // In one sweep the second layer sees what virtual batches make of the data.
    let once = try recalibrated(ghosts, .allAtOnce)
    let others = try recalibrated(plains, .allAtOnce)
    #expect(once[0] == others[0])
    #expect(once[1] != others[1])
    let whole = plains.map { GhostBatchNorm($0, virtualBatchSize: 50) }
    #expect(try recalibrated(whole, .allAtOnce) == others)
  }

  @Test func `layers without statistics of the batch are left alone`() throws {
    var network = network([
      LayerNorm<Double>(normalizedShape: [4]), GroupNorm<Double>(featureCount: 4, groupCount: 2),
    ])
    let report = try Recalibration().run(&network, over: batches)
    #expect(report.layers.isEmpty)
    #expect(report.skipped.map(\.reason) == [.noRunningStatistics, .noRunningStatistics])
  }
}
