import Datasets
import NeuralNetworks
import Normalization
import Testing
import Training

@Suite struct RecalibrationTests {
  private func statistics(_ network: Sequential<Double>) throws -> [String: RunningStatistics] {
    var result: [String: RunningStatistics] = [:]
    for (name, layer) in network.normalizations {
      let running: RunningStatistics = try #require(layer.runningStatistics)
      result[name] = running
    }
    return result
  }

  /// To 1e-12 of the size of the numbers.
  private func expectClose(_ found: [Double], _ expected: [Double], _ name: String) {
    #expect(found.count == expected.count)
    for (a, b) in zip(found, expected) { #expect(abs(a - b) <= 1e-12 * max(1, abs(b)), "\(name)") }
  }

  /// What reaches a layer in the network, which is the stage of that number but for those in the block.
  private func inputs(
    of name: String, in network: Sequential<Double>, _ batches: [Tensor<Double>]
  ) throws -> [Tensor<Double>] {
    var result: [Tensor<Double>] = []
    for batch in batches {
      _ = try network.inference(batch, named: "") {
        place, layer, input throws(NormalizationError) in
        if place == name { result.append(input) }
        return try layer.inference(input)
      }
    }
    return result
  }

  @Test func `batches of 100 and 2: 0.706, and 5.75 if every batch counted the same`() throws {
    // The larger batches have mean 0.5, the smaller ones 11: (100 * 0.5 + 2 * 11)/102 = 0.70588.
    let large = Tensor<Double>((0..<100).map { Double($0 % 2) }, shape: [100, 1])
    let small = Tensor<Double>([10, 12], shape: [2, 1])
    let batches = [large, small, large, small]
    var norm = BatchNorm<Double>(featureCount: 1, momentum: .cumulative, tracking: .biasedVariance)
    var averaged = norm
    for batch in batches { _ = try averaged.train(batch) }
    #expect(averaged.runningStatistics?.mean == [5.75])

    let report = try Recalibration().run(&norm, over: batches)
    let running = try #require(norm.runningStatistics)
    #expect(abs(running.mean[0] - 72.0 / 102) < 1e-15)
    let reference = pooledReference(batches)
    #expect(abs(running.mean[0] - reference.mean[0]) < 1e-15)
    #expect(abs(running.variance[0] - reference.variance[0]) < 1e-14)
    #expect(running.batchesTracked == 4)
    #expect(report.layers.map(\.valueCount) == [204])
  }

  @Test(arguments: [
    RunningStatistics.Tracking.unbiasedVariance, .biasedVariance, .standardDeviation,
  ])
  func `layer by layer gives what every layer of the final network sees, to 1e-12`(
    tracking: RunningStatistics.Tracking
  ) throws {
    var network = recalibrationNetwork(seed: 1, tracking: tracking)
    let before = try statistics(network)
    let batches = raggedBatches([100, 2, 37, 1, 64, 65, 200, 3], seed: 2)
    let report = try Recalibration(.layerByLayer).run(&network, over: batches)
    #expect(report.layers.map(\.name) == ["norm1", "block.norm2", "norm3"])
    #expect(report.layers.allSatisfy { $0.batchCount == 8 && $0.valueCount == 472 })
    for (name, running) in try statistics(network) {
      // The whole data at once, through the final network.
      let whole = pooledReference(try inputs(of: name, in: network, [joined(batches)]))
      let factor = tracking == .unbiasedVariance ? 472.0 / 471 : 1
      expectClose(running.mean, whole.mean, name)
      expectClose(running.variance, whole.variance.map { $0 * factor }, name)
      #expect(running.tracking == tracking)
      #expect(running.batchesTracked == 8)
      let change = try #require(report.layers.first { $0.name == name })
      let units = zip(running.variance, before[name]?.variance ?? []).map { new, old in
        ((new + 1e-5).squareRoot(), (old + 1e-5).squareRoot())
      }
      let means = zip(running.mean, units).map { abs($0) / $1.0 }  // from 0
      let deviations = units.map { abs($0 - $1) / $0 }
      #expect(abs(change.meanChange - (means.max() ?? 0)) < 1e-12)
      #expect(abs(change.deviationChange - (deviations.max() ?? 0)) < 1e-12)
    }
  }

  @Test func `all at once normalises with batches and pools them`() throws {
    let original = recalibrationNetwork(seed: 1)
    var network = original
    let batches = raggedBatches([50, 7, 20], seed: 3)
    try _ = Recalibration(.allAtOnce).run(&network, over: batches)
    let found = try statistics(network)
    // By hand: every normalization with the batch's statistics, dropout left out.
    var seen: [String: [Tensor<Double>]] = [:]
    for batch in batches {
      _ = try original.inference(batch, named: "") {
        name, layer, input throws(NormalizationError) in
        seen[name, default: []].append(input)
        return try layer.forward(input).output
      }
    }
    for (name, inputs) in seen {
      let reference = pooledReference(inputs)
      let running = try #require(found[name])
      expectClose(running.mean, reference.mean, name)
      expectClose(running.variance, reference.variance.map { $0 * 77 / 76 }, name)
    }
    // The first layer's are those of the other method, the later ones' are not.
    var other = original
    try _ = Recalibration(.layerByLayer).run(&other, over: batches)
    #expect(try statistics(other)["norm1"] == found["norm1"])
    #expect(try statistics(other)["block.norm2"] != found["block.norm2"])
  }

  @Test(arguments: Recalibration.Method.allCases)
  func `dropout stays off`(method: Recalibration.Method) throws {
    let batches = raggedBatches([30, 20], seed: 5)
    var (with, without) = (
      recalibrationNetwork(seed: 1),
      recalibrationNetwork(seed: 1, dropout: Sequential<Double>([]))
    )
    // It would matter: a training pass differs.
    #expect(try with.forward(batches[0]).output != without.forward(batches[0]).output)
    try _ = Recalibration(method).run(&with, over: batches)
    try _ = Recalibration(method).run(&without, over: batches)
    #expect(try statistics(with) == statistics(without))
  }

  @Test(arguments: Recalibration.Method.allCases)
  func `frozen layers, unchosen ones and those without running statistics are left alone`(
    method: Recalibration.Method
  ) throws {
    var network = recalibrationNetwork(seed: 1)
    network.stages.append(.init("last", BatchNorm<Double>(featureCount: 4, tracking: nil)))
    try network.freeze(.statistics) { $0 == "norm1" }
    let before = network.normalizations.map(\.layer.runningStatistics)
    let batches = raggedBatches([30, 20], seed: 5)
    let report = try Recalibration(method).run(&network, over: batches) { $0 != "norm3" }
    let after = network.normalizations.map(\.layer.runningStatistics)
    #expect(after[0] == before[0])
    #expect(after[1] != before[1])
    #expect(after[2] == before[2])
    #expect(after[3] == nil)
    #expect(report.layers.map(\.name) == ["block.norm2"])
    #expect(report.skipped.map(\.name) == ["norm1", "last"])
    #expect(report.skipped.map(\.reason) == [.frozen, .noRunningStatistics])
    #expect(network.normalizations.map(\.layer.freezing) == [.statistics, .none, .none, .none])
    // Behind a frozen layer lies what its running statistics make of the data.
    let reference = pooledReference(
      try inputs(of: "block.norm2", in: network, [joined(batches)]))
    expectClose(after[1]?.mean ?? [], reference.mean, "block.norm2")
  }

  @Test func `images of different sizes are pooled by pixel`() throws {
    var norm = BatchNorm<Double>(featureCount: 2, axis: 1)
    var generator = SeededGenerator(seed: 8)
    let batches = [[3, 2, 4, 5], [2, 2, 7, 3], [3, 2, 4, 5], [1, 2, 1, 1]].map {
      Tensor<Double>(normal: $0, mean: Double($0[3]), using: &generator)
    }
    let report = try Recalibration().run(&norm, over: batches)
    var columns: [Tensor<Double>] = []
    for batch in batches {
      let inner = batch.shape[2] * batch.shape[3]
      var rows: [Double] = []
      for n in 0..<batch.shape[0] {
        for p in 0..<inner {
          for c in 0..<2 { rows.append(batch[(n * 2 + c) * inner + p]) }
        }
      }
      columns.append(Tensor(rows, shape: [rows.count / 2, 2]))
    }
    let count = columns.reduce(0) { $0 + $1.shape[0] }
    #expect(report.layers[0].valueCount == count)
    let reference = pooledReference(columns)
    let running = try #require(norm.runningStatistics)
    expectClose(running.mean, reference.mean, "mean")
    let factor = Double(count) / Double(count - 1)
    expectClose(running.variance, reference.variance.map { $0 * factor }, "variance")
  }

  @Test func `over a data set every sample counts, whatever the order of the batches`() throws {
    var generator = SeededGenerator(seed: 1)
    let network = Sequential<Float>([
      .init("dense", Dense(inputCount: 64, outputCount: 8, deviation: 0.2, using: &generator)),
      .init("norm", BatchNorm(featureCount: 8)),
    ])
    func running(batchSize: Int, seed: UInt64) throws -> RunningStatistics {
      var copy = network
      let batches = try Batches(
        sampleCount: Digits.training.count, batchSize: batchSize, remainder: .keep, seed: seed)
      let report = try Recalibration().run(&copy, on: Digits.training, batches: batches)
      #expect(report.layers[0].valueCount == Digits.training.count)
      #expect(report.layers[0].batchCount == batches.batchesPerEpoch)
      return try #require(copy.normalizations[0].layer.runningStatistics)
    }
    let (first, second) = (
      try running(batchSize: 60, seed: 1), try running(batchSize: 100, seed: 2)
    )
    for channel in 0..<8 {
      let deviation = first.variance[channel].squareRoot()
      #expect(abs(first.mean[channel] - second.mean[channel]) < 1e-6 * deviation)
      #expect(abs(first.variance[channel] / second.variance[channel] - 1) < 2e-6)
    }
  }
}
