import Normalization
import Testing
import TestSupport

/// Weights of positions: the bounds of the contract, and what weights mean.
@Suite struct BatchNormWeightsTests {
  enum Mode: String, CaseIterable, Sendable {
    case training, frozen, inference
  }

  /// Weights from 0.1 to 2, of which about a third is 0, but never the last two.
  static func weights<Scalar: NormalizationScalar>(
    _ kind: AxisKind, channels: Int, values: Int, seed: UInt64, size: Double = 1
  ) -> Tensor<Scalar> {
    var generator = SeededGenerator(seed: seed, stream: 77)
    var shape = kind.shape(channels: channels, values: values)
    shape.remove(at: kind.axis < 0 ? shape.count + kind.axis : kind.axis)
    let elements = (0..<values).map { value in
      let weight = Scalar(size * (0.1 + 1.9 * generator.uniform()))
      return generator.uniform() < 0.35 && value < values - 2 ? 0 : weight
    }
    return Tensor(elements, shape: shape)
  }

  /// The same tensor with nan where the weight is 0.
  static func spoiled<Scalar: NormalizationScalar>(
    _ tensor: Tensor<Scalar>, _ kind: AxisKind, _ weights: Tensor<Scalar>
  ) -> Tensor<Scalar> {
    var tensor = tensor
    let view = ChannelView(shape: tensor.shape, axis: kind.axis)
    for value in 0..<view.valuesPerChannel where weights[value] == 0 {
      for channel in 0..<view.channels { tensor[view.index(channel, value)] = .nan }
    }
    return tensor
  }

