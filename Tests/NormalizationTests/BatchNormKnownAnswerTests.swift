import Normalization
import Testing
import TestSupport

/// Answers that a reader can work out.
@Suite struct BatchNormKnownAnswerTests {
  // 1, 3, 5, 7, 9: sum 25, mean 5, squared deviations 16 + 4 + 0 + 4 + 16 = 40, variance 8, unbiased 10.
  @Test func `1, 3, 5, 7, 9 has mean 5, variance 8 and becomes multiples of 1 by root 2`() throws {
    var layer = BatchNorm<Double>(featureCount: 1, epsilon: 0)
    let pass = try layer.train(Tensor([1, 3, 5, 7, 9], shape: [5, 1]))
    let root = 2.0.squareRoot()
    #expect(pass.record.statistics.count == 5)
    #expect(pass.record.statistics.mean == [5])
    #expect(pass.record.statistics.meanRemainder == [0])
    #expect(pass.record.statistics.variance == [8])
    // -4/sqrt(8) = -sqrt(2); a unit of rounding for the inverse deviation and one for the product.
    for (found, expected) in zip(pass.output.elements, [-root, -root / 2, 0, root / 2, root]) {
      #expect(abs(found - expected) <= 0x1p-51)
    }
    #expect(pass.output.shape == [5, 1])
    // 0.9*0 + 0.1*5 and 0.9*1 + 0.1*10.
    let running = try #require(layer.runningStatistics)
    #expect(abs(running.mean[0] - 0.5) <= 0x1p-52)
    #expect(abs(running.variance[0] - 1.9) <= 0x1p-51)
    #expect(running.batchesTracked == 1)
  }

  // With epsilon 1 the divisor is sqrt(8 + 1) = 3: -4/3, -2/3, 0, 2/3, 4/3, times 6 plus 10.
  @Test(arguments: ElementType.allCases)
  func `epsilon is added to the variance, and scale and shift follow`(element: ElementType) throws {
    func check<Scalar: NormalizationScalar>(_ type: Scalar.Type) throws {
      var layer = BatchNorm<Scalar>(featureCount: 1, epsilon: 1)
      layer.scale = Tensor([6])
      layer.shift = Tensor([10])
      let output = try layer.train(Tensor([1, 3, 5, 7, 9], shape: [5, 1])).output
      #expect(output.shape == [5, 1])
      let tolerance = 18 * Double(Scalar.ulpOfOne)
      for (found, expected) in zip(output.elements, [2.0, 6, 10, 14, 18]) {
        let difference = abs(Double(found) - expected)
        #expect(difference <= tolerance)
      }
    }
    try check(element.type)
  }

  // dy = 1, 0, 0, 0, 0 with epsilon 1, r = 1/3, n = -4/3, -2/3, 0, 2/3, 4/3: sum dy = 1, sum dy*n = -4/3.
  // dx_i = (dy_i - 1/5 + n_i*4/15)/3: (1 - 0.2 - 16/45)/3 = 4/27, then -(9 + 8)/135, -9/135, -1/135, 7/135.
  @Test func `the gradient of the first output is 20, -17, -9, -1, 7 by 135`() throws {
    var layer = BatchNorm<Double>(featureCount: 1, epsilon: 1)
    let pass = try layer.train(Tensor([1, 3, 5, 7, 9], shape: [5, 1]))
    let gradients = layer.gradients(
      of: pass, outputGradient: Tensor([1, 0, 0, 0, 0], shape: [5, 1]))
    #expect(gradients.input.shape == [5, 1])
    for (found, expected) in zip(gradients.input.elements, [20.0, -17, -9, -1, 7]) {
      #expect(abs(found - expected / 135) <= 0x1p-52)
    }
    #expect(abs((gradients.scale?[0] ?? 0) + 4.0 / 3) <= 0x1p-51)
    #expect(gradients.shift?.elements == [1])
  }

  // The example of the interactive page. Sums in hundredths, by hand:
  //   F0  -96-276-288+448 -171+225-142+209 = -91        mean -0.11375
  //   F1  1585+992+1144+1481+1396+1301+979+1321 = 10199  mean 12.74875
  //   F2  2319+1474+1765+2023+2125+1639+910+1762 = 14017 mean 17.52125
  //   F3  2519+3608+2810+2816+2730+3111+3309+3579 = 24482 mean 30.6025
  // and 8 * sum of squares - sum^2, integers, by 64 the variance in ten thousandths.
  static let table: [[Int]] = [
    [-96, 1585, 2319, 2519], [-171, 1396, 2125, 2730], [-276, 992, 1474, 3608],
    [225, 1301, 1639, 3111], [-288, 1144, 1765, 2810], [-142, 979, 910, 3309],
    [448, 1481, 2023, 2816], [209, 1321, 1762, 3579],
  ]

