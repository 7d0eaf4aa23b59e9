import Normalization
import Testing
import TestSupport

/// What a layer refuses, and that an error leaves it as it was.
@Suite struct BatchNormRefusalTests {
  @Test(arguments: [
    (-1, [1, 3], 1), (1, [1, 3, 1, 1], 1), (-1, [1, 1, 1, 3], 1), (0, [3], 1), (0, [3, 1], 1),
    (-1, [0, 3], 0), (1, [2, 3, 0], 0),
  ])
  func `one value per channel is refused and changes nothing`(
    axis: Int, shape: [Int], values: Int
  ) throws {
    for tracking in [RunningStatistics.Tracking.unbiasedVariance, nil] {
      var layer = BatchNorm<Float>(featureCount: 3, axis: axis, tracking: tracking)
      let before = LayerState(layer)
      let input = Tensor<Float>(repeating: 2, shape: shape)
      let expected = NormalizationError.tooFewValues(found: values, shape: shape, axis: axis)
      #expect(throws: expected) { try layer.train(input) }
      #expect(throws: expected) { try layer.trainingPass(input) }
      if tracking == nil { #expect(throws: expected) { try layer.inference(input) } }
      #expect(LayerState(layer) == before)
    }
  }

  @Test func `the refusal of one value names the remedies`() {
    let text = NormalizationError.tooFewValues(found: 1, shape: [1, 3], axis: -1).description
    for part in ["at least 2", "[1, 3]", "has 1", "larger batch", "layer or group", "inference"] {
      #expect(text.contains(part), "\(text)")
    }
  }

  @Test func `inference takes one value per channel, and none`() throws {
    let layer = BatchNorm<Float>(featureCount: 3, epsilon: 0)
    #expect(try layer.inference(Tensor([1, 2, 3], shape: [1, 3])).elements == [1, 2, 3])
    #expect(try layer.inference(Tensor([], shape: [0, 3])).shape == [0, 3])
  }

  @Test(arguments: [-1, -1e-300, .nan, .infinity, -.infinity])
  func `a running variance that is negative or not finite is an error`(variance: Double) {
    var layer = BatchNorm<Float>(featureCount: 3)
    layer.runningStatistics = RunningStatistics(mean: [0, 0, 0], variance: [1, variance, 1])
    let x = Tensor<Float>(repeating: 1, shape: [4, 3])
    func check(_ body: () throws -> Void) {
      #expect {
        try body()
      } throws: { error in
        guard case .invalidRunningVariance(channel: 1, let found)? = error as? NormalizationError
        else { return false }
        return found.isNaN ? variance.isNaN : found == variance
      }
    }
    check { _ = try layer.inference(x) }
    check { _ = try layer.inferenceGradients(input: x, outputGradient: x) }
    layer.freezing = .statistics
    check { _ = try layer.trainingPass(x) }
  }

  @Test func `a running variance of 0 is an error where epsilon is 0, and only there`() throws {
    var layer = BatchNorm<Float>(featureCount: 2, epsilon: 0)
    layer.runningStatistics = RunningStatistics(mean: [0, 0], variance: [1, 0])
    let x = Tensor<Float>(repeating: 1, shape: [4, 2])
    #expect(throws: NormalizationError.zeroRunningVariance(channel: 1)) { try layer.inference(x) }
    layer.epsilon = 0.25
    #expect(try layer.inference(x)[1] == 2)
  }

  // Deviations of 1e160 have squares of 1e320, beyond Float64; of 1e150 they do not.
  @Test(arguments: AxisKind.allCases)
  func `a variance beyond Float64 is an error of its own`(kind: AxisKind) throws {
    func input(_ size: Double) -> Tensor<Double> {
      channelTensor(kind, channels: 3, values: 40) { channel, value in
        (channel == 1 ? size : 1) * Double(value % 5)
      }
    }
    var layer = BatchNorm<Double>(featureCount: 3, axis: kind.axis)
    let before = LayerState(layer)
    for size in [1e160, 4e307] {
      #expect(throws: NormalizationError.varianceOverflow(channel: 1)) {
        try layer.train(input(size))
      }
    }
    #expect(LayerState(layer) == before)
    let x = input(1e150)
    let worst = BatchNormReference(x, axis: kind.axis).deviation(of: try layer.train(x).output)
    #expect(worst.isTolerable, "\(worst)")
    layer.nonFinitePolicy = .propagate
    let kept = LayerState(layer)
    _ = try layer.train(input(1e160))
    #expect(LayerState(layer) == kept)
  }

  @Test func `a variance below Float64 is an error where epsilon does not help`() throws {
    func input(_ unit: Double) -> Tensor<Double> {
      Tensor(
        [1, 1, 3, 3, 5, 5, 7, 7, 9, 9].enumerated().map { $0 % 2 == 1 ? $1 * unit : $1 },
        shape: [5, 2])
    }
    var layer = BatchNorm<Double>(featureCount: 2, epsilon: 0)
    let before = LayerState(layer)
    for unit in [1e-147, 1e-160, 1e-170] {
      #expect(throws: NormalizationError.varianceUnderflow(channel: 1)) {
        try layer.train(input(unit))
      }
    }
    #expect(LayerState(layer) == before)
    // (1 - 5)/sqrt(8) and so on, at any magnitude above; constant channels are no error; epsilon helps.
    let output = try layer.train(input(1e-140)).output
    #expect(abs(output[1] + 2.0.squareRoot()) < 1e-14)
    #expect(
      try layer.train(Tensor(repeating: 1e-200, shape: [3, 2])).output.elements == [
        0, 0, 0, 0, 0, 0,
      ])
    layer.epsilon = 1e-5
    #expect(try layer.train(input(1e-160)).output.elements.allSatisfy { $0.isFinite })
  }
}
