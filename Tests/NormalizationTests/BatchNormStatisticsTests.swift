import Normalization
import Testing
import TestSupport

/// The bounds of the contract for statistics: the mean within 2^-23*|mean| + 1e-6*sd, the variance within
/// 1e-6 of itself. The data aim at what sums in blocks of Float32 could get wrong.
@Suite struct BatchNormStatisticsTests {
  /// A channel's values, by number and count.
  struct Data: Sendable, CustomStringConvertible {
    var description: String
    var value: @Sendable (_ index: Int, _ count: Int) -> Double

    init(_ description: String, _ value: @escaping @Sendable (Int, Int) -> Double) {
      (self.description, self.value) = (description, value)
    }
  }

  static let adversarial: [Data] = [
    // Two values: every term of a sum rounds the same way.
    Data("0.1 and 0.3 in turn") { i, _ in i % 2 == 0 ? 0.1 : 0.3 },
    Data("0.1, then 0.3") { i, n in i < n / 2 ? 0.1 : 0.3 },
    Data("-0.7 and 0.1 in threes") { i, _ in i % 3 == 0 ? -0.7 : 0.1 },
    Data("1/3 and 2/3 by a hash") { i, _ in (i &* 2_654_435_761) >> 7 & 1 == 0 ? 1.0 / 3 : 2.0 / 3
    },
    Data("1000.1 and 1000.3") { i, _ in i % 2 == 0 ? 1000.1 : 1000.3 },
    // Binary features of any share.
    Data("one 1 among 0") { i, n in i == n / 2 ? 1 : 0 },
    Data("1 at first, else 0") { i, _ in i == 0 ? 1 : 0 },
    Data("1 at last, else 0") { i, n in i == n - 1 ? 1 : 0 },
    Data("one 0 among 1") { i, n in i == n / 3 ? 0 : 1 },
    Data("1 in ten") { i, _ in i % 10 == 3 ? 1 : 0 },
    Data("1 in 37") { i, _ in i % 37 == 5 ? 1 : 0 },
    // Sorted: blocks of little spread, far from each other.
    Data("a ramp") { i, n in Double(i) / Double(n) },
    Data("steps of 64") { i, _ in Double(i / 64) },
    Data("a ramp on 1e4") { i, n in 1e4 + Double(i) / Double(n) },
    Data("powers of two") { i, _ in Double(1 << (i % 20)) },
    // One huge outlier at the places where blocks, vectors and sums begin or end.
    Data("1e8 at first") { i, _ in i == 0 ? 1e8 : Double(i % 7) },
    Data("1e8 at last") { i, n in i == n - 1 ? 1e8 : Double(i % 7) },
    Data("-1e12 at 1") { i, _ in i == 1 ? -1e12 : Double(i % 5) / 8 },
    Data("1e6 amid 1e-6") { i, n in i == n / 2 ? 1e6 : 1e-6 * Double(i % 3) },
    // Alternating.
    Data("-1 and 1") { i, _ in i % 2 == 0 ? -1 : 1 },
    Data("-1e10 and 1e10 and a trace") { i, _ in i % 2 == 0 ? -1e10 : 1e10 + Double(i) },
    // Neighbouring numbers of Float32.
    Data("16777215 and 16777216") { i, _ in i % 2 == 0 ? 16_777_215 : 16_777_216 },
    // Four large squares at the head of the partial sums; the others add a little over half a unit each.
    Data("1 and 2^-12") { i, _ in
      i % 64 < 4 ? (i % 2 == 0 ? 1 : -1) : (i % 2 == 0 ? 1 : -1) * 0x1.01p-12
    },
    Data("1.41 and 2^-12 at twos") { i, _ in
      (i % 2 == 0 ? 1 : -1) * (i % 64 < 4 ? 1.41 : 0x1.02p-12)
    },
  ]
  static let counts = [2, 3, 16, 63, 64, 65, 127, 128, 129, 640, 2048, 2049, 6000]

