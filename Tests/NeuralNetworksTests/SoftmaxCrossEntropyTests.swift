import NeuralNetworks
import Normalization
import TestSupport
import Testing

@Suite struct SoftmaxCrossEntropyTests {
  @Test func `loss, hits and gradient by hand`() {
    // softmax(0, ln 3) = (1/4, 3/4)
    let ln3 = 1.0986122886681098
    let outputs = Tensor<Double>([0, ln3, ln3, 0], shape: [2, 2])
    let result = SoftmaxCrossEntropy.evaluate(outputs, labels: [1, 1])
    #expect(abs(result.loss - (-(0.75.logarithm + 0.25.logarithm) / 2)) < 1e-15)
    #expect(result.correctCount == 1)
    let expected = [0.125, -0.125, 0.375, -0.375]
    for i in 0..<4 { #expect(abs(result.gradient[i] - expected[i]) < 1e-15) }
  }

  @Test(arguments: [0, 0.1, 1])
  func `the gradient matches central differences`(smoothing: Double) {
    var generator = SeededGenerator(seed: 9)
    let outputs = Tensor<Double>(normal: [4, 5], deviation: 2, using: &generator)
    let labels = [0, 4, 2, 2]
    func result(_ outputs: Tensor<Double>) -> SoftmaxCrossEntropy.Result<Double> {
      SoftmaxCrossEntropy.evaluate(outputs, labels: labels, smoothing: smoothing)
    }
    let found = result(outputs).gradient
    for i in 0..<outputs.count {
      var (up, down) = (outputs, outputs)
      up[i] += 1e-4
      down[i] -= 1e-4
      let difference = (result(up).loss - result(down).loss) / 2e-4
      #expect(abs(found[i] - difference) < 1e-8)
    }
  }

  @Test func `loss and gradient agree with PyTorch, with label smoothing too`() throws {
    func check<Scalar: NetworkScalar>(_ type: Scalar.Type) throws {
      for one in try pyTorchCases("cross-entropy", count: 4) {
        let labels = try #require(one.setting.labels)
        let smoothing = try #require(one.setting.smoothing)
        let result = SoftmaxCrossEntropy.evaluate(
          try one.tensor("input", type), labels: labels, smoothing: smoothing)
        let tolerance = fixtureTolerance(type)
        let expected = try one.expected("loss")[0]
        #expect(abs(result.loss - expected) <= tolerance * expected, "\(one)")
        expectClose(
          result.gradient, try one.expected("input_gradient"), tolerance: tolerance, "\(one)")
      }
    }
    try check(Double.self)
    try check(Float.self)
  }

  /// Equal outputs lose ln 2 whatever the target is; else -(0.9 ln(3/4) + 0.1 ln(1/4)) with a smoothing of 0.2.
  @Test func `smoothing by hand`() {
    let ln3 = 1.0986122886681098
    let even = SoftmaxCrossEntropy.evaluate(
      Tensor<Double>([5, 5], shape: [1, 2]), labels: [0], smoothing: 0.2)
    #expect(abs(even.loss - 2.0.logarithm) < 1e-15)
    let result = SoftmaxCrossEntropy.evaluate(
      Tensor<Double>([0, ln3], shape: [1, 2]), labels: [1], smoothing: 0.2)
    #expect(abs(result.loss + 0.9 * 0.75.logarithm + 0.1 * 0.25.logarithm) < 1e-15)
    #expect(abs(result.gradient[0] - 0.15) < 1e-15)
    #expect(abs(result.gradient[1] + 0.15) < 1e-15)
  }

  @Test func `huge outputs stay finite`() {
    let outputs = Tensor<Float>([1e30, -1e30], shape: [1, 2])
    #expect(SoftmaxCrossEntropy.evaluate(outputs, labels: [0]).loss == 0)
    #expect(SoftmaxCrossEntropy.evaluate(outputs, labels: [0]).gradient.elements == [0, 0])
  }

  @Test func `a label that is no class is a programmer's mistake`() async {
    await #expect(processExitsWith: .failure) {
      _ = SoftmaxCrossEntropy.evaluate(
        Tensor<Float>(repeating: 0, shape: [1, 2]), labels: [2])
    }
  }

  @Test func `a smoothing outside of 0...1 is a programmer's mistake`() async {
    await #expect(processExitsWith: .failure) {
      _ = SoftmaxCrossEntropy.evaluate(
        Tensor<Float>(repeating: 0, shape: [1, 2]), labels: [1], smoothing: 1.1)
    }
  }
}

extension Double {
  /// The natural logarithm by its integral's series: independent of the code under test.
  fileprivate var logarithm: Double {
    let z = (self - 1) / (self + 1)
    return 2 * (0..<200).reduce(0) { $0 + power(z, 2 * $1 + 1) / Double(2 * $1 + 1) }
  }

  private func power(_ base: Double, _ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { product, _ in product * base }
  }
}
