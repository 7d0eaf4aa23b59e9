@testable import Training
import NeuralNetworks
import Normalization
import Testing

/// Recalibration of instance normalization: averages over all samples, however they lie in batches.
@Suite struct InstanceInputsTests {
  /// Batches of images [n, 2 channels, 3, width], of different sizes.
  private func batches(_ sizes: [(samples: Int, width: Int)]) -> [Tensor<Double>] {
    var generator = SeededGenerator(seed: 4)
    return sizes.map {
      Tensor(
        normal: [$0.samples, 2, 3, $0.width], mean: Double($0.width), deviation: 2,
        using: &generator)
    }
  }

  /// Mean and biased variance of each channel of each sample, in two plain passes.
  private func instances(
    _ batches: [Tensor<Double>]
  ) -> [[(mean: Double, variance: Double, count: Double)]] {
    var result: [[(mean: Double, variance: Double, count: Double)]] = [[], []]
    for batch in batches {
      let inner = batch.shape[2] * batch.shape[3]
      for set in 0..<batch.shape[0] * 2 {
        let values = (0..<inner).map { batch[set * inner + $0] }
        let mean = values.reduce(0, +) / Double(inner)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(inner)
        result[set % 2].append((mean, variance, Double(inner)))
      }
    }
    return result
  }

