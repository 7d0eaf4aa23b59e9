import Normalization
import TestSupport
import Testing

@Suite struct BatchRenormTests {
  private func layer(
    _ kind: AxisKind, running: (mean: [Double], variance: [Double]),
    _ limits: RenormLimits = .init()
  ) -> BatchRenorm<Double> {
    var layer = BatchRenorm<Double>(
      featureCount: 3, axis: kind.axis, schedule: .constant(limits))
    layer.batchNorm.scale = Tensor([1.5, -0.5, 2])
    layer.batchNorm.shift = Tensor([0.25, 1, -3])
    layer.batchNorm.runningStatistics = RunningStatistics(
      mean: running.mean, variance: running.variance, tracking: .biasedVariance)
    return layer
  }

  // x = 1, 3: mean 2, variance 1, n = -1, 1. Running mean 1 and variance 4: r = 1/2, d = 1/2.
  @Test func `a batch worked out by hand`() throws {
    var layer = BatchRenorm<Double>(featureCount: 1, epsilon: 0)
    layer.batchNorm.scale = Tensor([10])
    layer.batchNorm.shift = Tensor([100])
    layer.batchNorm.runningStatistics = RunningStatistics(
      mean: [1], variance: [4], tracking: .biasedVariance)
    let pass = try layer.train(Tensor([1, 3], shape: [2, 1]))
    #expect(pass.output.elements == [100, 110])  // 10 * (n/2 + 1/2) + 100
    #expect(layer.batchNorm.runningStatistics?.mean == [0.9 * 1 + 0.1 * 2])
    #expect(layer.batchNorm.runningStatistics?.variance == [0.9 * 4 + 0.1 * 1])  // biased
    let gradients = layer.gradients(of: pass, outputGradient: Tensor([1, 2], shape: [2, 1]))
    #expect(gradients.scale?.elements == [2])  // 1 * 0 + 2 * 1
    #expect(gradients.shift?.elements == [3])
    #expect(gradients.input.elements == [0, 0])  // two values: dy is a line through them
  }

  // r = 1/8 is raised to 1/2, d = 4 cut to 3.
  @Test func `r and d stay within the limits`() throws {
    var layer = BatchRenorm<Double>(
      featureCount: 1, epsilon: 0, schedule: .constant(RenormLimits(rmax: 2, dmax: 3)))
    layer.batchNorm.runningStatistics = RunningStatistics(
      mean: [-30], variance: [64], tracking: .biasedVariance)
    #expect(try layer.trainingPass(Tensor([1, 3], shape: [2, 1])).output.elements == [2.5, 3.5])
    layer.batchNorm.runningStatistics = RunningStatistics(
      mean: [34], variance: [0.0625], tracking: .biasedVariance)
    #expect(try layer.trainingPass(Tensor([1, 3], shape: [2, 1])).output.elements == [-5, -1])
  }

  @Test(arguments: AxisKind.allCases)
  func `with rmax 1 and dmax 0 it is batch normalization`(kind: AxisKind) throws {
    let x: Tensor<Double> = normalTensor(kind, channels: 3, values: 90, seed: 1)
    let dy: Tensor<Double> = normalTensor(kind, channels: 3, values: 90, seed: 2)
    let renorm = layer(kind, running: ([1, 2, 3], [1, 2, 3]), RenormLimits(rmax: 1, dmax: 0))
    let found = try renorm.trainingPass(x)
    let expected = try renorm.batchNorm.trainingPass(x)
    #expect(found.output == expected.output)
    let gradients = renorm.gradients(of: found, outputGradient: dy)
    let others = renorm.batchNorm.gradients(of: expected, outputGradient: dy)
    #expect(gradients.input == others.input)
    #expect(gradients.scale == others.scale)
    #expect(gradients.shift == others.shift)
  }

