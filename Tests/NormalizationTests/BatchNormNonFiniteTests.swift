import Normalization
import Testing
import TestSupport

/// Inputs that are infinite or not a number: refused, or propagated without touching running statistics.
@Suite struct BatchNormNonFiniteTests {
  /// What is put at some places of a channel.
  struct Spoil: Sendable, CustomStringConvertible {
    var description: String
    var values: [Double]
  }

  static let spoils = [
    Spoil(description: "nan", values: [.nan]), Spoil(description: "inf", values: [.infinity]),
    Spoil(description: "-inf", values: [-.infinity]),
    Spoil(description: "inf and -inf", values: [.infinity, -.infinity]),
    Spoil(description: "inf twice", values: [.infinity, .infinity]),
  ]
  /// 17 and 2049 end in tails of vectors and sections; 65 in a block of one row.
  static let counts = [2, 17, 64, 65, 130, 2100]

  private func spoiled<Scalar: NormalizationScalar>(
    _ type: Scalar.Type, _ kind: AxisKind, _ spoil: Spoil, values: Int, at place: Int, channel: Int
  ) -> Tensor<Scalar> {
    var generator = SeededGenerator(seed: 1)
    return channelTensor(kind, channels: 19, values: values) { c, value in
      let x = generator.normal()
      guard c == channel else { return x }
      if value == place { return spoil.values[0] }
      return spoil.values.count > 1 && value == (place + 1) % values ? spoil.values[1] : x
    }
  }

  /// Calls `body` with every spoilt input: at the first, the last and a middle value, in a first, inner and
  /// last channel.
  private func withEvery<Scalar: NormalizationScalar>(
    _ type: Scalar.Type, _ kind: AxisKind, _ spoil: Spoil,
    _ body: (_ input: Tensor<Scalar>, _ channel: Int, _ note: String) throws -> Void
  ) rethrows {
    for values in Self.counts {
      for place in [0, values / 2, values - 1] {
        for channel in [0, 7, 18] {
          let x = spoiled(
            type, kind, spoil, values: values, at: place, channel: channel)
          try body(x, channel, "\(kind), \(values) values, \(spoil) at \(place) of \(channel)")
        }
      }
    }
  }

  @Test(arguments: ElementType.allCases, spoils)
  func `a non-finite element is refused by channel and changes nothing`(
    element: ElementType, spoil: Spoil
  ) throws {
    func check<Scalar: NormalizationScalar>(_ type: Scalar.Type, _ kind: AxisKind) throws {
      var layer = BatchNorm<Scalar>(featureCount: 19, axis: kind.axis)
      let before = LayerState(layer)
      withEvery(type, kind, spoil) { x, channel, note in
        #expect(throws: NormalizationError.nonFiniteInput(channel: channel), "\(note)") {
          try layer.train(x)
        }
      }
      #expect(LayerState(layer) == before)
    }
    for kind in AxisKind.allCases { try check(element.type, kind) }
  }

  @Test(arguments: ElementType.allCases, spoils)
  func `propagating leaves the running statistics of all channels, and spoils only one`(
    element: ElementType, spoil: Spoil
  ) throws {
    func check<Scalar: NormalizationScalar>(_ type: Scalar.Type, _ kind: AxisKind) throws {
      var layer = BatchNorm<Scalar>(
        featureCount: 19, axis: kind.axis, nonFinitePolicy: .propagate)
      layer.runningStatistics = RunningStatistics(
        mean: Array(repeating: 0.5, count: 19), variance: Array(repeating: 2, count: 19))
      let before = LayerState(layer)
      try withEvery(type, kind, spoil) { x, channel, note in
        let pass = try layer.train(x)
        #expect(LayerState(layer) == before, "\(note)")
        #expect(!pass.record.isFinite, "\(note)")
        let view = ChannelView(shape: x.shape, axis: kind.axis)
        let isRight = (0..<x.count).allSatisfy { index in
          view.channel(of: index) == channel
            ? pass.output[index].isNaN : pass.output[index].isFinite
        }
        #expect(isRight, "\(note)")
      }
    }
    for kind in AxisKind.allCases { try check(element.type, kind) }
  }

  @Test(arguments: AxisKind.allCases)
  func `the first of several channels is named`(kind: AxisKind) throws {
    let x: Tensor<Float> = channelTensor(kind, channels: 40, values: 100) { channel, value in
      [11, 12, 39].contains(channel) && value == 99 - channel ? .nan : Double(value)
    }
    let layer = BatchNorm<Float>(featureCount: 40, axis: kind.axis)
    #expect(throws: NormalizationError.nonFiniteInput(channel: 11)) { try layer.trainingPass(x) }
  }

  // Judged on elements, not on sums: these overflow every sum in Float32, and none is infinite.
  @Test(arguments: AxisKind.allCases)
  func `finite elements whose sums overflow are accepted`(kind: AxisKind) throws {
    let largest = Double(Float.greatestFiniteMagnitude)
    for pattern in [
      [largest, -largest], [largest, largest, 0], [largest, 0, 0, 0, 0, 0, 0, 0, 0],
    ] {
      let x: Tensor<Float> = channelTensor(kind, channels: 3, values: 180) { channel, value in
        channel == 1 ? pattern[value % pattern.count] : Double(value)
      }
      var layer = BatchNorm<Float>(featureCount: 3, axis: kind.axis)
      let output = try layer.train(x).output
      let worst = BatchNormReference(x, axis: kind.axis).deviation(of: output)
      #expect(worst.isTolerable, "\(worst)")
    }
  }

  @Test(arguments: AxisKind.allCases, [RunningStatistics.Tracking.unbiasedVariance, nil])
  func `inference and gradients propagate, whatever the policy`(
    kind: AxisKind, tracking: RunningStatistics.Tracking?
  ) throws {
    let layer = BatchNorm<Float>(featureCount: 19, axis: kind.axis, tracking: tracking)
    let clean: Tensor<Float> = normalTensor(kind, channels: 19, values: 65, seed: 1)
    let x = spoiled(Float.self, kind, Self.spoils[0], values: 65, at: 3, channel: 7)
    let output = try layer.inference(x)
    let gradients = try layer.inferenceGradients(input: x, outputGradient: clean)
    let reversed = try layer.inferenceGradients(input: clean, outputGradient: x)
    let index = ChannelView(shape: x.shape, axis: kind.axis).index(7, 3)
    #expect(output[index].isNaN)
    #expect(gradients.scale?[7].isNaN == true)
    #expect(gradients.scale?[6].isFinite == true)
    #expect(reversed.input[index].isNaN)
    #expect(reversed.shift?[7].isNaN == true)
    #expect(reversed.shift?[8].isFinite == true)
    // A training pass's gradients too: from the output gradient.
    let trained = layer.gradients(of: try layer.trainingPass(clean), outputGradient: x)
    #expect(trained.input[index].isNaN)
    #expect(trained.shift?[7].isNaN == true)
  }
}
