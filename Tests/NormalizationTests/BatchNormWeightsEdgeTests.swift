import Normalization
import TestSupport
import Testing

/// Weights at the edge: what is refused, magnitudes that Float32 can hardly carry, constant channels.
@Suite struct BatchNormWeightsEdgeTests {
  @Test(arguments: [-1, -1e-30, .nan, .infinity, -.infinity] as [Float])
  func `weights that are negative or not finite are refused by position`(weight: Float) throws {
    var layer = BatchNorm<Float>(featureCount: 3, axis: 1)
    let before = LayerState(layer)
    let x: Tensor<Float> = Tensor(repeating: 1, shape: [2, 3, 4, 5])
    var weights = Tensor<Float>(repeating: 1, shape: [2, 4, 5])
    weights[20 + 2 * 5 + 3] = weight
    weights[39] = weight
    func check(_ body: () throws -> Void) {
      #expect {
        try body()
      } throws: { error in
        guard case .invalidWeight(let position, let found)? = error as? NormalizationError
        else { return false }
        let isFound = found.isNaN ? weight.isNaN : found == Double(weight)
        return position == [1, 2, 3] && isFound && "\(error)".contains("[1, 2, 3]")
      }
    }
    check { _ = try layer.train(x, weights: weights) }
    check { _ = try layer.trainingPass(x, weights: weights, using: Moments()) }
    check { _ = try layer.moments(of: x, weights: weights) }
    check { _ = try layer.inference(x, weights: weights) }
    check { _ = try layer.inferenceGradients(input: x, weights: weights, outputGradient: x) }
    #expect(LayerState(layer) == before)
  }

  @Test func `weights of Float64 whose products leave its range are refused`() throws {
    let layer = BatchNorm<Double>(featureCount: 1)
    let x = Tensor<Double>([1, 2, 3], shape: [3, 1])
    for weight in [1e101, 1e-101, .leastNonzeroMagnitude, .greatestFiniteMagnitude] {
      #expect(throws: NormalizationError.invalidWeight(position: [2], found: weight)) {
        try layer.trainingPass(x, weights: Tensor([1, 0, weight]))
      }
    }
    // The ends of the range, and -0, which is 0.
    let pass = try layer.trainingPass(x, weights: Tensor([1e-100, -0.0, 1e100]))
    #expect(pass.output.elements.allSatisfy { $0.isFinite })
    #expect(pass.record.statistics.count == 2)
    // (x1 - x2)^2/2 is the unbiased variance of two values, whatever their weights.
    let factor = pass.record.statistics.unbiasedFactor
    #expect(abs(pass.record.statistics.variance[0] * factor - 2) < 1e-14)
  }

  @Test func `fewer than two positive weights are refused and change nothing`() throws {
    for weights in [[0, 0, 0], [0, 2, 0]] as [[Float]] {
      var layer = BatchNorm<Float>(featureCount: 2)
      let before = LayerState(layer)
      let expected = NormalizationError.tooFewValuesInAll(found: weights[1] > 0 ? 1 : 0)
      #expect(throws: expected) {
        try layer.train(Tensor(repeating: 1, shape: [3, 2]), weights: Tensor(weights))
      }
      #expect(LayerState(layer) == before)
      // Inference needs none.
      let output = try layer.inference(
        Tensor(repeating: 1, shape: [3, 2]), weights: Tensor(weights))
      #expect(output[0] == 0)
    }
  }

  @Test(arguments: AxisKind.allCases, ElementType.allCases)
  func `a non-finite element of positive weight is refused, or propagates, as without weights`(
    kind: AxisKind, element: ElementType
  ) throws {
    func check<Scalar: NormalizationScalar>(_ type: Scalar.Type) throws {
      for value in [0, 40, 98] {
        let weights: Tensor<Scalar> = BatchNormWeightsTests.weights(
          kind, channels: 4, values: 100, seed: 9)
        var x: Tensor<Scalar> = normalTensor(kind, channels: 4, values: 100, seed: 9)
        let view = ChannelView(shape: x.shape, axis: kind.axis)
        let kept = try #require((value..<100).first { weights[$0] > 0 })
        x[view.index(2, kept)] = value == 40 ? .nan : -.infinity
        x = BatchNormWeightsTests.spoiled(x, kind, weights)  // which is no reason to refuse
        var layer = BatchNormWeightsTests.layer(type, kind, .training, mean: 0, channels: 4)
        let before = LayerState(layer)
        #expect(throws: NormalizationError.nonFiniteInput(channel: 2)) {
          try layer.train(x, weights: weights)
        }
        #expect(LayerState(layer) == before)
        layer.nonFinitePolicy = .propagate
        let pass = try layer.train(x, weights: weights)
        #expect(layer.runningStatistics == before.running)
        for position in 0..<100 {
          for channel in 0..<4 {
            let output = pass.output[view.index(channel, position)]
            #expect(output.isNaN == (channel == 2 && weights[position] > 0))
          }
        }
      }
    }
    try check(element.type)
  }

  @Test(arguments: AxisKind.allCases)
  func `finite elements and weights of any magnitude work in Float32`(kind: AxisKind) throws {
    let sizes: [Double] = [1e38, 1e-38, 1e-44, 1, 3e38, 1e30]
    for weightSize in [1, 1e-44, 1e38] {
      var weights: Tensor<Float> = BatchNormWeightsTests.weights(
        kind, channels: sizes.count, values: 360, seed: 1, size: weightSize)
      weights[359] = Float(weightSize)
      weights[358] *= weightSize < 1 ? 1e6 : 1e-6  // of nearly all the weight, or of next to none
      let x: Tensor<Float> = channelTensor(kind, channels: sizes.count, values: 360) {
        sizes[$0] * (Double($1 % 7) / 6 - 0.4)
      }
      // Small enough for r * dy to stay in range where r is 1e47.
      let dy: Tensor<Float> = normalTensor(
        kind, channels: sizes.count, values: 360, seed: 3, mean: { _ in 0 },
        deviation: { _ in 1e-12 })
      let layer = BatchNorm<Float>(featureCount: sizes.count, axis: kind.axis, epsilon: 0)
      let pass = try layer.trainingPass(x, weights: weights)
      let reference = BatchNormReference(x, axis: kind.axis, epsilon: 0, weights: weights)
      let output = reference.deviation(of: pass.output)
      #expect(output.isTolerable, "weights of \(weightSize): \(output)")
      let gradients = reference.gradients(dy).deviation(
        reference.view, input: layer.gradients(of: pass, outputGradient: dy).input, scale: nil,
        shift: nil, extra: Wide(Float.leastNormalMagnitude))
      #expect(gradients.isTolerable, "weights of \(weightSize): \(gradients)")
    }
  }

  @Test func `a constant channel is exact: output its shift, gradient 0`() throws {
    for kind in AxisKind.allCases {
      let weights: Tensor<Float> = BatchNormWeightsTests.weights(
        kind, channels: 3, values: 200, seed: 1)
      let x: Tensor<Float> = channelTensor(kind, channels: 3, values: 200) { c, _ in
        [0.1, -3e38, 1e-44][c]
      }
      let dy: Tensor<Float> = normalTensor(kind, channels: 3, values: 200, seed: 1)
      let layer = BatchNorm<Float>(featureCount: 3, axis: kind.axis, epsilon: 0)
      let pass = try layer.trainingPass(x, weights: weights)
      #expect(pass.record.statistics.variance == [0, 0, 0])
      #expect(pass.record.statistics.mean == [0.1, -3e38, 1e-44].map { Double(Float($0)) })
      #expect(pass.output == Tensor(repeating: 0, shape: x.shape))
      let gradients = layer.gradients(of: pass, outputGradient: dy)
      #expect(gradients.input == Tensor(repeating: 0, shape: x.shape))
    }
  }

  @Test func `weights and unweighted calls do not mix`() async {
    await #expect(processExitsWith: .failure) {
      let layer = BatchNorm<Float>(featureCount: 1)
      let x = Tensor<Float>([1, 2, 4], shape: [3, 1])
      guard let pass = try? layer.trainingPass(x, weights: Tensor([1, 1, 1])) else { return }
      var output = x
      var span = output.mutableSpan
      _ = layer.gradients(of: pass.record, input: x.span, outputGradient: x.span, into: &span)
    }
    await #expect(processExitsWith: .failure) {
      let layer = BatchNorm<Float>(featureCount: 1)
      _ = try? layer.trainingPass(
        Tensor([1, 2, 4], shape: [3, 1]), weights: Tensor([1, 1, 1], shape: [3, 1]))
    }
  }
}