  // The purpose of it: what is trained is what will be used.
  @Test(arguments: AxisKind.allCases)
  func `within wide limits training gives what inference gives`(kind: AxisKind) throws {
    let x: Tensor<Double> = normalTensor(kind, channels: 3, values: 90, seed: 3)
    let renorm = layer(
      kind, running: ([1, 0, -1], [2, 3, 1]), RenormLimits(rmax: 1e6, dmax: 1e6))
    let training = try renorm.trainingPass(x).output
    let inference = try renorm.inference(x)
    let worst = zip(training.elements, inference.elements).map { abs($0 - $1) }.max() ?? 1
    #expect(worst < 1e-13)
  }

  // r and d are constants of the backward pass: the difference quotients hold them.
  @Test(arguments: AxisKind.allCases)
  func `gradients match central differences with r and d held`(kind: AxisKind) throws {
    let x: Tensor<Double> = normalTensor(kind, channels: 3, values: 12, seed: 4)
    let weights: Tensor<Double> = normalTensor(kind, channels: 3, values: 12, seed: 5)
    let renorm = layer(kind, running: ([0, 3, -9], [2, 0.01, 1]))
    let pass = try renorm.trainingPass(x)
    let gradients = renorm.gradients(of: pass, outputGradient: weights)
    // scale * (n * r + d) + shift by batch normalization with r and d from the formulas.
    let running = renorm.batchNorm.runningStatistics
    var (r, d) = ([Double](), [Double]())
    for channel in 0..<3 {
      let s = ((running?.variance[channel] ?? 0) + 1e-5).squareRoot()
      let deviation = (pass.record.statistics.variance[channel] + 1e-5).squareRoot()
      r.append(min(3, max(1 / 3.0, deviation / s)))
      let distance = (pass.record.statistics.mean[channel] - (running?.mean[channel] ?? 0)) / s
      d.append(min(5, max(-5, distance)))
    }
    let (scale, shift) = (renorm.batchNorm.scale, renorm.batchNorm.shift)
    func loss(_ x: Tensor<Double>, _ scale: Tensor<Double>?, _ shift: Tensor<Double>?) throws
      -> Double
    {
      var plain = renorm.batchNorm
      plain.scale = Tensor((0..<3).map { (scale?[$0] ?? 0) * r[$0] })
      plain.shift = Tensor((0..<3).map { (scale?[$0] ?? 0) * d[$0] + (shift?[$0] ?? 0) })
      return weightedSum(try plain.trainingPass(x).output, weights: weights)
    }
    func compare(_ found: Tensor<Double>?, _ expected: [Double]) {
      let found = found?.elements ?? []
      #expect(found.count == expected.count)
      #expect(norm(zip(found, expected).map { Wide($0) - Wide($1) }) <= 1e-7 * norm(wide(weights)))
    }
    let step: (Int) -> Double = { _ in 1e-4 }
    compare(
      gradients.input, try centralDifferences(at: x, step: step) { try loss($0, scale, shift) })
    guard let scale, let shift else { return }
    compare(
      gradients.scale, try centralDifferences(at: scale, step: step) { try loss(x, $0, shift) })
    compare(
      gradients.shift, try centralDifferences(at: shift, step: step) { try loss(x, scale, $0) })
  }

  @Test func `fused ReLU is ReLU after it, forward and backward`() throws {
    let x: Tensor<Double> = normalTensor(.columns, channels: 3, values: 40, seed: 6)
    let dy: Tensor<Double> = normalTensor(.columns, channels: 3, values: 40, seed: 7)
    let renorm = layer(.columns, running: ([0, 3, -9], [2, 0.01, 1]))
    let plain = try renorm.trainingPass(x)
    let fused = try renorm.trainingPass(x, activation: .relu)
    #expect(fused.output.elements == plain.output.elements.map { max(0, $0) })
    let gated = Tensor(
      zip(dy.elements, plain.output.elements).map { $1 > 0 ? $0 : 0 }, shape: dy.shape)
    let found = renorm.gradients(of: fused, outputGradient: dy)
    let expected = renorm.gradients(of: plain, outputGradient: gated)
    #expect(found.input == expected.input)
    #expect(found.scale == expected.scale)
  }

