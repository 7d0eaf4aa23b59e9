import Normalization
import Testing
import TestSupport

/// Finite inputs of any magnitude work, and in Float32 as exactly as others: sums that overflow, squares
/// that underflow, channels of very different magnitude side by side.
@Suite struct BatchNormMagnitudeTests {
  /// From the smallest numbers of Float32 to nearly the largest.
  static let magnitudes: [Double] = [
    1e-44, 1e-41, 1e-38, 1e-35, 1e-30, 1e-25, 1e-20, 1e-15, 1e-10, 1e-5, 1, 1e5, 1e10, 1e15, 1e20,
    1e25,
    1e30, 1e35, 1e37, 1e38, 3e38,
  ]

  /// One channel per magnitude, uniform over -1...1 times it, so that sums of several overflow.
  private func mixed(_ kind: AxisKind, values: Int, seed: UInt64) -> Tensor<Float> {
    var generator = SeededGenerator(seed: seed)
    return channelTensor(kind, channels: Self.magnitudes.count, values: values) { channel, value in
      let x = Self.magnitudes[channel] * (2 * generator.uniform() - 1)
      // At least two different values, also among the smallest numbers.
      return value == 0 ? Self.magnitudes[channel] : x
    }
  }

  @Test(arguments: AxisKind.allCases, [0, 1e-5])
  func `outputs are within the bound at every magnitude`(kind: AxisKind, epsilon: Double) throws {
    for values in [2, 3, 17, 64, 65, 200, 2100] {
      let x = mixed(kind, values: values, seed: UInt64(values))
      var layer = BatchNorm<Float>(
        featureCount: Self.magnitudes.count, axis: kind.axis, epsilon: epsilon)
      layer.scale = parameters(count: Self.magnitudes.count, seed: 1)
      layer.shift = parameters(count: Self.magnitudes.count, seed: 2)
      let pass = try layer.train(x)
      #expect(pass.output.shape == x.shape)
      #expect(pass.output.elements.allSatisfy { $0.isFinite })
      let reference = BatchNormReference(
        x, axis: kind.axis, epsilon: epsilon, scale: layer.scale, shift: layer.shift)
      let worst = reference.deviation(of: pass.output, shift: layer.shift)
      #expect(worst.isTolerable, "\(values) values: \(worst)")
      var statistics = Deviation()
      for channel in 0..<reference.view.channels {
        let variance = reference.variance[channel]
        statistics.compare(
          Wide(pass.record.statistics.variance[channel]), variance, tolerance: 1e-6 * variance,
          "variance at \(Self.magnitudes[channel])")
        statistics.compare(
          Wide(pass.record.statistics.mean[channel]), reference.mean[channel],
          tolerance: 0x1p-23 * abs(reference.mean[channel]) + 1e-6 * variance.squareRoot(),
          "mean at \(Self.magnitudes[channel])")
      }
      #expect(statistics.isTolerable, "\(values) values: \(statistics)")
      let running = try #require(layer.runningStatistics)
      #expect(
        running.mean.allSatisfy { $0.isFinite } && running.variance.allSatisfy { $0.isFinite })
    }
  }

  // dy has the magnitude of the inputs, so that dx = dy/sd stays near 1 and every product is in reach.
  @Test(arguments: AxisKind.allCases, [0, 1e-5])
  func `gradients are within the bound at every magnitude`(kind: AxisKind, epsilon: Double) throws {
    for values in [2, 3, 17, 64, 65, 200, 2100] {
      let x = mixed(kind, values: values, seed: UInt64(values))
      let dy = mixed(kind, values: values, seed: 77)
      var layer = BatchNorm<Float>(
        featureCount: Self.magnitudes.count, axis: kind.axis, epsilon: epsilon)
      layer.scale = parameters(count: Self.magnitudes.count, seed: 1)
      let pass = try layer.train(x)
      let found = layer.gradients(of: pass, outputGradient: dy)
      #expect(found.input.shape == x.shape)
      let reference = BatchNormReference(x, axis: kind.axis, epsilon: epsilon, scale: layer.scale)
      var expected = reference.gradients(dy)
      // Sums beyond Float32 round to infinity there, as every number does.
      expected.scale = expected.scale.map { Wide(Float($0)) }
      expected.shift = expected.shift.map { Wide(Float($0)) }
      // Results below 2^-126 have only multiples of 2^-149 to choose from.
      let worst = expected.deviation(
        reference.view, input: found.input, scale: found.scale, shift: found.shift, extra: 0x1p-149)
      #expect(worst.isTolerable, "\(values) values: \(worst)")
    }
  }

  // The inputs near 1e-20, dy near 1e-40: dx near 1e-20 is a normal number, its parts are not.
  @Test(arguments: AxisKind.both, [1e-44, 1e-42, 1e-40, 1e-38, 1e-36, 1e-34])
  func `gradients of tiny output gradients keep their digits`(kind: AxisKind, size: Double) throws {
    for values in [3, 17, 64, 200] {
      let x: Tensor<Float> = normalTensor(
        kind, channels: 4, values: values, seed: 5, mean: { _ in 1e-20 }, deviation: { _ in 1e-20 })
      let dy: Tensor<Float> = normalTensor(
        kind, channels: 4, values: values, seed: 6, mean: { _ in size }, deviation: { _ in size })
      let layer = BatchNorm<Float>(featureCount: 4, axis: kind.axis, epsilon: 0)
      let pass = try layer.trainingPass(x)
      let found = layer.gradients(of: pass, outputGradient: dy)
      #expect(found.input.shape == x.shape)
      let reference = BatchNormReference(x, axis: kind.axis, epsilon: 0)
      // Written sums of tiny numbers are multiples of 2^-149; the input gradient is not so small.
      let expected = reference.gradients(dy)
      let input = expected.deviation(reference.view, input: found.input, scale: nil, shift: nil)
      #expect(input.isTolerable, "\(values) values: \(input)")
      let sums = expected.deviation(
        reference.view, input: found.input, scale: found.scale, shift: found.shift, extra: 0x1p-149)
      #expect(sums.isTolerable, "\(values) values: \(sums)")
    }
  }

  // The sum of the output gradients overflows Float32, its average does not.
  @Test(arguments: AxisKind.both)
  func `gradients of huge output gradients do not overflow`(kind: AxisKind) throws {
    let x: Tensor<Float> = normalTensor(
      kind, channels: 4, values: 300, seed: 5, mean: { _ in 0 }, deviation: { _ in 100 })
    let dy: Tensor<Float> = normalTensor(
      kind, channels: 4, values: 300, seed: 6, mean: { _ in 1e38 }, deviation: { _ in 2e37 })
    let layer = BatchNorm<Float>(featureCount: 4, axis: kind.axis)
    let pass = try layer.trainingPass(x)
    let found = layer.gradients(of: pass, outputGradient: dy)
    let reference = BatchNormReference(x, axis: kind.axis)
    let worst = reference.gradients(dy).deviation(
      reference.view, input: found.input, scale: nil, shift: nil)
    #expect(worst.isTolerable, "\(worst)")
  }

  // n = (x - mean)/sd = 1e40 is beyond Float32, dx = scale*r*dy is not.
  @Test(arguments: AxisKind.both, ElementType.allCases)
  func `a frozen layer's input gradient does not depend on how far the input is`(
    kind: AxisKind, element: ElementType
  ) throws {
    func check<Scalar: NormalizationScalar>(_ type: Scalar.Type) throws {
      let isFloat = Scalar.self == Float.self
      var layer = BatchNorm<Scalar>(featureCount: 2, axis: kind.axis, epsilon: 0)
      layer.runningStatistics = RunningStatistics(
        mean: [0, 0], variance: isFloat ? [1e-20, 1] : [1e-20, 1e-300])
      let x: Tensor<Scalar> = channelTensor(kind, channels: 2, values: 20) { _, value in
        (isFloat ? 1e32 : 1e302) * Double(value - 5)
      }
      let dy = Tensor<Scalar>(repeating: 1, shape: x.shape)
      let found = try layer.inferenceGradients(input: x, outputGradient: dy)
      let running = try #require(layer.runningStatistics)
      let reference = BatchNormReference(
        x, axis: kind.axis, epsilon: 0, statistics: (running.mean, running.variance))
      let worst = reference.gradients(dy).deviation(
        reference.view, input: found.input, scale: nil, shift: nil)
      #expect(worst.isTolerable, "\(worst)")
    }
    try check(element.type)
  }
}
