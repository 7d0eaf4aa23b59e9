@testable import Training
import NeuralNetworks
import Normalization
import Testing

/// When enough batches have been seen.
@Suite struct BatchVariationTests {
  private func measured(
    _ batches: [Tensor<Double>], epsilon: Double = 1e-5
  ) -> (interval: RecalibrationInterval?, all: PooledStatistics) {
    let meter = BatchNorm<Double>(featureCount: batches[0].shape[1], epsilon: epsilon)
    var (variation, pooled) = (BatchVariation(), PooledMoments())
    for batch in batches {
      let moments = meter.moments(of: batch, firstBlock: pooled.nextBlock(inner: 1))
      variation.absorb(moments.statistics(epsilon: epsilon))
      pooled.append(moments, inner: 1)
    }
    return (variation.interval(around: pooled.statistics, epsilon: epsilon), pooled.statistics)
  }

  private func column(_ values: [Double]) -> Tensor<Double> {
    Tensor(values, shape: [values.count, 1])
  }

  @Test func `three batches of two by hand`() throws {
    // Means 1, 2, 6: M = 3, and sum (m - M)^2/(3 * 2) = (4 + 1 + 9)/6. Variances 1, 0, 4:
    // q = 1 + 4, 0 + 1, 4 + 9; V = 19/3.
    let batches = [column([0, 2]), column([2, 2]), column([4, 8])]
    let (interval, all) = measured(batches, epsilon: 0)
    #expect(abs(all.mean[0] - 3) < 1e-15)
    #expect(abs(all.variance[0] - 19.0 / 3) < 1e-14)
    let v = 19.0 / 3
    let varianceOfV = ((5 - v) * (5 - v) + (1 - v) * (1 - v) + (13 - v) * (13 - v)) / 6
    let found = try #require(interval)
    #expect(abs(found.mean - 4.303 * (14.0 / 6 / v).squareRoot()) < 1e-12)
    #expect(abs(found.deviation - 4.303 * varianceOfV.squareRoot() / (2 * v)) < 1e-12)
  }

  @Test func `epsilon belongs to the unit`() throws {
    let batches = [column([0, 2]), column([2, 2]), column([4, 8])]
    let without = try #require(measured(batches, epsilon: 0).interval)
    let with = try #require(measured(batches, epsilon: 19).interval)
    // 19/3 becomes 4 * 19/3.
    #expect(abs(with.mean - without.mean / 2) < 1e-12)
    #expect(abs(with.deviation - without.deviation / 4) < 1e-12)
  }

  @Test func `one batch, or one that outweighs all others, says nothing`() {
    #expect(measured([column([1, 2, 3])]).interval == nil)
    let large = column((0..<1000).map { Double($0) })
    #expect(measured([large, column([1, 2])]).interval == nil)
    #expect(measured([column([1, 2]), column([3, 5])]).interval != nil)
  }

