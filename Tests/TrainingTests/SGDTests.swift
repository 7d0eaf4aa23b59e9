import NeuralNetworks
import Normalization
import Testing
import Training

@Suite struct SGDTests {
  private func layer() -> Dense<Double> {
    var generator = SeededGenerator(seed: 1)
    var layer = Dense<Double>(inputCount: 1, outputCount: 1, deviation: 1, using: &generator)
    layer.weight = Tensor([2], shape: [1, 1])
    layer.bias = Tensor([1])
    return layer
  }

  private let gradients: [Tensor<Double>?] = [Tensor([0.5], shape: [1, 1]), Tensor([0.25])]

  @Test func `a plain step goes against the gradient`() {
    var (layer, optimizer) = (layer(), SGD<Double>(learningRate: 0.1))
    optimizer.update(&layer, gradients: gradients)
    #expect(layer.weight[0] == 2 - 0.1 * 0.5)
    #expect(layer.bias?[0] == 1 - 0.1 * 0.25)
  }

  @Test func `momentum and weight decay as PyTorch, decay on weights alone`() {
    var layer = layer()
    var optimizer = SGD<Double>(learningRate: 0.1, momentum: 0.5, weightDecay: 0.1)
    optimizer.update(&layer, gradients: gradients)
    // g = 0.5 + 0.1 * 2 = 0.7; v = 0.7; w = 2 - 0.07 = 1.93. Bias: v = 0.25; b = 0.975.
    #expect(abs(layer.weight[0] - 1.93) < 1e-15)
    #expect(abs((layer.bias?[0] ?? 0) - 0.975) < 1e-15)
    optimizer.update(&layer, gradients: gradients)
    // g = 0.5 + 0.193 = 0.693; v = 0.35 + 0.693 = 1.043; w = 1.93 - 0.1043. v = 0.375; b = 0.9375.
    #expect(abs(layer.weight[0] - 1.8257) < 1e-15)
    #expect(abs((layer.bias?[0] ?? 0) - 0.9375) < 1e-15)
  }

  @Test func `a frozen layer's parameters stay`() {
    var norm = BatchNorm<Double>(featureCount: 2)
    norm.freezing = .statisticsAndParameters
    let before = norm.parameters.map(\.value)
    var optimizer = SGD<Double>(learningRate: 1)
    optimizer.update(&norm, gradients: [Tensor([1, 1]), Tensor([1, 1])])
    #expect(norm.parameters.map(\.value) == before)
  }

  /// Scale gradients of 1, and what a step makes of a scale of 1.
  private func step(_ norm: inout BatchNorm<Double>, _ optimizer: inout SGD<Double>) -> Double {
    let before = norm.scale?[0] ?? 0
    optimizer.update(&norm, gradients: [Tensor([1]), Tensor([1])])
    return (norm.scale?[0] ?? 0) - before
  }

  @Test func `an old velocity neither moves a frozen parameter nor goes on once it is thawed`()
    throws
  {
    var norm = BatchNorm<Double>(featureCount: 1)
    var optimizer = SGD<Double>(learningRate: 0.5, momentum: 0.5, weightDecay: 0.1)
    #expect(step(&norm, &optimizer) == -0.5)
    #expect(step(&norm, &optimizer) == -0.75)
    try norm.freeze(.statisticsAndParameters)
    #expect(step(&norm, &optimizer) == 0)
    #expect(step(&norm, &optimizer) == 0)
    norm.unfreeze()
    #expect(step(&norm, &optimizer) == -0.5)
  }

  @Test func `a frozen statistic alone leaves scale and shift to the optimiser`() throws {
    var norm = BatchNorm<Double>(featureCount: 1)
    var optimizer = SGD<Double>(learningRate: 0.5, momentum: 0.5)
    #expect(step(&norm, &optimizer) == -0.5)
    try norm.freeze(.statistics)
    #expect(step(&norm, &optimizer) == -0.75)
  }

  @Test func `a parameter without a gradient stays`() {
    var (layer, optimizer) = (layer(), SGD<Double>(learningRate: 1))
    optimizer.update(&layer, gradients: [nil, gradients[1]])
    #expect(layer.weight[0] == 2)
    #expect(layer.bias?[0] == 0.75)
  }
}
