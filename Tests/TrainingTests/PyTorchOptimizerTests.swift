import Foundation
import NeuralNetworks
import Normalization
import TestSupport
import Testing
import Training

/// What PyTorch 2.13 makes of the same gradients; see Fixtures/make_pytorch_optimizers.py.
@Suite struct PyTorchOptimizerTests {
  struct Setting: Decodable, Sendable {
    var optimizer: String
    var rates: [Double]
    var decaysBias: Bool
    var momentum: Double?
    var nesterov: Bool?
    var weightDecay: Double?
    var betas: [Double]?
    var eps: Double?
    var limit: Double?

    func make<Scalar: NetworkScalar>(_ type: Scalar.Type) -> any Optimizer<Scalar> {
      let roles: Set<ParameterInfo.Role> = decaysBias ? .everything : [.weight]
      let (beta1, beta2) = (betas?[0] ?? 0.9, betas?[1] ?? 0.999)
      switch optimizer {
      case "SGD":
        return SGD<Scalar>(
          learningRate: 0, momentum: momentum ?? 0, isNesterov: nesterov ?? false,
          weightDecay: weightDecay ?? 0, decayedRoles: roles)
      case "Adam":
        return Adam<Scalar>(
          learningRate: 0, beta1: beta1, beta2: beta2, epsilon: eps ?? 1e-8,
          weightDecay: weightDecay ?? 0, decayedRoles: roles)
      default:
        return AdamW<Scalar>(
          learningRate: 0, beta1: beta1, beta2: beta2, epsilon: eps ?? 1e-8,
          weightDecay: weightDecay ?? 0, decayedRoles: roles)
      }
    }
  }

  private func cases() throws -> [FixtureFile<Setting>.Case] {
    try FixtureFile<Setting>("pytorch-optimizers", in: .module).cases
  }

  /// Row `step` of a tensor whose first axis counts steps.
  private func row<Scalar: NetworkScalar>(_ all: Tensor<Scalar>, _ step: Int) -> Tensor<Scalar> {
    let shape = Array(all.shape.dropFirst())
    let count = shape.reduce(1, *)
    return Tensor(Array(all.elements[step * count..<(step + 1) * count]), shape: shape)
  }

  /// The largest difference of all steps, over 1.
  private func difference<Scalar: NetworkScalar>(
    _ fixture: FixtureFile<Setting>.Case, _ type: Scalar.Type
  ) throws -> Double {
    var layer = Dense<Scalar>(
      weight: try fixture.tensor("weight", type), bias: try fixture.tensor("bias", type))
    var optimizer = fixture.setting.make(type)
    let gradients = try ["weight", "bias"].map { try fixture.tensor("\($0).gradients", type) }
    let results = try ["weight", "bias"].map { try fixture.expected("\($0).result") }
    var worst = 0.0
    for (step, rate) in fixture.setting.rates.enumerated() {
      optimizer.learningRate = rate
      optimizer.update(&layer, gradients: gradients.map { row($0, step) })
      for (found, expected) in zip(layer.parameters.map(\.value), results.map({ row($0, step) })) {
        #expect(found.shape == expected.shape)
        for index in 0..<found.count {
          worst = max(worst, abs(Double(found[index]) - expected[index]))
        }
      }
    }
    return worst
  }

  @Test func `every optimiser takes PyTorch's steps`() throws {
    let cases = try cases().filter { $0.setting.optimizer != "clip" }
    #expect(cases.count == 8)
    for fixture in cases {
      // Parameters are at most 4, each of six steps rounds a few times.
      let double = try difference(fixture, Double.self)
      #expect(double < 64 * 0x1p-52, "\(fixture): \(double)")
      let float = try difference(fixture, Float.self)
      #expect(float < 64 * 0x1p-23, "\(fixture): \(float)")
    }
  }

  @Test func `gradients are clipped as PyTorch clips them`() throws {
    let fixture = try #require(try cases().first { $0.setting.optimizer == "clip" })
    let limit = try #require(fixture.setting.limit)
    let norms = try fixture.expected("norms")
    let gradients = try ["weight", "bias"].map {
      try fixture.tensor("\($0).gradients", Double.self)
    }
    let results = try ["weight", "bias"].map { try fixture.expected("\($0).result") }
    var clippedCount = 0
    for step in 0..<norms.count {
      var found: [Tensor<Double>?] = gradients.map { row($0, step) }
      let norm = GradientClipping.norm(limit).clip(&found)
      #expect(abs(norm - norms[step]) <= 8 * 0x1p-52 * norm)
      if norm > limit { clippedCount += 1 }
      for (found, expected) in zip(found, results.map({ row($0, step) })) {
        let found = try #require(found)
        for index in 0..<found.count {
          #expect(abs(found[index] - expected[index]) <= 8 * 0x1p-52 * abs(expected[index]))
        }
      }
    }
    #expect(clippedCount > 0 && clippedCount < norms.count)
  }
}
