import NeuralNetworks
import Normalization
import TestSupport
import Testing

/// A cell with what it normalises, as an argument of tests.
struct RecurrentCase: CustomTestStringConvertible, Sendable {
  let cell: RecurrentCell
  let normalization: RecurrentNormalization

  var testDescription: String { "\(cell), \(normalization)" }

  static let cells: [RecurrentCell] = [.elman(.tanh), .elman(.relu), .gru]
  static let normalizations: [RecurrentNormalization] = [
    .none, .layer, .batchInput, .batchPerStep(maximumStepCount: 6),
    .batchPerStep(maximumStepCount: 2),
  ]
  static let all = cells.flatMap { cell in
    normalizations.map { RecurrentCase(cell: cell, normalization: $0) }
  }

  /// A layer [N, T, 3] to [N, T, 4]; scales and shifts are random.
  func layer<Scalar: NetworkScalar>(
    _ type: Scalar.Type, seed: UInt64, hasBias: Bool = true
  ) -> any RecurrentLayer<Scalar> {
    var generator = SeededGenerator(seed: seed)
    var layer: any RecurrentLayer<Scalar> =
      switch cell {
      case .elman(let function):
        Elman<Scalar>(
          inputCount: 3, hiddenCount: 4, function: function, hasBias: hasBias,
          normalization: normalization, using: &generator)
      case .gru:
        GRU<Scalar>(
          inputCount: 3, hiddenCount: 4, hasBias: hasBias, normalization: normalization,
          using: &generator)
      }
    layer.visitParameters { info, value in
      guard info.role == .normalization else { return }
      let mean = info.name.hasSuffix("scale") ? 0.8 : 0
      value = Tensor(normal: value.shape, mean: mean, deviation: 0.3, using: &generator)
    }
    return layer
  }
}

@Suite struct RecurrentLayerTests {
  @Test func `outputs and all gradients agree with PyTorch`() throws {
    for one in try pyTorchCases("recurrent", count: 6) {
      func layer<Scalar: NetworkScalar>(_ type: Scalar.Type) throws -> any RecurrentLayer<Scalar> {
        let (input, hidden) = (
          try one.tensor("weight_ih", type), try one.tensor("weight_hh", type)
        )
        let (inputBias, hiddenBias) = (
          try one.optional("bias_ih", type), try one.optional("bias_hh", type)
        )
        guard let function = one.setting.variant.flatMap({ ElmanFunction(rawValue: $0) }) else {
          return GRU<Scalar>(
            inputWeight: input, hiddenWeight: hidden, inputBias: inputBias, hiddenBias: hiddenBias)
        }
        return Elman<Scalar>(
          inputWeight: input, hiddenWeight: hidden, inputBias: inputBias, hiddenBias: hiddenBias,
          function: function)
      }
      func check(_ double: some RecurrentLayer<Double>, _ float: some RecurrentLayer<Float>) throws
      {
        let names = one.contains("bias_ih") ? ["bias_ih", "bias_hh"] : []
        #expect(double.parameters.map(\.info.name) == ["weight_ih", "weight_hh"] + names)
        try expectAgreement(with: one, double, float)
      }
      try check(layer(Double.self), layer(Float.self))
    }
  }

  /// The seed is one for which no ReLU lies within a step of its kink.
  @Test(arguments: RecurrentCase.all, [true, false])
  func `gradients match central differences`(one: RecurrentCase, hasBias: Bool) throws {
    func check(_ layer: some RecurrentLayer<Double>) throws {
      try expectGradientsMatchDifferences(
        of: layer, inputShape: [5, 4, 3], seed: 5, isSteep: true)
    }
    try check(one.layer(Double.self, seed: 1, hasBias: hasBias))
  }

  @Test(arguments: RecurrentCase.all)
  func `Float agrees with Double`(one: RecurrentCase) throws {
    var generator = SeededGenerator(seed: 3)
    let input = Tensor<Float>(normal: [5, 4, 3], using: &generator)
    let narrow = try one.layer(Float.self, seed: 4).forward(input).output
    let wide = try one.layer(Double.self, seed: 4).forward(input.converted(to: Double.self))
    expectClose(narrow, wide.output, tolerance: 3e-6, one.testDescription)
  }

  @Test(arguments: RecurrentCase.cells)
  func `a sequence of one step has no use for the weights between steps`(
    cell: RecurrentCell
  ) throws {
    let layer = RecurrentCase(cell: cell, normalization: .none).layer(Double.self, seed: 5)
    var generator = SeededGenerator(seed: 6)
    let pass = try layer.forward(Tensor<Double>(normal: [2, 1, 3], using: &generator))
    #expect(pass.output.shape == [2, 1, 4])
    let gradients = pass.pullback(pass.output)
    #expect(gradients.parameters[1]?.elements.allSatisfy { $0 == 0 } == true)
    #expect(gradients.parameters[0]?.elements.contains { $0 != 0 } == true)
  }

  @Test func `kinds, and weights as PyTorch draws them`() {
    let gru = RecurrentCase(cell: .gru, normalization: .none).layer(Float.self, seed: 7)
    let elman = RecurrentCase(cell: .elman(.relu), normalization: .none).layer(Float.self, seed: 7)
    #expect(gru.kindName == "GRU")
    #expect(elman.kindName == "Elman (relu)")
    #expect(gru.parameters.map(\.value.shape) == [[12, 3], [12, 4], [12], [12]])
    #expect(elman.parameters.map(\.value.shape) == [[4, 3], [4, 4], [4], [4]])
    let values = gru.parameters.flatMap(\.value.elements)
    #expect(values.allSatisfy { abs($0) <= 0.5 })
    #expect(values.contains { $0 > 0.4 } && values.contains { $0 < -0.4 })
  }

  @Test func `inputs and weights of other shapes are a programmer's mistake`() async {
    await #expect(processExitsWith: .failure) {
      let layer = RecurrentCase(cell: .gru, normalization: .none).layer(Float.self, seed: 1)
      _ = try layer.inference(Tensor(repeating: 0, shape: [2, 5, 4]))
    }
    await #expect(processExitsWith: .failure) {
      let layer = RecurrentCase(cell: .gru, normalization: .none).layer(Float.self, seed: 1)
      _ = try layer.inference(Tensor(repeating: 0, shape: [2, 0, 3]))
    }
    await #expect(processExitsWith: .failure) {
      _ = GRU<Float>(
        inputWeight: Tensor(repeating: 0, shape: [4, 3]),
        hiddenWeight: Tensor(repeating: 0, shape: [4, 4]))
    }
  }
}
