import Normalization
import Testing
import TestSupport

/// The bounds of the contract for gradients, and their agreement with differences of the outputs.
@Suite struct BatchNormGradientTests {
  enum Mode: String, CaseIterable, Sendable {
    case training, frozen, inference
  }

  /// A layer with random parameters, and running statistics near the data.
  private func layer<Scalar: NormalizationScalar>(
    _ type: Scalar.Type, _ kind: AxisKind, _ mode: Mode, channels: Int, mean: Double
  ) -> BatchNorm<Scalar> {
    var layer = BatchNorm<Scalar>(featureCount: channels, axis: kind.axis)
    layer.scale = parameters(count: channels, seed: 11)
    layer.shift = parameters(count: channels, seed: 12)
    layer.runningStatistics = RunningStatistics(
      mean: (0..<channels).map { mean + 0.1 * Double($0) },
      variance: (0..<channels).map { 1 + 0.2 * Double($0) })
    if mode == .frozen { layer.freezing = .statistics }
    return layer
  }

  private func gradients<Scalar: NormalizationScalar>(
    _ layer: BatchNorm<Scalar>, _ mode: Mode, _ x: Tensor<Scalar>, _ dy: Tensor<Scalar>
  ) throws -> BatchNorm<Scalar>.Gradients {
    mode == .inference
      ? try layer.inferenceGradients(input: x, outputGradient: dy)
      : layer.gradients(of: try layer.trainingPass(x), outputGradient: dy)
  }

  @Test(arguments: AxisKind.allCases, ElementType.allCases)
  func `gradients are within the bound for means up to 1e4 deviations`(
    kind: AxisKind, element: ElementType
  ) throws {
    func check<Scalar: NormalizationScalar>(_ type: Scalar.Type) throws {
      for mode in Mode.allCases {
        for ratio in [0, 1, 1e2, 1e3, 1e4] {
          for values in [2, 3, 17, 64, 65, 129, 1000, 2500] {
            let x: Tensor<Scalar> = normalTensor(
              kind, channels: 3, values: values, seed: UInt64(values), mean: { _ in ratio },
              deviation: { _ in 1 })
            let dy: Tensor<Scalar> = normalTensor(
              kind, channels: 3, values: values, seed: UInt64(values) + 1)
            let layer = layer(type, kind, mode, channels: 3, mean: ratio)
            let found = try gradients(layer, mode, x, dy)
            let running = try #require(layer.runningStatistics)
            let reference = BatchNormReference(
              x, axis: kind.axis, scale: layer.scale,
              statistics: mode == .training ? nil : (running.mean, running.variance))
            #expect(found.input.shape == x.shape)
            #expect(found.scale?.shape == [3])
            #expect(found.shift?.shape == [3])
            let worst = reference.gradients(dy).deviation(
              reference.view, input: found.input, scale: found.scale, shift: found.shift)
            #expect(worst.isTolerable, "\(mode), mean/sd \(ratio), \(values) values: \(worst)")
          }
        }
      }
    }
    try check(element.type)
  }

  @Test(arguments: AxisKind.both, [0, 1e4])
  func `gradients are within the bound for a million values a channel`(
    kind: AxisKind, ratio: Double
  ) throws {
    let x: Tensor<Float> = normalTensor(
      kind, channels: 1, values: 1_000_000, seed: 1, mean: { _ in ratio }, deviation: { _ in 1 })
    let dy: Tensor<Float> = normalTensor(kind, channels: 1, values: 1_000_000, seed: 2)
    let layer = layer(Float.self, kind, .training, channels: 1, mean: 0)
    let found = try gradients(layer, .training, x, dy)
    let reference = BatchNormReference(x, axis: kind.axis, scale: layer.scale)
    let worst = reference.gradients(dy).deviation(
      reference.view, input: found.input, scale: found.scale, shift: found.shift)
    #expect(worst.isTolerable, "\(worst)")
  }

  // Rows of columns that fill no whole vectors are treated side by side, with repeated factors.
  @Test(arguments: ElementType.allCases, [17, 33, 100, 250])
  func `gradients of odd widths are within the bound`(element: ElementType, channels: Int) throws {
    func check<Scalar: NormalizationScalar>(_ type: Scalar.Type) throws {
      for mode in Mode.allCases {
        let x: Tensor<Scalar> = normalTensor(.columns, channels: channels, values: 300, seed: 1)
        let dy: Tensor<Scalar> = normalTensor(.columns, channels: channels, values: 300, seed: 2)
        let layer = layer(type, .columns, mode, channels: channels, mean: 0)
        let found = try gradients(layer, mode, x, dy)
        let running = try #require(layer.runningStatistics)
        let reference = BatchNormReference(
          x, axis: -1, scale: layer.scale,
          statistics: mode == .training ? nil : (running.mean, running.variance))
        let worst = reference.gradients(dy).deviation(
          reference.view, input: found.input, scale: found.scale, shift: found.shift)
        #expect(worst.isTolerable, "\(mode), \(channels) channels: \(worst)")
      }
    }
    try check(element.type)
  }

