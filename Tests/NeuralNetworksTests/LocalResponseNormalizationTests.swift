import NeuralNetworks
import Normalization
import TestSupport
import Testing

@Suite struct LocalResponseNormalizationTests {
  /// Size 2 reaches one channel down and none up: d = 1 + (x_{c-1}^2 + x_c^2), and beta 1 divides by it.
  @Test func `a window of two by hand`() throws {
    let layer = LocalResponseNormalization<Double>(size: 2, alpha: 2, beta: 1, k: 1)
    let output = try layer.inference(Tensor([1, 2, 3], shape: [1, 3]))
    #expect(output == Tensor([1.0 / 2, 2.0 / 6, 3.0 / 14], shape: [1, 3]))
    #expect(layer.kindName == "LocalResponseNormalization (2)")
    #expect(layer.parameters.isEmpty)
  }

  @Test func `outputs and gradients agree with PyTorch`() throws {
    for one in try pyTorchCases("local-response", count: 7) {
      let s = one.setting
      let (size, alpha) = (try #require(s.size), try #require(s.alpha))
      let (beta, k) = (try #require(s.beta), try #require(s.k))
      try expectAgreement(
        with: one, LocalResponseNormalization<Double>(size: size, alpha: alpha, beta: beta, k: k),
        LocalResponseNormalization<Float>(size: size, alpha: alpha, beta: beta, k: k))
    }
  }

  @Test(arguments: [1, 2, 3, 4, 9], [0.75, 1.1])
  func `gradients match central differences`(size: Int, beta: Double) throws {
    let layer = LocalResponseNormalization<Double>(size: size, alpha: 1.5, beta: beta, k: 0.7)
    try expectGradientsMatchDifferences(of: layer, inputShape: [2, 3, 5], seed: 7)
  }

  /// The squares of these leave Float32.
  @Test func `large inputs stay finite in Float32`() throws {
    let layer = LocalResponseNormalization<Float>(size: 1, alpha: 1, beta: 0.5, k: 1)
    let output = try layer.inference(Tensor([1e30, -1e30, 0], shape: [1, 3]))
    #expect(output == Tensor([1, -1, 0], shape: [1, 3]))
  }

  @Test func `an empty window is a programmer's mistake`() async {
    await #expect(processExitsWith: .failure) { _ = LocalResponseNormalization<Float>(size: 0) }
  }
}
