import NeuralNetworks
import Normalization
import Testing

@Suite struct DenseTests {
  @Test func `y = x W^T + b by hand`() throws {
    var generator = SeededGenerator(seed: 1)
    var layer = Dense<Float>(inputCount: 2, outputCount: 3, deviation: 1, using: &generator)
    layer.weight = Tensor([1, 2, 3, 4, 5, 6], shape: [3, 2])
    layer.bias = Tensor([10, 20, 30])
    let output = try layer.inference(Tensor([1, 1, 0, 2], shape: [2, 2]))
    #expect(output == Tensor([13, 27, 41, 14, 28, 42], shape: [2, 3]))
  }

  @Test(arguments: [true, false], [UInt64(1), 2])
  func `gradients match central differences`(hasBias: Bool, seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let layer = Dense<Double>(
      inputCount: 4, outputCount: 3, hasBias: hasBias, deviation: 0.5, using: &generator)
    try expectGradientsMatchDifferences(of: layer, inputShape: [5, 4], seed: seed)
  }

  @Test func `parameters have PyTorch's names and shapes`() {
    var generator = SeededGenerator(seed: 1)
    let layer = Dense<Float>(inputCount: 4, outputCount: 3, deviation: 1, using: &generator)
    #expect(layer.parameters.map(\.info.name) == ["weight", "bias"])
    #expect(layer.parameters.map(\.value.shape) == [[3, 4], [3]])
    #expect(layer.parameters.map(\.info.role) == [.weight, .bias])
  }
}

@Suite struct SequentialTests {
  private func network(seed: UInt64) -> Sequential<Double> {
    var generator = SeededGenerator(seed: seed)
    var norm = BatchNorm<Double>(featureCount: 5)
    norm.scale = Tensor(uniform: [5], in: 0.5..<2, using: &generator)
    norm.shift = Tensor(normal: [5], using: &generator)
    return Sequential([
      .init("first", Dense(inputCount: 3, outputCount: 5, deviation: 1, using: &generator)),
      .init("norm", norm),
      .init("activation", Activation(.tanh)),
      .init("last", Dense(inputCount: 5, outputCount: 2, deviation: 1, using: &generator)),
    ])
  }

  @Test(arguments: [UInt64(1), 2, 3])
  func `gradients through batch normalization match central differences`(seed: UInt64) throws {
    // The bias before a normalization has a gradient of exactly zero, which the check refuses as proof of
    // nothing; it goes.
    var network = network(seed: seed)
    var generator = SeededGenerator(seed: seed + 100)
    network.stages[0].layer = Dense<Double>(
      inputCount: 3, outputCount: 5, hasBias: false, deviation: 1, using: &generator)
    try expectGradientsMatchDifferences(of: network, inputShape: [7, 3], seed: seed)
  }

  @Test func `parameters carry the names of their stages`() {
    #expect(
      network(seed: 1).parameters.map(\.info.name) == [
        "first.weight", "first.bias", "norm.scale", "norm.shift", "last.weight", "last.bias",
      ])
  }

  @Test func `a forward pass changes nothing, and commit moves the running statistics once`() throws
  {
    var generator = SeededGenerator(seed: 4)
    var network = network(seed: 4)
    let input = Tensor<Double>(normal: [6, 3], using: &generator)
    func running(_ network: Sequential<Double>) -> RunningStatistics? {
      (network.stages[1].layer as? BatchNorm<Double>)?.runningStatistics
    }
    let before = running(network)
    let pass = try network.forward(input)
    _ = try network.forward(input)
    #expect(running(network) == before)
    network.commit(pass)
    #expect(running(network)?.batchesTracked == 1)
    #expect(running(network) != before)
  }

  @Test func `activations are the inputs of every stage and the output`() throws {
    var generator = SeededGenerator(seed: 4)
    let network = network(seed: 4)
    let input = Tensor<Double>(normal: [6, 3], using: &generator)
    let values = try network.activations(input)
    #expect(values.count == 5)
    #expect(values[0] == input)
    #expect(values[4] == (try network.inference(input)))
  }

  @Test func `one sample is refused where a batch is normalised`() throws {
    let input = Tensor<Double>(repeating: 1, shape: [1, 3])
    #expect(throws: NormalizationError.tooFewValues(found: 1, shape: [1, 5], axis: -1)) {
      try network(seed: 1).forward(input)
    }
  }
}
