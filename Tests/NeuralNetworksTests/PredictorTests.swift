import NeuralNetworks
import Normalization
import Testing

@Suite struct PredictorTests {
  @Test(arguments: [NetworkArchitecture.mlp, .lenet, .resnet8], [1, 2, 3])
  func `outputs are those of the network, whatever the size of the batch`(
    architecture: NetworkArchitecture, threads: Int
  ) throws {
    var options = NetworkOptions()
    options.execution = Execution(threadCount: threads)
    var network = try architecture.network(
      sampleShape: [8, 8, 1], classCount: 4, options: options)
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<3 {
      network.commit(try network.forward(Tensor(normal: [8, 8, 8, 1], using: &generator)))
    }
    let predict = try Predictor(
      network, sampleShape: [8, 8, 1], execution: Execution(threadCount: threads))
    for count in [0, 1, 2, 63, 150] {
      let input = Tensor<Float>(normal: [count, 8, 8, 1], using: &generator)
      let expected = try network.inference(input)
      let found = try predict(input)
      #expect(found.shape == [count, 4])
      // Sums of at most 576 products of about 1, summed in another order.
      for i in 0..<found.count { #expect(abs(found[i] - expected[i]) <= 1e-4) }
      // Parts are packed and prepared once; a second call gives the same bits.
      #expect(try predict(input) == found)
    }
  }

  @Test func `samples come out in their order`() throws {
    let network = Sequential<Float>([
      .init("dense", Dense(weight: Tensor([2], shape: [1, 1]), bias: Tensor([1])))
    ])
    let predict = try Predictor(network, sampleShape: [1])
    let input = Tensor<Float>((0..<200_000).map { Float($0) }, shape: [200_000, 1])
    #expect(try predict(input).elements == (0..<200_000).map { Float(2 * $0 + 1) })
  }

  @Test func `a network that would normalise with the batch is refused by name`() {
    let network = Sequential<Float>([
      .init("norm", BatchNorm<Float>(featureCount: 2, tracking: nil)),
      .init("layer", LayerNorm<Float>(normalizedShape: [2])),
    ])
    #expect(throws: NetworkError.dependsOnBatch(layers: ["norm"])) {
      try Predictor(network, sampleShape: [2])
    }
  }

  @Test func `weights set after packing are used`() throws {
    var generator = SeededGenerator(seed: 3)
    var network = try NetworkArchitecture.resnet8.network(sampleShape: [8, 8, 1], classCount: 4)
    let input = Tensor<Float>(normal: [4, 8, 8, 1], using: &generator)
    let before = try Predictor(network, sampleShape: [8, 8, 1])(input)
    network.visitParameters { info, value in
      if info.name == "conv1.weight" { for i in 0..<value.count { value[i] *= -1 } }
    }
    let after = try Predictor(network, sampleShape: [8, 8, 1])(input)
    #expect(after != before)
    let expected = try network.inference(input)
    for i in 0..<after.count { #expect(abs(after[i] - expected[i]) <= 1e-4) }
  }

  @Test func `all layers get the same threads`() throws {
    var network = try NetworkArchitecture.resnet8.network(sampleShape: [8, 8, 1], classCount: 4)
    network.execute(with: Execution(threadCount: 1))
    for (name, layer) in network.layers {
      guard let executed = layer as? any ExecutedLayer<Float> else { continue }
      #expect(executed.execution.threadCount == 1, "\(name)")
    }
    #expect(network.layers.filter { $0.layer is any ExecutedLayer<Float> }.count > 15)
  }
}
