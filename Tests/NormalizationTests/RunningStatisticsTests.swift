import Normalization
import Testing
import TestSupport

/// How running statistics follow the batches.
@Suite struct RunningStatisticsTests {
  /// Batches of five values of one channel, with means 5, 1, 0 and biased variances 8, 2, 0.5.
  static let batches: [Tensor<Double>] = [
    [1, 3, 5, 7, 9], [-1, 0, 1, 2, 3], [-1, -0.5, 0, 0.5, 1],
  ]
  .map { Tensor($0, shape: [5, 1]) }
  static let means = [5.0, 1, 0]
  static let variances = [8, 2, 0.5]

  private func trained(
    _ momentum: Momentum, _ tracking: RunningStatistics.Tracking?
  ) throws -> RunningStatistics? {
    var layer = BatchNorm<Double>(featureCount: 1, momentum: momentum, tracking: tracking)
    for batch in Self.batches { _ = try layer.train(batch) }
    return layer.runningStatistics
  }

  private func isClose(_ found: Double, _ expected: Double) -> Bool {
    abs(found - expected) <= 1e-14 * max(1, abs(expected))
  }

  @Test
  func `the standard deviation is the root of the variance, and tracked ones keep their bits`() {
    let variances = RunningStatistics(mean: [0, 0], variance: [4, 2], batchesTracked: 3)
    #expect(variances.standardDeviation == [2, 2.0.squareRoot()])
    let deviations = RunningStatistics(
      mean: [5, 6], standardDeviation: [1e-200, 3], batchesTracked: 4)
    #expect(deviations.tracking == .standardDeviation)
    #expect(deviations.standardDeviation == [1e-200, 3])
    #expect(deviations.variance == [0, 9])
    #expect(deviations.mean == [5, 6])
    #expect(deviations.batchesTracked == 4)
  }

  @Test func `momentum by either name is one value, kept as the weight of the old`() {
    #expect(Momentum.keeping(0.9) == .updating(0.1))
    #expect(Momentum.keeping(0.99) == .updating(0.01))
    #expect(Momentum.keeping(0) == .updating(1))
    #expect(Momentum.keeping(1) == .updating(0))
    #expect(Momentum.keeping(0.9) != .updating(0.9))
    #expect(Momentum.keeping(0.5) != .cumulative)
    #expect(Momentum.keeping(0.25).keepWeight == 0.25)
    #expect(Momentum.updating(0.25).keepWeight == 0.75)
    #expect(Momentum.cumulative.keepWeight == nil)
  }

  @Test func `the weight of the cumulative average is t by t + 1 after t batches`() {
    #expect((0..<4).map { Momentum.cumulative.keepWeight(after: $0) } == [0, 0.5, 2.0 / 3, 0.75])
    #expect((0..<4).allSatisfy { Momentum.keeping(0.7).keepWeight(after: $0) == 0.7 })
  }

  @Test func `a layer keeps 0.9, adds 1e-5 and starts at mean 0 and variance 1 by default`() throws
  {
    let layer = BatchNorm<Float>(featureCount: 2)
    #expect(layer.momentum == .keeping(0.9))
    #expect(layer.epsilon == 1e-5)
    #expect(layer.axis == -1)
    #expect(layer.scale?.elements == [1, 1])
    #expect(layer.shift?.elements == [0, 0])
    #expect(layer.nonFinitePolicy == .refuse)
    #expect(layer.freezing == .none)
    let running = try #require(layer.runningStatistics)
    #expect(running.mean == [0, 0])
    #expect(running.variance == [1, 1])
    #expect(running.batchesTracked == 0)
    #expect(running.tracking == .unbiasedVariance)
  }