  @Test func `gradients from sums over the batch know the correction`() throws {
    let x: Tensor<Double> = normalTensor(.columns, channels: 3, values: 40, seed: 10)
    let dy: Tensor<Double> = normalTensor(.columns, channels: 3, values: 40, seed: 11)
    let renorm = layer(.columns, running: ([0, 3, -9], [2, 0.01, 1]))
    let pass = try renorm.trainingPass(x)
    let expected = renorm.gradients(of: pass, outputGradient: dy)
    let sums = renorm.batchNorm.gradientSums(of: pass, outputGradient: dy)
    let found = renorm.batchNorm.gradients(of: pass, outputGradient: dy, sums: sums)
    #expect(found.scale == expected.scale)
    #expect(found.input == expected.input)
  }

  @Test func `the schedule of the paper`() {
    let schedule = RenormSchedule.relaxing()
    #expect(schedule.limits(0) == RenormLimits(rmax: 1, dmax: 0))
    #expect(schedule.limits(5000) == RenormLimits(rmax: 1, dmax: 0))
    #expect(schedule.limits(15_000) == RenormLimits(rmax: 1 + 2 * 10.0 / 35, dmax: 2.5))
    #expect(schedule.limits(25_000).dmax == 5)
    #expect(schedule.limits(1_000_000) == RenormLimits(rmax: 3, dmax: 5))
  }

  @Test func `limits follow the batches tracked`() throws {
    var layer = BatchRenorm<Float>(
      featureCount: 2,
      schedule: .relaxing(to: RenormLimits(rmax: 5, dmax: 4), from: 0, rmaxUntil: 4, dmaxUntil: 2))
    let x: Tensor<Float> = normalTensor(.columns, channels: 2, values: 10, seed: 8)
    var limits: [RenormLimits] = []
    for _ in 0..<4 {
      limits.append(layer.limits)
      _ = try layer.train(x)
    }
    let expected = [(1.0, 0.0), (2, 2), (3, 4), (4, 4)].map { RenormLimits(rmax: $0, dmax: $1) }
    #expect(limits == expected)
  }

  @Test func `what it refuses changes nothing`() throws {
    var renorm = layer(.columns, running: ([0, 0, 0], [1, 1, 1]))
    let before = LayerState(renorm.batchNorm)
    #expect(throws: NormalizationError.nonFiniteInput(channel: 1)) {
      _ = try renorm.train(Tensor([1, .nan, 2, 3, 4, 5], shape: [2, 3]))
    }
    #expect(throws: NormalizationError.tooFewValues(found: 1, shape: [1, 3], axis: -1)) {
      _ = try renorm.train(Tensor([1, 2, 3], shape: [1, 3]))
    }
    renorm.batchNorm.epsilon = 0
    renorm.batchNorm.runningStatistics = RunningStatistics(
      mean: [0, 0, 0], variance: [1, 0, 1], tracking: .biasedVariance)
    #expect(throws: NormalizationError.zeroRunningVariance(channel: 1)) {
      _ = try renorm.train(Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3]))
    }
    renorm.batchNorm.epsilon = before.epsilon
    renorm.batchNorm.runningStatistics = before.running
    #expect(LayerState(renorm.batchNorm) == before)
  }

  @Test func `frozen statistics are those of inference`() throws {
    let x: Tensor<Double> = normalTensor(.columns, channels: 3, values: 20, seed: 9)
    var renorm = layer(.columns, running: ([1, 2, 3], [1, 2, 3]))
    renorm.batchNorm.freezing = .statistics
    let before = renorm.batchNorm.runningStatistics
    #expect(try renorm.train(x).output == renorm.inference(x))
    #expect(renorm.batchNorm.runningStatistics == before)
  }
}