  static func layer<Scalar: NormalizationScalar>(
    _ type: Scalar.Type, _ kind: AxisKind, _ mode: Mode, mean: Double, channels: Int = 3
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

  private func results<Scalar: NormalizationScalar>(
    _ layer: BatchNorm<Scalar>, _ mode: Mode, _ x: Tensor<Scalar>, _ weights: Tensor<Scalar>,
    _ dy: Tensor<Scalar>
  ) throws -> (output: Tensor<Scalar>, gradients: BatchNorm<Scalar>.Gradients) {
    if mode == .inference {
      return (
        try layer.inference(x, weights: weights),
        try layer.inferenceGradients(input: x, weights: weights, outputGradient: dy)
      )
    }
    let pass = try layer.trainingPass(x, weights: weights)
    return (pass.output, layer.gradients(of: pass, outputGradient: dy))
  }

  @Test(arguments: AxisKind.allCases, ElementType.allCases)
  func `outputs and gradients are within the bounds, and nan at weight 0 is never used`(
    kind: AxisKind, element: ElementType
  ) throws {
    func check<Scalar: NormalizationScalar>(_ type: Scalar.Type) throws {
      for mode in Mode.allCases {
        for ratio in [0, 1, 1e2, 1e4] {
          for (values, channels) in [
            (2, 3), (3, 3), (17, 18), (64, 3), (129, 33), (1000, 3), (2500, 2), (5000, 1),
          ] {
            let seed = UInt64(values)
            let weights: Tensor<Scalar> = Self.weights(
              kind, channels: channels, values: values, seed: seed)
            let x: Tensor<Scalar> = normalTensor(
              kind, channels: channels, values: values, seed: seed, mean: { _ in ratio },
              deviation: { _ in 1 })
            let dy: Tensor<Scalar> = normalTensor(
              kind, channels: channels, values: values, seed: seed + 1)
            let layer = Self.layer(type, kind, mode, mean: ratio, channels: channels)
            let found = try results(
              layer, mode, Self.spoiled(x, kind, weights), weights,
              Self.spoiled(dy, kind, weights))
            let running = try #require(layer.runningStatistics)
            let reference = BatchNormReference(
              x, axis: kind.axis, scale: layer.scale, shift: layer.shift,
              statistics: mode == .training ? nil : (running.mean, running.variance),
              weights: weights)
            let note = "\(mode), mean/sd \(ratio), \(values) values of \(channels) channels"
            let output = reference.deviation(of: found.output, shift: layer.shift)
            #expect(output.isTolerable, "\(note): \(output)")
            let gradients = reference.gradients(dy).deviation(
              reference.view, input: found.gradients.input, scale: found.gradients.scale,
              shift: found.gradients.shift)
            #expect(gradients.isTolerable, "\(note): \(gradients)")
            for value in 0..<values where weights[value] == 0 {
              for channel in 0..<channels {
                let index = reference.view.index(channel, value)
                #expect(found.output[index] == 0 && found.gradients.input[index] == 0)
              }
            }
          }
        }
      }
    }
    try check(element.type)
  }

  @Test(arguments: AxisKind.allCases, ElementType.allCases)
  func `statistics are within the bounds, also of weights of every size`(
    kind: AxisKind, element: ElementType
  ) throws {
    func check<Scalar: NormalizationScalar>(_ type: Scalar.Type) throws {
      for size in [1, 1e-30, 1e30] {
        for ratio in [0, 1e3, 1e5] {
          let weights: Tensor<Scalar> = Self.weights(
            kind, channels: 5, values: 1500, seed: 2, size: size)
          let x: Tensor<Scalar> = normalTensor(
            kind, channels: 5, values: 1500, seed: 3, mean: { _ in ratio }, deviation: { _ in 1 })
          var layer = BatchNorm<Scalar>(
            featureCount: 5, axis: kind.axis, momentum: .keeping(0))
          let found = try layer.train(Self.spoiled(x, kind, weights), weights: weights).record
            .statistics
          let reference = BatchNormReference(x, axis: kind.axis, weights: weights)
          let running = try #require(layer.runningStatistics)
          #expect(found.count == weights.elements.count { $0 > 0 })
          let total = wide(weights).reduce(0, +)
          #expect(abs(Wide(found.totalWeight) - total) <= 1e-13 * total)
          let unit: Wide = Scalar.self == Float.self ? 1e-6 : 0x1p-46
          var worst = Deviation()
          for channel in 0..<5 {
            worst.compare(
              Wide(found.mean[channel]) + Wide(found.meanRemainder[channel]),
              reference.mean[channel],
              tolerance: 0x1p-52 * abs(reference.mean[channel]) + unit, "mean of \(channel)")
            worst.compare(
              Wide(found.variance[channel]), reference.variance[channel],
              tolerance: unit * reference.variance[channel], "variance of \(channel)")
            let unbiased = reference.unbiasedVariance(channel)
            worst.compare(
              Wide(running.variance[channel]), unbiased, tolerance: 2 * unit * unbiased,
              "running variance of \(channel)")
          }
          #expect(worst.isTolerable, "\(kind), weights of \(size), mean/sd \(ratio): \(worst)")
        }
      }
    }
    try check(element.type)
  }

  // The loss is a sum of outputs with random weights of its own; as in the tests without weights.
  @Test(arguments: AxisKind.allCases, Mode.allCases)
  func `gradients agree with central differences to 1e-7`(kind: AxisKind, mode: Mode) throws {
    for (seed, ratio) in [0, 1, 100].enumerated() {
      let weights: Tensor<Double> = Self.weights(kind, channels: 3, values: 12, seed: UInt64(seed))
      let x: Tensor<Double> = normalTensor(
        kind, channels: 3, values: 12, seed: UInt64(seed), mean: { _ in Double(ratio) },
        deviation: { _ in 1 })
      let dy: Tensor<Double> = normalTensor(kind, channels: 3, values: 12, seed: 99)
      let layer = Self.layer(Double.self, kind, mode, mean: Double(ratio))
      let found = try results(layer, mode, x, weights, dy).gradients
      func loss(_ layer: BatchNorm<Double>, _ x: Tensor<Double>) throws -> Double {
        let y =
          mode == .inference
          ? try layer.inference(x, weights: weights)
          : try layer.trainingPass(x, weights: weights).output
        return weightedSum(y, weights: dy)
      }
      let running = try #require(layer.runningStatistics)
      let reference = BatchNormReference(
        x, axis: kind.axis, scale: layer.scale,
        statistics: mode == .training ? nil : (running.mean, running.variance), weights: weights)
      var expected = reference.gradients(dy)
      expected.input = try centralDifferences(at: x, step: { _ in 1e-4 }) { try loss(layer, $0) }
        .map { Wide($0) }
      func differences(
        _ parameter: WritableKeyPath<BatchNorm<Double>, Tensor<Double>?>
      ) throws -> [Wide] {
        try centralDifferences(
          at: try #require(layer[keyPath: parameter]), step: { _ in 1e-4 }
        ) { value in
          var other = layer
          other[keyPath: parameter] = value
          return try loss(other, x)
        }.map { Wide($0) }
      }
      expected.scale = try differences(\.scale)
      expected.shift = try differences(\.shift)
      let worst = expected.deviation(
        reference.view, input: found.input, scale: found.scale, shift: found.shift, tolerance: 1e-7)
      #expect(worst.isTolerable, "seed \(seed), mean/sd \(ratio): \(worst)")
    }
  }

  @Test(arguments: AxisKind.allCases, ElementType.allCases)
  func `a power of two times all weights changes no bit`(
    kind: AxisKind, element: ElementType
  ) throws {
    func check<Scalar: NormalizationScalar>(_ type: Scalar.Type) throws {
      let weights: Tensor<Scalar> = Self.weights(kind, channels: 5, values: 700, seed: 4)
      let x: Tensor<Scalar> = normalTensor(kind, channels: 5, values: 700, seed: 5)
      let dy: Tensor<Scalar> = normalTensor(kind, channels: 5, values: 700, seed: 6)
      var layer = Self.layer(type, kind, .training, mean: 0, channels: 5)
      let fresh = layer
      let pass = try layer.train(x, weights: weights)
      let gradients = layer.gradients(of: pass, outputGradient: dy)
      for factor: Scalar in [0x1p-40, 0.5, 0x1p20, 0x1p60] {
        var other = fresh
        let scaled = Tensor(weights.elements.map { $0 * factor }, shape: weights.shape)
        let otherPass = try other.train(x, weights: scaled)
        let otherGradients = other.gradients(of: otherPass, outputGradient: dy)
        #expect(otherPass.output == pass.output)
        #expect(otherGradients.input == gradients.input)
        #expect(otherGradients.scale == gradients.scale)
        #expect(LayerState(other) == LayerState(layer), "\(factor)")
      }
    }
    try check(element.type)
  }

  // Columns, where positions can be removed.
  @Test(arguments: ElementType.allCases)
  func `a mask is the batch of the kept positions, and of ones the batch itself`(
    element: ElementType
  ) throws {
    func check<Scalar: NormalizationScalar>(_ type: Scalar.Type) throws {
      let (values, channels) = (500, 20)
      let x: Tensor<Scalar> = normalTensor(.columns, channels: channels, values: values, seed: 7)
      let dy: Tensor<Scalar> = normalTensor(.columns, channels: channels, values: values, seed: 8)
      for step in [1, 2, 3] {
        let mask = Tensor<Scalar>((0..<values).map { $0 % step == 0 ? 1 : 0 })
        let kept = (0..<values).filter { $0 % step == 0 }
        func rows(_ tensor: Tensor<Scalar>) -> Tensor<Scalar> {
          Tensor(
            kept.flatMap { row in (0..<channels).map { tensor[row * channels + $0] } },
            shape: [kept.count, channels])
        }
        var masked = Self.layer(type, .columns, .training, mean: 0, channels: channels)
        var plain = masked
        let pass = try masked.train(x, weights: mask)
        let plainPass = try plain.train(rows(x))
        #expect(pass.record.statistics.count == kept.count)
        let reference = BatchNormReference(
          rows(x), axis: -1, scale: plain.scale, shift: plain.shift)
        let output = reference.deviation(of: rows(pass.output), shift: plain.shift)
        #expect(output.isTolerable, "\(output)")
        let gradients = masked.gradients(of: pass, outputGradient: dy)
        let worst = reference.gradients(rows(dy)).deviation(
          reference.view, input: rows(gradients.input), scale: gradients.scale,
          shift: gradients.shift)
        #expect(worst.isTolerable, "\(worst)")
        // The factor m/(m - 1) to the bit; the statistics to rounding.
        #expect(
          pass.record.statistics.unbiasedFactor == plainPass.record.statistics.unbiasedFactor)
        let (one, other) = try (
          #require(masked.runningStatistics), #require(plain.runningStatistics)
        )
        for channel in 0..<channels {
          #expect(abs(one.variance[channel] - other.variance[channel]) < 1e-6)
          #expect(abs(one.mean[channel] - other.mean[channel]) < 1e-6)
        }
      }
    }
    try check(element.type)
  }