  @Test(arguments: [0, 0.1, 0.5, 0.9, 1])
  func `every tracking kind follows its recurrence`(keep: Double) throws {
    for tracking in RunningStatistics.Tracking.allCases {
      let running = try #require(try trained(.keeping(keep), tracking))
      var (mean, spread) = (0.0, 1.0)
      for (batchMean, variance) in zip(Self.means, Self.variances) {
        let new =
          switch tracking {
          case .unbiasedVariance: variance * 5 / 4
          case .biasedVariance: variance
          case .standardDeviation: variance.squareRoot()
          }
        mean = keep * mean + (1 - keep) * batchMean
        spread = keep * spread + (1 - keep) * new
      }
      #expect(isClose(running.mean[0], mean), "\(tracking)")
      let variance = tracking == .standardDeviation ? spread * spread : spread
      #expect(isClose(running.variance[0], variance), "\(tracking)")
      #expect(running.batchesTracked == 3)
    }
  }

  // Means 5, 1, 0: 2. Unbiased variances 10, 2.5, 0.625: 4.375.
  @Test func `the cumulative average is the plain average since the last reset`() throws {
    var running = try #require(try trained(.cumulative, .unbiasedVariance))
    #expect(isClose(running.mean[0], 2))
    #expect(isClose(running.variance[0], 4.375))
    running.reset()
    #expect(running == RunningStatistics(featureCount: 1))
    var layer = BatchNorm<Double>(featureCount: 1, momentum: .cumulative)
    layer.runningStatistics = running
    _ = try layer.train(Self.batches[0])
    #expect(layer.runningStatistics?.mean == [5])
    #expect(layer.runningStatistics?.variance == [10])
  }

  @Test func `without tracking nothing is kept and inference uses the batch's own`() throws {
    #expect(try trained(.keeping(0.9), nil) == nil)
    let layer = BatchNorm<Double>(featureCount: 1, tracking: nil)
    let pass = try layer.trainingPass(Self.batches[0])
    #expect(try layer.inference(Self.batches[0]) == pass.output)
    let dy = Tensor<Double>([1, -2, 3, 0.5, 4], shape: [5, 1])
    let training = layer.gradients(of: pass, outputGradient: dy)
    let inference = try layer.inferenceGradients(input: Self.batches[0], outputGradient: dy)
    #expect(inference.input == training.input)
    #expect(inference.scale == training.scale)
    #expect(inference.shift == training.shift)
  }

  @Test func `a standard deviation is divided by as sqrt(sigma squared + epsilon)`() throws {
    var layer = BatchNorm<Double>(featureCount: 1, epsilon: 7, tracking: .standardDeviation)
    layer.runningStatistics = RunningStatistics(
      mean: [1], variance: [9], tracking: .standardDeviation)
    // (9 - 1)/sqrt(3^2 + 7) = 2
    #expect(try layer.inference(Tensor([9], shape: [1, 1])).elements == [2])
  }

  @Test func `a training pass changes nothing until it is committed, and counts once`() throws {
    var layer = BatchNorm<Double>(featureCount: 1)
    let before = LayerState(layer)
    let pass = try layer.trainingPass(Self.batches[0])
    // Computed again, as checkpointing does: still nothing.
    let again = try layer.trainingPass(Self.batches[0])
    #expect(LayerState(layer) == before)
    #expect(pass.output == again.output)
    #expect(pass.record == again.record)
    layer.commit(pass)
    var trained = BatchNorm<Double>(featureCount: 1)
    _ = try trained.train(Self.batches[0])
    #expect(LayerState(layer) == LayerState(trained))
    #expect(layer.runningStatistics?.batchesTracked == 1)
    layer.commit(again.record)
    #expect(layer.runningStatistics?.batchesTracked == 2)
  }

  @Test func `inference changes nothing and does not depend on the rest of the batch`() throws {
    var layer = BatchNorm<Float>(featureCount: 3)
    let x: Tensor<Float> = normalTensor(.columns, channels: 3, values: 200, seed: 1)
    _ = try layer.train(x)
    let before = LayerState(layer)
    let output = try layer.inference(x)
    for row in [0, 1, 63, 64, 199] {
      let sample = Tensor(Array(x.elements[3 * row..<3 * row + 3]), shape: [1, 3])
      #expect(try layer.inference(sample).elements == Array(output.elements[3 * row..<3 * row + 3]))
    }
    #expect(LayerState(layer) == before)
  }
}