  // All weights equal: the true input gradient is 0 and everything cancels. Weights n: also 0, up to epsilon.
  @Test(arguments: AxisKind.both)
  func `an output gradient that is constant or the output itself leaves nothing`(
    kind: AxisKind
  ) throws {
    for ratio in [0, 1e4] {
      let x: Tensor<Float> = normalTensor(
        kind, channels: 3, values: 500, seed: 3, mean: { _ in ratio }, deviation: { _ in 1 })
      let layer = layer(Float.self, kind, .training, channels: 3, mean: 0)
      let pass = try layer.trainingPass(x)
      let reference = BatchNormReference(x, axis: kind.axis, scale: layer.scale)
      for dy in [Tensor(repeating: 0.3, shape: x.shape), pass.output] {
        let found = layer.gradients(of: pass, outputGradient: dy)
        let worst = reference.gradients(dy).deviation(
          reference.view, input: found.input, scale: found.scale, shift: found.shift)
        #expect(worst.isTolerable, "mean/sd \(ratio): \(worst)")
      }
    }
  }

  // The loss is a sum of the outputs with random weights: a plain sum would have gradient 0. Step 1e-4 sd:
  // the third derivative leaves some 1e-9, rounding of a loss near 10 by the step some 1e-11.
  @Test(arguments: AxisKind.allCases, Mode.allCases)
  func `gradients agree with central differences to 1e-7`(kind: AxisKind, mode: Mode) throws {
    for (seed, ratio) in [0, 1, 100].enumerated() {
      let x: Tensor<Double> = normalTensor(
        kind, channels: 3, values: 12, seed: UInt64(seed), mean: { _ in Double(ratio) },
        deviation: { _ in 1 })
      let weights: Tensor<Double> = normalTensor(kind, channels: 3, values: 12, seed: 99)
      let layer = layer(Double.self, kind, mode, channels: 3, mean: Double(ratio))
      let found = try gradients(layer, mode, x, weights)
      func loss(_ layer: BatchNorm<Double>, _ x: Tensor<Double>) throws -> Double {
        let y = mode == .inference ? try layer.inference(x) : try layer.trainingPass(x).output
        return weightedSum(y, weights: weights)
      }
      let running = try #require(layer.runningStatistics)
      let reference = BatchNormReference(
        x, axis: kind.axis, scale: layer.scale,
        statistics: mode == .training ? nil : (running.mean, running.variance))
      // The sizes that 1e-7 is a fraction of come from the reference, the numbers from differences.
      var expected = reference.gradients(weights)
      expected.input = try centralDifferences(at: x, step: { _ in 1e-4 }) { try loss(layer, $0) }
        .map { Wide($0) }
      expected.scale = try centralDifferences(
        at: try #require(layer.scale), step: { _ in 1e-4 }
      ) { scale in
        var other = layer
        other.scale = scale
        return try loss(other, x)
      }.map { Wide($0) }
      expected.shift = try centralDifferences(
        at: try #require(layer.shift), step: { _ in 1e-4 }
      ) { shift in
        var other = layer
        other.shift = shift
        return try loss(other, x)
      }.map { Wide($0) }
      let worst = expected.deviation(
        reference.view, input: found.input, scale: found.scale, shift: found.shift, tolerance: 1e-7)
      #expect(worst.isTolerable, "seed \(seed), mean/sd \(ratio): \(worst)")
    }
  }

  @Test func `gradients use the scale of the pass, not a later one`() throws {
    let x: Tensor<Double> = normalTensor(.columns, channels: 3, values: 12, seed: 1)
    let dy: Tensor<Double> = normalTensor(.columns, channels: 3, values: 12, seed: 2)
    var layer = layer(Double.self, .columns, .training, channels: 3, mean: 0)
    let pass = try layer.trainingPass(x)
    let before = layer.gradients(of: pass, outputGradient: dy)
    layer.scale = Tensor([7, 8, 9])
    #expect(layer.gradients(of: pass, outputGradient: dy).input == before.input)
  }
}
