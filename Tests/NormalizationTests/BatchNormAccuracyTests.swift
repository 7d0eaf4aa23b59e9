import Normalization
import Testing
import TestSupport

/// The bound of the contract for outputs, for any mean: 4 * 2^-23 * max(1, |scale*n| + |shift|) in
/// Float32, 64 * 2^-52 of the same in Float64, against wide numbers on the same inputs.
@Suite struct BatchNormAccuracyTests {
  /// |mean| by deviation.
  static let ratios: [Double] = [0, 1, 1e2, 1e3, 1e4, 1e5]
  /// Values per channel: one and a half blocks, tails of vectors, sections of rows.
  static let counts = [2, 3, 5, 16, 17, 63, 64, 65, 100, 1000, 4097]

  /// Makes a training pass over normal data and holds its output and statistics to the bounds.
  private func check<Scalar: NormalizationScalar>(
    _ type: Scalar.Type, _ kind: AxisKind, channels: Int, values: Int, ratio: Double,
    deviation: Double = 1, epsilon: Double = 1e-5, seed: UInt64 = 1
  ) throws {
    let x: Tensor<Scalar> = normalTensor(
      kind, channels: channels, values: values, seed: seed,
      mean: { ($0 % 2 == 0 ? 1 : -1.37) * ratio * deviation }, deviation: { _ in deviation })
    var layer = BatchNorm<Scalar>(featureCount: channels, axis: kind.axis, epsilon: epsilon)
    layer.scale = parameters(count: channels, seed: seed)
    layer.shift = parameters(count: channels, seed: seed + 1)
    let pass = try layer.trainingPass(x)
    let reference = BatchNormReference(
      x, axis: kind.axis, epsilon: epsilon, scale: layer.scale, shift: layer.shift)
    #expect(pass.output.shape == x.shape)
    let worst = reference.deviation(of: pass.output, shift: layer.shift)
    #expect(
      worst.isTolerable, "\(kind), \(values) values, mean/sd \(ratio), seed \(seed): \(worst)")
  }

  @Test(arguments: AxisKind.allCases, ElementType.allCases)
  func `outputs are within the bound for any mean and count`(
    kind: AxisKind, element: ElementType
  ) throws {
    for ratio in Self.ratios {
      for (seed, values) in Self.counts.enumerated() {
        try check(
          element.type, kind, channels: 3, values: values, ratio: ratio, seed: UInt64(seed))
      }
    }
  }

  @Test(arguments: AxisKind.both, ElementType.allCases)
  func `outputs are within the bound for a million values a channel`(
    kind: AxisKind, element: ElementType
  ) throws {
    for ratio in [0, 1e5] {
      try check(element.type, kind, channels: 1, values: 1_000_000, ratio: ratio)
    }
  }

  // Variances 1e-12 and 1e12, with and without an epsilon; 1e-5 drowns the first.
  @Test(arguments: AxisKind.both, ElementType.allCases)
  func `outputs are within the bound for variances 1e-12 and 1e12`(
    kind: AxisKind, element: ElementType
  ) throws {
    for deviation in [1e-6, 1e6] {
      for epsilon in [0, 1e-12, 1e-5] {
        for ratio in Self.ratios {
          try check(
            element.type, kind, channels: 17, values: 150, ratio: ratio, deviation: deviation,
            epsilon: epsilon)
        }
      }
    }
  }

  /// Makes a training pass with parameters of a size; `least` is what takes the place of 1 in the bound.
  private func checkScales<Scalar: NormalizationScalar>(
    _ type: Scalar.Type, size: Double, least: (Wide) -> Wide
  ) throws {
    for kind in AxisKind.both {
      for ratio in Self.ratios {
        let x: Tensor<Scalar> = normalTensor(
          kind, channels: 5, values: 300, seed: 4, mean: { ratio * (1 + Double($0) / 7) },
          deviation: { _ in 1 })
        let scale = Tensor([1, -2, 0, 0.5, 3].map { Scalar($0 * size) })
        let shift = Tensor([0, 1, -2, 3, 0.1].map { Scalar($0 * size) })
        var layer = BatchNorm<Scalar>(featureCount: 5, axis: kind.axis)
        layer.scale = scale
        layer.shift = shift
        let pass = try layer.trainingPass(x)
        let reference = BatchNormReference(x, axis: kind.axis, scale: scale, shift: shift)
        #expect(pass.output.shape == x.shape)
        let worst = reference.deviation(
          of: pass.output, shift: shift, least: wide(scale).map { max(1, least(abs($0))) })
        #expect(worst.isTolerable, "\(kind), mean/sd \(ratio): \(worst)")
      }
    }
  }

  @Test(arguments: [1e-3, 1, 10, 1e3, 1e5])
  func `outputs of Float are within the bound for scales of any size`(size: Double) throws {
    try checkScales(Float.self, size: size) { _ in 1 }
  }

  @Test(arguments: [1e-3, 1, 10])
  func `outputs of Double are within the bound for scales up to 30`(size: Double) throws {
    try checkScales(Double.self, size: size) { _ in 1 }
  }

  // The mean of Double is good to some 1e-16 sd. Times a scale of thousands that is more than 64 * 2^-52 where n is
  // near 0; it is within the same fraction of |scale|.
  @Test(arguments: [1e3, 1e5])
  func `outputs of Double are within the bound of max(1, |scale|) for scales of any size`(
    size: Double
  ) throws {
    try checkScales(Double.self, size: size) { $0 }
  }

  // Few values leave the mean no chance to average rounding out: it has to be exact.
  @Test(arguments: AxisKind.both, [2, 3, 5, 7, 8, 12, 20, 48])
  func `few values per channel are within the bound`(kind: AxisKind, values: Int) throws {
    for size in [1.0, 30, 1000] {
      let x: Tensor<Float> = normalTensor(
        kind, channels: 2000, values: values, seed: 5, mean: { Double($0 % 3) },
        deviation: { _ in 1 })
      var layer = BatchNorm<Float>(featureCount: 2000, axis: kind.axis, hasShift: false)
      layer.scale = Tensor(repeating: Float(size), shape: [2000])
      let worst = BatchNormReference(x, axis: kind.axis, scale: layer.scale)
        .deviation(of: try layer.trainingPass(x).output)
      #expect(worst.isTolerable, "scale \(size): \(worst)")
    }
  }

  @Test(arguments: AxisKind.allCases, ElementType.allCases)
  func `inference is within the bound, near the running mean and far from it`(
    kind: AxisKind, element: ElementType
  ) throws {
    func check<Scalar: NormalizationScalar>(_ type: Scalar.Type) throws {
      for ratio in Self.ratios {
        var layer = BatchNorm<Scalar>(featureCount: 3, axis: kind.axis)
        layer.scale = parameters(count: 3, seed: 2)
        layer.shift = parameters(count: 3, seed: 3)
        // Running means are numbers of Float64, none of Float32; the third is far from its channel.
        let means = [ratio + 1.0 / 3, -ratio - 1.0 / 7, 3 * ratio + 0.1]
        let variances = [1.1, 0.9, 1.0 / 3]
        layer.runningStatistics = RunningStatistics(mean: means, variance: variances)
        let x: Tensor<Scalar> = normalTensor(
          kind, channels: 3, values: 130, seed: 6, mean: { [ratio, -ratio, ratio][$0] },
          deviation: { _ in 1 })
        let reference = BatchNormReference(
          x, axis: kind.axis, scale: layer.scale, shift: layer.shift,
          statistics: (means, variances))
        let output = try layer.inference(x)
        #expect(output.shape == x.shape)
        let worst = reference.deviation(of: output, shift: layer.shift)
        #expect(worst.isTolerable, "mean/sd \(ratio): \(worst)")
      }
    }
    try check(element.type)
  }

  @Test(arguments: [false, true], [false, true])
  func `scale and shift are each optional`(hasScale: Bool, hasShift: Bool) throws {
    var layer = BatchNorm<Float>(featureCount: 3, axis: 1, hasScale: hasScale, hasShift: hasShift)
    #expect((layer.scale != nil) == hasScale)
    #expect((layer.shift != nil) == hasShift)
    if hasScale { layer.scale = Tensor([2, -3, 0.25]) }
    if hasShift { layer.shift = Tensor([1, 0, -5]) }
    let x: Tensor<Float> = normalTensor(.channelsFirst, channels: 3, values: 90, seed: 8)
    let dy: Tensor<Float> = normalTensor(.channelsFirst, channels: 3, values: 90, seed: 9)
    let pass = try layer.train(x)
    let reference = BatchNormReference(x, axis: 1, scale: layer.scale, shift: layer.shift)
    let worst = reference.deviation(of: pass.output, shift: layer.shift)
    #expect(worst.isTolerable, "\(worst)")
    // The gradients of a scale or shift that is not there are those of one at 1 or 0.
    let gradients = layer.gradients(of: pass, outputGradient: dy)
    #expect(gradients.scale?.shape == [3])
    #expect(gradients.shift?.shape == [3])
    let deviation = reference.gradients(dy).deviation(
      reference.view, input: gradients.input, scale: gradients.scale, shift: gradients.shift)
    #expect(deviation.isTolerable, "\(deviation)")
  }
}
