import NeuralNetworks
import Normalization
import Testing

@Suite struct LayerWalkingTests {
  @Test func `nested containers put their names before those of their layers`() {
    let network = nestedNetwork(seed: 1)
    #expect(
      network.layers.map(\.name) == [
        "in", "block.norm", "block.dense", "block.inner.norm", "activation", "norm",
      ])
    #expect(
      network.layers.map(\.layer.kindName) == [
        "Dense", "BatchNorm", "Dense", "BatchNorm", "Activation (tanh)", "BatchNorm",
      ])
    let names = network.normalizations.map(\.name)
    #expect(names == ["block.norm", "block.inner.norm", "norm"])
    let parameters = network.parameters.map(\.info.name)
    #expect(names.allSatisfy { parameters.contains("\($0).scale") })
  }

  @Test func `a normalization layer is a network of one layer without a name`() {
    let layer = BatchNorm<Float>(featureCount: 2)
    #expect(layer.normalizations.map(\.name) == [""])
    #expect(Activation<Float>(.relu).normalizations.isEmpty)
  }

  @Test func `what a visitor changes is changed in the network`() throws {
    var network = nestedNetwork(seed: 1)
    network.visitNormalizations { name, layer in
      guard name == "block.inner.norm" else { return }
      layer.runningStatistics = RunningStatistics(mean: [1, 2, 3, 4], variance: [5, 6, 7, 8])
      layer.shift = Tensor([9, 9, 9, 9])
    }
    let inner = try #require(network.normalizations.first { $0.name == "block.inner.norm" }?.layer)
    #expect(inner.runningStatistics?.mean == [1, 2, 3, 4])
    #expect(inner.shift == Tensor([9, 9, 9, 9]))
    #expect(network.normalizations[0].layer.runningStatistics?.mean == [0, 0, 0, 0, 0])
  }

  @Test func `the visitor sees the layers in the order of inference, and its outputs go on`() throws
  {
    let network = nestedNetwork(seed: 2)
    var generator = SeededGenerator(seed: 3)
    let input = Tensor<Double>(normal: [6, 3], using: &generator)
    var seen: [String] = []
    let same = try network.inference(input, named: "net") {
      name, layer, input throws(NormalizationError) in
      seen.append(name)
      return try layer.inference(input)
    }
    #expect(seen == ["net.block.norm", "net.block.inner.norm", "net.norm"])
    #expect(try same == network.inference(input))

    let zeros = try network.inference(input, named: "") { _, _, input throws(NormalizationError) in
      Tensor(repeating: 0, shape: input.shape)
    }
    #expect(zeros == Tensor(repeating: 0, shape: [6, 4]))
  }

  @Test func `an observer that returns nothing ends the inference`() throws {
    var count = 0
    let output = try nestedNetwork(seed: 2).inference(
      Tensor(repeating: 1, shape: [2, 3]), named: ""
    ) { name, layer, input throws(NormalizationError) in
      count += 1
      return name == "block.inner.norm" ? nil : input
    }
    #expect(output == nil)
    #expect(count == 2)
  }

  @Test func `a visitor may not put another type in a layer's place`() async {
    await #expect(processExitsWith: .failure) {
      var layer = Activation<Double>(.relu)
      layer.visitLayers { _, layer in layer = BatchNorm<Double>(featureCount: 1) }
    }
  }
}
