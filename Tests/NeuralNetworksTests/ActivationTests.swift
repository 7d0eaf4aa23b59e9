import NeuralNetworks
import Normalization
import TestSupport
import Testing

@Suite struct ActivationTests {
  @Test func `values known in closed form`() throws {
    let x = Tensor<Double>([-1, 0, 2])
    let e = 2.718281828459045
    let sigmoid = try Activation<Double>(.sigmoid).inference(x)
    let tanh = try Activation<Double>(.tanh).inference(x)
    #expect(abs(sigmoid[0] - 1 / (1 + e)) < 1e-15)
    #expect(sigmoid[1] == 0.5)
    #expect(abs(sigmoid[2] - 1 / (1 + 1 / (e * e))) < 1e-15)
    #expect(abs(tanh[0] - (1 - e * e) / (1 + e * e)) < 1e-15)
    #expect(try Activation<Double>(.relu).inference(x).elements == [0, 0, 2])
    #expect(try Activation<Double>(.leakyReLU).inference(x).elements == [-0.01, 0, 2])
    #expect(try Activation<Double>(.leakyReLU, slope: 0.5).inference(x).elements == [-0.5, 0, 2])
  }

  @Test func `outputs and gradients agree with PyTorch`() throws {
    for one in try pyTorchCases("activation", count: 9) {
      let kind = try #require(one.setting.variant.flatMap { ActivationKind(rawValue: $0) })
      let slope = one.setting.slope ?? 0.01
      try expectAgreement(
        with: one, Activation<Double>(kind, slope: slope), Activation<Float>(kind, slope: slope))
    }
  }

  @Test func `large inputs saturate without nan`() throws {
    let x = Tensor<Float>([-1e30, 1e30, -200, 200])
    func values(_ kind: ActivationKind) throws -> [Float] {
      try Activation<Float>(kind).inference(x).elements
    }
    #expect(try values(.sigmoid) == [0, 1, 0, 1])
    #expect(try values(.tanh) == [-1, 1, -1, 1])
    #expect(try values(.gelu) == [0, 1e30, 0, 200])
    #expect(try values(.geluTanh) == [0, 1e30, 0, 200])
    let ones = Tensor<Float>([1, 1, 1, 1])
    for kind in [ActivationKind.gelu, .geluTanh] {
      let pass = try Activation<Float>(kind).forward(x)
      #expect(pass.pullback(ones).input.elements == [0, 1, 0, 1], "\(kind)")
    }
  }

  /// x P(x) with P(-9) = 1.1285884059538406e-19, from tables of the normal distribution's tail.
  @Test func `gelu keeps its digits far below 0`() throws {
    let expected = -9 * 1.1285884059538406e-19
    let double = try Activation<Double>(.gelu).inference(Tensor([-9]))
    #expect(abs(double[0] / expected - 1) < 1e-13)
    // The argument's rounding, 2^-24 of it, counts 81-fold.
    let float = try Activation<Float>(.gelu).inference(Tensor([-9]))
    #expect(abs(Double(float[0]) / expected - 1) < 1.5e-5)
  }

  @Test(arguments: ActivationKind.allCases)
  func `nan stays nan`(kind: ActivationKind) throws {
    let found = try Activation<Float>(kind).inference(Tensor(repeating: .nan, shape: [19]))
    #expect(found.elements.allSatisfy { $0.isNaN })
  }

  @Test(arguments: ActivationKind.allCases)
  func `gradients match central differences`(kind: ActivationKind) throws {
    try expectGradientsMatchDifferences(of: Activation(kind), inputShape: [4, 3], seed: 3)
  }

  @Test func `kinds by the names that commands use`() {
    #expect(
      ActivationKind.allCases.map(\.rawValue) == [
        "sigmoid", "tanh", "relu", "leaky-relu", "gelu", "gelu-tanh",
      ])
    #expect(Activation<Float>(.relu).kindName == "Activation (relu)")
    #expect(Activation<Float>(.leakyReLU).kindName == "Activation (leaky-relu, 0.01)")
  }

  @Test func `a negative slope is a programmer's mistake`() async {
    await #expect(processExitsWith: .failure) { _ = Activation<Float>(.leakyReLU, slope: -0.1) }
  }
}