  @Test(arguments: ElementType.allCases)
  func `the 8 by 4 table has the means -0.11375, 12.74875, 17.52125, 30.6025`(
    element: ElementType
  ) throws {
    #expect(
      (0..<4).map { c in Self.table.reduce(0) { $0 + $1[c] } } == [-91, 10199, 14017, 24482])
    func check<Scalar: NormalizationScalar>(_ type: Scalar.Type) throws {
      let numbers = Self.table.flatMap { $0 }.map { Scalar($0) / 100 }
      let layer = BatchNorm<Scalar>(featureCount: 4)
      let statistics = try layer.trainingPass(Tensor(numbers, shape: [8, 4])).record.statistics
      let means = [-0.11375, 12.74875, 17.52125, 30.6025]
      for c in 0..<4 {
        let squares = Self.table.reduce(0) { $0 + $1[c] * $1[c] }
        let sum = Self.table.reduce(0) { $0 + $1[c] }
        let variance = Double(8 * squares - sum * sum) / 640_000
        // The inputs are rounded to half a unit of their own, up to 36.08; the sums add no more than that.
        let unit: Double = Double(Scalar.ulpOfOne) * 36.08
        let meanError: Double = abs(statistics.mean[c] - means[c])
        let varianceError: Double = abs(statistics.variance[c] - variance)
        #expect(meanError <= unit)
        #expect(varianceError <= 4 * unit * variance.squareRoot())
      }
      let deviations = statistics.variance.map { ($0.squareRoot() * 10).rounded() / 10 }
      #expect(deviations == [2.5, 2.1, 4.1, 3.8])
    }
    try check(element.type)
  }

  // Epsilon 0: two values a < b have mean (a + b)/2 and deviation (b - a)/2, so n = -1 and 1; with one
  // constant channel beside it.
  @Test(arguments: AxisKind.allCases, ElementType.allCases)
  func `with epsilon 0 two values become -1 and 1, and a constant channel its shift`(
    kind: AxisKind, element: ElementType
  ) throws {
    func check<Scalar: NormalizationScalar>(_ type: Scalar.Type) throws {
      var layer = BatchNorm<Scalar>(featureCount: 2, axis: kind.axis, epsilon: 0)
      layer.scale = Tensor([2, 5])
      layer.shift = Tensor([0.5, 7])
      let x: Tensor<Scalar> = channelTensor(kind, channels: 2, values: 2) { channel, value in
        channel == 0 ? (value == 0 ? 3 : 5) : 0.1
      }
      let pass = try layer.train(x)
      let expected: Tensor<Scalar> = channelTensor(kind, channels: 2, values: 2) { channel, value in
        channel == 0 ? (value == 0 ? -1.5 : 2.5) : 7
      }
      #expect(pass.output == expected)
      #expect(pass.record.statistics.variance == [1, 0])
      #expect(pass.record.statistics.inverseDeviation == [1, 0])
      #expect(pass.record.statistics.mean[1] == Double(Scalar(0.1)))
      let dy: Tensor<Scalar> = channelTensor(kind, channels: 2, values: 2) { channel, value in
        Double(1 + channel + 2 * value)
      }
      // Channel 0: dy = 1, 3; sum 4, product -1 + 3 = 2; dx = 2*(dy - 2 - n) = 2*(1-2+1), 2*(3-2-1) = 0.
      // Two values always become -1 and 1, whatever they are: no gradient is left.
      let gradients = layer.gradients(of: pass, outputGradient: dy)
      #expect(gradients.input == Tensor(repeating: 0, shape: x.shape))
      #expect(gradients.scale?.elements == [2, 0])
      #expect(gradients.shift?.elements == [4, 6])
    }
    try check(element.type)
  }

  // 0, 0, 0, 4: mean 1, variance (3 + 9)/4 = 3, n = -1/sqrt(3) three times and sqrt(3).
  @Test(arguments: AxisKind.allCases)
  func `with epsilon 0 the values 0, 0, 0, 4 become -0.577 three times and 1.732`(
    kind: AxisKind
  ) throws {
    let layer = BatchNorm<Double>(featureCount: 1, axis: kind.axis, epsilon: 0)
    let pass = try layer.trainingPass(
      channelTensor(kind, channels: 1, values: 4) { _, value in value == 3 ? 4 : 0 })
    let root = 3.0.squareRoot()
    #expect(pass.record.statistics.mean == [1])
    #expect(pass.record.statistics.variance == [3])
    #expect(pass.shape == kind.shape(channels: 1, values: 4))
    for (found, expected) in zip(pass.output.elements, [-1 / root, -1 / root, -1 / root, root]) {
      #expect(abs(found - expected) <= 0x1p-51)
    }
  }
}
