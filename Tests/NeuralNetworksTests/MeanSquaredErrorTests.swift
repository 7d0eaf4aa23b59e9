import NeuralNetworks
import Normalization
import TestSupport
import Testing

@Suite struct MeanSquaredErrorTests {
  @Test func `loss and gradient by hand`() {
    let result = MeanSquaredError.evaluate(
      Tensor<Float>([1, 2, 3, 4], shape: [2, 2]), targets: Tensor([1, 0, 5, 4], shape: [2, 2]))
    #expect(result.loss == 2)
    #expect(result.gradient == Tensor([0, 1, -1, 0], shape: [2, 2]))
  }

  @Test func `loss and gradient agree with PyTorch`() throws {
    func check<Scalar: NetworkScalar>(_ type: Scalar.Type) throws {
      for one in try pyTorchCases("mean-squared-error", count: 2) {
        let result = MeanSquaredError.evaluate(
          try one.tensor("input", type), targets: try one.tensor("target", type))
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

  @Test func `the gradient matches central differences`() {
    var generator = SeededGenerator(seed: 1)
    let outputs = Tensor<Double>(normal: [3, 2, 4], using: &generator)
    let targets = Tensor<Double>(normal: [3, 2, 4], using: &generator)
    let found = MeanSquaredError.evaluate(outputs, targets: targets).gradient
    let differences = centralDifferences(at: outputs, step: { _ in 1e-4 }) {
      MeanSquaredError.evaluate($0, targets: targets).loss
    }
    for i in 0..<found.count { #expect(abs(found[i] - differences[i]) < 1e-10) }
  }

  @Test func `targets of another shape are a programmer's mistake`() async {
    await #expect(processExitsWith: .failure) {
      _ = MeanSquaredError.evaluate(
        Tensor<Float>(repeating: 0, shape: [2, 1]), targets: Tensor(repeating: 0, shape: [2]))
    }
  }
}