  private func recalibrated(
    _ tracking: RunningStatistics.Tracking, _ batches: [Tensor<Double>]
  ) throws -> (running: RunningStatistics, report: RecalibrationReport) {
    var layer = InstanceNorm<Double>(featureCount: 2, axis: 1, tracking: tracking)
    let report = try Recalibration().run(&layer, over: batches)
    return (try #require(layer.runningStatistics), report)
  }

  @Test(arguments: RunningStatistics.Tracking.allCases)
  func `every sample counts the same, whatever its size and its batch`(
    tracking: RunningStatistics.Tracking
  ) throws {
    let data = batches([(4, 5), (1, 2), (3, 7), (9, 3)])
    let (running, report) = try recalibrated(tracking, data)
    for (channel, sets) in instances(data).enumerated() {
      let mean = sets.reduce(0) { $0 + $1.mean } / 17
      let spread =
        sets.reduce(0) { sum, set in
          switch tracking {
          case .unbiasedVariance: sum + set.variance * set.count / (set.count - 1)
          case .biasedVariance: sum + set.variance
          case .standardDeviation: sum + set.variance.squareRoot()
          }
        } / 17
      let found =
        tracking == .standardDeviation
        ? running.standardDeviation[channel] : running.variance[channel]
      #expect(abs(running.mean[channel] - mean) < 1e-13)
      #expect(abs(found - spread) < 1e-13)
    }
    #expect(running.batchesTracked == 4)
    #expect(running.tracking == tracking)
    #expect(report.layers.map(\.batchCount) == [4])
    #expect(report.layers.map(\.valueCount) == [4 * 15 + 6 + 3 * 21 + 9 * 9])
    #expect(report.skipped.isEmpty)
  }

  @Test func `however equal images are cut into batches the bits are the same`() throws {
    let whole = batches([(12, 4)])[0]
    func cut(_ sizes: [Int]) -> [Tensor<Double>] {
      var start = 0
      return sizes.map { size in
        defer { start += size * 24 }
        return Tensor(
          Array(whole.elements[start..<start + size * 24]), shape: [size, 2, 3, 4])
      }
    }
    func statistics(_ sizes: [Int]) throws -> [[Double]] {
      let running = try recalibrated(.unbiasedVariance, cut(sizes)).running
      return [running.mean, running.variance]
    }
    let expected = try statistics([12])
    #expect(try statistics([5, 1, 6]) == expected)
    #expect(try statistics([2, 0, 2, 2, 6]) == expected)
  }

  @Test(arguments: Recalibration.Method.allCases)
  func `a layer behind it sees what its new statistics make of the data, and it is no more skipped`(
    method: Recalibration.Method
  ) throws {
    let data = batches([(4, 5), (6, 5)])
    var network = Sequential<Double>([
      .init("instance", InstanceNorm<Double>(featureCount: 2, axis: 1, tracking: .biasedVariance)),
      .init("batch", BatchNorm<Double>(featureCount: 2, axis: 1)),
      .init("layer", LayerNorm<Double>(normalizedShape: [5])),
    ])
    let report = try Recalibration(method).run(&network, over: data)
    #expect(report.layers.map(\.name) == ["instance", "batch"])
    #expect(report.skipped.map(\.name) == ["layer"])
    let mean = try #require(network.normalizations[1].layer.runningStatistics).mean
    guard method == .layerByLayer else {
      // In one sweep each sample was normalised with its own.
      #expect(mean.allSatisfy { abs($0) < 1e-14 })
      return
    }
    let instance = network.normalizations[0].layer
    let outputs = try data.map { try instance.inference($0) }
    for (channel, sets) in instances(outputs).enumerated() {
      #expect(abs(mean[channel] - sets.reduce(0) { $0 + $1.mean } / 10) < 1e-13)
    }
  }

  @Test func `the interval of three batches by hand`() throws {
    // Samples of two values x and x + 2: mean x + 1, biased variance 1; with 0 and 4 it is 4.
    func sample(_ values: [Double]) -> Tensor<Double> { Tensor(values, shape: [1, 2, 1]) }
    let data = [sample([0, 2]), sample([1, 3]), sample([5, 9])]
    var layer = InstanceNorm<Double>(
      featureCount: 1, epsilon: 2, tracking: .biasedVariance)
    let report = try Recalibration().run(&layer, over: data)
    #expect(layer.runningStatistics?.mean == [10.0 / 3])
    #expect(layer.runningStatistics?.variance == [2])
    // sum (a - A)^2/(3 * 2): means 1, 2, 7 around 10/3; variances 1, 1, 4 around 2. D = 2.
    let means = (49.0 / 9 + 16.0 / 9 + 121.0 / 9) / 6
    let interval = try #require(report.layers[0].interval)
    #expect(abs(interval.mean - 4.303 * means.squareRoot() / 2) < 1e-12)
    #expect(abs(interval.deviation - 4.303 * 1 / (2 * 4)) < 1e-12)

    var deviation = InstanceNorm<Double>(
      featureCount: 1, epsilon: 2, tracking: .standardDeviation)
    let other = try Recalibration().run(&deviation, over: data).layers[0].interval
    // Deviations 1, 1, 2 around s = 4/3: variance of the average 2/3 / 6, times s^2/D^4, D^2 = 16/9 + 2.
    let square = 16.0 / 9 + 2
    let expected = 4.303 * (1.0 / 9).squareRoot() * (4.0 / 3) / square
    #expect(abs((other?.deviation ?? 0) - expected) < 1e-12)
  }

  @Test func `a sweep ends within the tolerance`() throws {
    let data = batches(Array(repeating: (samples: 40, width: 4), count: 60))
    var layer = InstanceNorm<Double>(featureCount: 2, axis: 1, tracking: .unbiasedVariance)
    let report = try Recalibration(tolerance: 0.05).run(&layer, over: data)
    let found = report.layers[0]
    #expect((8..<60).contains(found.batchCount))
    let interval = try #require(found.interval)
    #expect(interval.mean <= 0.05 && interval.deviation <= 0.05)
  }

  @Test func `what it cannot take is refused, and nothing has changed`() throws {
    var layer = InstanceNorm<Double>(featureCount: 1, tracking: .unbiasedVariance)
    let before = layer.runningStatistics
    let single = Tensor<Double>([1, 2], shape: [2, 1, 1])
    #expect(
      throws: RecalibrationError.refused(
        layer: "", batch: 1,
        .tooFewValuesInSet(found: 1, shape: [2, 1, 1], axis: -1, groups: 1))
    ) { try Recalibration().run(&layer, over: [single]) }
    let infinite = Tensor<Double>([1, 2, 3, .infinity], shape: [2, 2, 1])
    #expect(
      throws: RecalibrationError.refused(layer: "", batch: 2, .nonFiniteInput(channel: 0))
    ) {
      try Recalibration().run(&layer, over: [Tensor([1, 2], shape: [1, 2, 1]), infinite])
    }
    #expect(layer.runningStatistics == before)
  }
}