  // By hand: W = 4, mean = (1*1 + 3*5)/4 = 4, variance = (9 + 3*1)/4 = 3, W^2/(W^2 - 10) = 16/6.
  @Test func `a batch of two positions is what the formulas give`() throws {
    var layer = BatchNorm<Double>(featureCount: 1, epsilon: 1, momentum: .keeping(0))
    let x = Tensor<Double>([1, .nan, 5], shape: [3, 1])
    let pass = try layer.train(x, weights: Tensor([1, 0, 3]))
    #expect(pass.output.elements == [-1.5, 0, 0.5])
    #expect(pass.record.statistics.mean == [4])
    #expect(pass.record.statistics.variance == [3])
    #expect(pass.record.statistics.totalWeight == 4)
    #expect(pass.record.statistics.count == 2)
    #expect(layer.runningStatistics?.variance == [8])
    // dx = 1/2 * (dy - w/4 * 2 - w/4 * n * sum(dy*n)), dy = 3, -1: sum(dy) = 2, sum(dy*n) = -5
    let gradients = layer.gradients(
      of: pass, outputGradient: Tensor([3, .infinity, -1], shape: [3, 1]))
    #expect(gradients.shift?.elements == [2])
    #expect(gradients.scale?.elements == [-5])
    #expect(gradients.input.elements == [0.3125, 0, -0.3125])
  }
}