  private func check<Scalar: NormalizationScalar>(
    _ x: Tensor<Scalar>, _ kind: AxisKind, _ note: String
  ) throws {
    let channels = ChannelView(shape: x.shape, axis: kind.axis).channels
    var layer = BatchNorm<Scalar>(featureCount: channels, axis: kind.axis, epsilon: 0)
    let pass = try layer.train(x)
    let reference = BatchNormReference(x, axis: kind.axis, epsilon: 0)
    let found = pass.record.statistics
    try #require(found.mean.count == channels && found.variance.count == channels)
    // Float64: the same with 64 units of its own.
    let unit: Wide = Scalar.self == Float.self ? 1e-6 : 0x1p-46
    let meanUnit: Wide = Scalar.self == Float.self ? 0x1p-23 : 0x1p-52
    var worst = Deviation()
    for channel in 0..<channels {
      let (mean, variance) = (reference.mean[channel], reference.variance[channel])
      worst.compare(
        Wide(found.mean[channel]) + Wide(found.meanRemainder[channel]), mean,
        tolerance: meanUnit * abs(mean) + unit * variance.squareRoot(), "mean of \(channel)")
      worst.compare(
        Wide(found.variance[channel]), variance, tolerance: unit * variance,
        "variance of \(channel)")
    }
    #expect(worst.isTolerable, "\(note): \(worst)")
    let output = reference.deviation(of: pass.output)
    #expect(output.isTolerable, "\(note): \(output)")
  }

  @Test(arguments: ElementType.allCases, AxisKind.allCases)
  func `statistics of adversarial data are within the bound`(
    element: ElementType, kind: AxisKind
  ) throws {
    func check<Scalar: NormalizationScalar>(_ type: Scalar.Type) throws {
      for count in Self.counts {
        // All data sets side by side, a channel each.
        let x: Tensor<Scalar> = channelTensor(
          kind, channels: Self.adversarial.count, values: count
        ) { channel, value in Self.adversarial[channel].value(value, count) }
        try self.check(x, kind, "\(count) values of \(kind)")
      }
    }
    try check(element.type)
  }

  @Test(arguments: AxisKind.both)
  func `statistics of binary features of every share are within the bound`(kind: AxisKind) throws {
    for seed in 0..<UInt64(4) {
      var generator = SeededGenerator(seed: seed)
      for count in [64, 128, 1000, 4096] {
        let x: Tensor<Float> = channelTensor(kind, channels: 40, values: count) { channel, _ in
          let share = Double(channel + 1) / 41
          return generator.uniform() < share ? 0.3 + Double(seed) : 0.1
        }
        try check(x, kind, "\(count) values, seed \(seed)")
      }
    }
  }

  @Test(arguments: AxisKind.both)
  func `statistics are within the bound for means up to 1e5 deviations`(kind: AxisKind) throws {
    for (seed, ratio) in [0, 1, 1e2, 1e3, 1e4, 1e5].enumerated() {
      for count in Self.counts {
        let x: Tensor<Float> = normalTensor(
          kind, channels: 20, values: count, seed: UInt64(seed), mean: { _ in ratio },
          deviation: { _ in 1 })
        try check(x, kind, "\(count) values, mean/sd \(ratio)")
      }
    }
  }

  @Test(arguments: ElementType.allCases, AxisKind.allCases)
  func `a constant channel is exact: mean itself, variance 0, output its shift, gradient 0`(
    element: ElementType, kind: AxisKind
  ) throws {
    func check<Scalar: NormalizationScalar>(_ type: Scalar.Type) throws {
      let constants: [Double] = [0, 0.1, -0.3, 1e-30, 12345.678, -1e30, 3e38, 1e-44, 1.0 / 3]
      for count in Self.counts {
        let x: Tensor<Scalar> = channelTensor(kind, channels: constants.count, values: count) {
          channel, _ in constants[channel]
        }
        var generator = SeededGenerator(seed: 3)
        let dy = Tensor<Scalar>(normal: x.shape, using: &generator)
        for epsilon in [0, 1e-5] {
          var layer = BatchNorm<Scalar>(
            featureCount: constants.count, axis: kind.axis, epsilon: epsilon)
          layer.shift = parameters(count: constants.count, seed: 1)
          let pass = try layer.train(x)
          #expect(pass.record.statistics.mean == constants.map { Double(Scalar($0)) })
          #expect(pass.record.statistics.variance.allSatisfy { $0 == 0 })
          let view = ChannelView(shape: x.shape, axis: kind.axis)
          let shift = try #require(layer.shift)
          #expect(pass.output.shape == x.shape)
          #expect(
            (0..<x.count).allSatisfy { pass.output[$0] == shift[view.channel(of: $0)] },
            "\(count) values of \(kind), epsilon \(epsilon)")
          guard epsilon == 0 else { continue }
          let gradients = layer.gradients(of: pass, outputGradient: dy)
          #expect(gradients.input == Tensor(repeating: 0, shape: x.shape))
          #expect(gradients.scale == Tensor(repeating: 0, shape: [constants.count]))
        }
      }
    }
    try check(element.type)
  }
}