  @Test func `a constant channel is known exactly`() throws {
    let same = column([7, 7, 7])
    #expect(
      measured([same, same, same]).interval == RecalibrationInterval(mean: 0, deviation: 0))
    #expect(
      measured([same, same], epsilon: 0).interval == RecalibrationInterval(mean: 0, deviation: 0))
  }

  @Test func `large means and tiny deviations cost nothing`() throws {
    var generator = SeededGenerator(seed: 1)
    let plain = (0..<12).map { _ in Tensor<Double>(normal: [10, 1], using: &generator) }
    let expected = try #require(measured(plain, epsilon: 0).interval)
    for (offset, factor) in [(1e6, 1.0), (0, 1e-120), (0, 1e120), (1e5, 1e-3)] {
      let moved = plain.map { batch in column(batch.elements.map { offset + factor * $0 }) }
      let found = try #require(measured(moved, epsilon: 0).interval)
      #expect(abs(found.mean / expected.mean - 1) < 1e-6)
      #expect(abs(found.deviation / expected.deviation - 1) < 1e-6)
    }
  }

  /// Some 95 % of 1,000 intervals cover the truth: the standard error of that share is 0.7 %. Deviations are known to
  /// first order and Student's distribution holds for normal means, so a few per cent of slack are right.
  @Test(arguments: [[20], [100, 2], [30, 5, 1]], [0.0, 0.5])
  func `intervals cover the truth as often as they say`(sizes: [Int], spread: Double) throws {
    var covered = (mean: 0, deviation: 0)
    let runs = 1000
    for run in 0..<runs {
      var generator = SeededGenerator(seed: UInt64(run), stream: 77)
      let batches = (0..<60).map { index in
        // Samples of one batch share a shift, as consecutive ones of a recording do.
        let shift = spread * generator.normal()
        return Tensor<Double>(
          normal: [sizes[index % sizes.count], 1], mean: 3 + shift, using: &generator)
      }
      let (interval, all) = measured(batches)
      let found = try #require(interval)
      let truth = (1 + spread * spread).squareRoot()
      let unit = (all.variance[0] + 1e-5).squareRoot()
      if abs(all.mean[0] - 3) <= found.mean * unit { covered.mean += 1 }
      if abs(all.variance[0].squareRoot() - truth) <= found.deviation * unit {
        covered.deviation += 1
      }
    }
    let shares = (Double(covered.mean) / Double(runs), Double(covered.deviation) / Double(runs))
    #expect(shares.0 > 0.92 && shares.0 < 0.98, "mean: \(shares.0)")
    #expect(shares.1 > 0.88 && shares.1 < 0.98, "deviation: \(shares.1)")
  }

  @Test func `quantiles of Student's distribution as in tables`() {
    let table: [(Int, Double)] = [
      (1, 12.706), (2, 4.303), (10, 2.228), (11, 2.201), (15, 2.131), (20, 2.086), (30, 2.042),
      (60, 2.000), (120, 1.980), (100_000, 1.960),
    ]
    for (n, quantile) in table {
      #expect(abs(studentQuantile(degreesOfFreedom: n) - quantile) < 6e-4, "\(n)")
    }
  }

  @Test(arguments: Recalibration.Method.allCases)
  func `a sweep ends once the tolerance is reached, and not before`(
    method: Recalibration.Method
  ) throws {
    let batches = raggedBatches((0..<600).map { $0 % 2 == 0 ? 40 : 25 }, seed: 4, drift: 0)
    func run(
      _ tolerance: Double?, minimum: Int = 8
    ) throws -> (network: Sequential<Double>, report: RecalibrationReport) {
      var network = recalibrationNetwork(seed: 1)
      let report = try Recalibration(method, tolerance: tolerance, minimumBatchCount: minimum)
        .run(&network, over: batches)
      return (network, report)
    }
    let coarse = try run(0.1).report
    let fine = try run(0.05).report
    let all = try run(nil)
    for layer in coarse.layers + fine.layers {
      let interval = try #require(layer.interval)
      #expect(layer.batchCount < 600)
      #expect(
        max(interval.mean, interval.deviation) <= (coarse.layers.contains(layer) ? 0.1 : 0.05))
    }
    // Half the interval takes four times the data, or two to eight where the first batches are lucky.
    let counts = zip(coarse.layers, fine.layers).map {
      Double($1.batchCount) / Double($0.batchCount)
    }
    #expect(counts.allSatisfy { $0 > 2 && $0 < 8 }, "\(counts)")
    #expect(all.report.layers.allSatisfy { $0.batchCount == 600 })
    // One batch less would not have been enough.
    var network = recalibrationNetwork(seed: 1)
    let count = fine.layers[0].batchCount
    let short = try Recalibration(method).run(&network, over: batches.prefix(count - 1))
    let worst = short.layers.compactMap(\.interval).map { max($0.mean, $0.deviation) }
    #expect(method == .allAtOnce ? (worst.max() ?? 0) > 0.05 : worst[0] > 0.05)
    // What was found early is about as far from what all batches say as the interval says.
    let early = try run(0.05).network.normalizations[0].layer.runningStatistics
    let final = all.network.normalizations[0].layer.runningStatistics
    for (a, b) in zip(early?.mean ?? [], zip(final?.mean ?? [], final?.variance ?? [])) {
      #expect(abs(a - b.0) < 0.1 * b.1.squareRoot())
    }
    // A least number of batches is kept to.
    #expect(try run(10, minimum: 17).report.layers.allSatisfy { $0.batchCount == 17 })
    #expect(try run(1e-9).report.layers.allSatisfy { $0.batchCount == 600 })
  }
}
