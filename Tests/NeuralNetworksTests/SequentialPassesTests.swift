import NeuralNetworks
import Normalization
import Testing

/// What ``Sequential`` puts into one pass over memory has to be what separate layers give, to the bit.
@Suite struct SequentialPassesTests {
  private func norm(_ generator: inout SeededGenerator) -> BatchNorm<Float> {
    var norm = BatchNorm<Float>(featureCount: 5)
    norm.scale = Tensor(normal: [5], using: &generator)
    norm.shift = Tensor(normal: [5], using: &generator)
    return norm
  }

  @Test func `normalization and ReLU in one pass give the bits of two layers`() throws {
    var generator = SeededGenerator(seed: 1)
    let layer = norm(&generator)
    let relu = Activation<Float>(.relu)
    let network = Sequential<Float>([.init("norm", layer), .init("relu", relu)])
    let input = Tensor<Float>(normal: [40, 5], using: &generator)
    let gradient = Tensor<Float>(normal: [40, 5], using: &generator)
    let pass = try network.forward(input)
    let first = try layer.forward(input)
    let second = try relu.forward(first.output)
    #expect(pass.output == second.output)
    let found = pass.pullback(gradient)
    let expected = first.pullback(second.pullback(gradient).input)
    #expect(found.input == expected.input)
    #expect(found.parameters == expected.parameters)
    #expect(pass.parameterGradients(gradient) == expected.parameters)
    var (trained, alone) = (network, layer)
    trained.commit(pass)
    alone.commit(first)
    #expect(trained.normalizations[0].layer.runningStatistics == alone.runningStatistics)
    #expect(try trained.inference(input) == relu.inference(alone.inference(input)))
  }

  @Test(arguments: [
    [], ["norm"], ["norm", "relu"], ["relu"], ["norm", "relu", "relu"], ["norm", "norm"],
    ["relu", "norm", "relu", "norm"],
  ])
  func `an addend and an activation behind any network are added and applied last`(
    kinds: [String]
  ) throws {
    var generator = SeededGenerator(seed: 2)
    let layers: [any Layer<Float>] = kinds.map { kind -> any Layer<Float> in
      if kind == "norm" { return norm(&generator) }
      return Activation<Float>(.relu)
    }
    let network = Sequential(
      layers.enumerated().map { Sequential<Float>.Stage("stage\($0.offset)", $0.element) })
    let input = Tensor<Float>(normal: [30, 5], using: &generator)
    let addend = Tensor<Float>(normal: [30, 5], using: &generator)
    let gradient = Tensor<Float>(normal: [30, 5], using: &generator)
    let pass = try network.forward(input, adding: addend, activation: .relu)

    var value = input
    var passes: [LayerPass<Float>] = []
    for layer in layers {
      passes.append(try layer.forward(value))
      value = passes[passes.count - 1].output
    }
    for i in 0..<value.count { value[i] += addend[i] }
    let last = try Activation<Float>(.relu).forward(value)
    #expect(pass.output == last.output)
    let found = pass.pullback(gradient)
    var expected = last.pullback(gradient).input
    #expect(found.addend == expected)
    var parameters: [[Tensor<Float>?]] = []
    for pass in passes.reversed() {
      let gradients = pass.pullback(expected)
      expected = gradients.input
      parameters.insert(gradients.parameters, at: 0)
    }
    #expect(found.layer.input == expected)
    #expect(found.layer.parameters == Array(parameters.joined()))
  }
}
