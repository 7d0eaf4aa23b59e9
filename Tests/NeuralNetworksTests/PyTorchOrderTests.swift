import LinearAlgebra
import NeuralNetworks
import Normalization
import TensorFiles
import TestSupport
import Testing

/// Layers behind flattened images, whose features PyTorch has in another order.
@Suite struct PyTorchOrderTests {
  /// Features by position and channel: 10 p + c.
  private let features = Tensor<Float>([0, 1, 2, 10, 11, 12, 20, 21, 22, 30, 31, 32])
  /// The same by channel and position.
  private let channelsFirst: [Float] = [0, 10, 20, 30, 1, 11, 21, 31, 2, 12, 22, 32]

  /// A network for images [2, 2, 3] with one layer behind Flatten, and a dense one.
  private func network(_ layer: any Layer<Float>, _ weight: Tensor<Float>) -> Sequential<Float> {
    Sequential<Float>([
      .init("flatten", Flatten()), .init("layer", layer), .init("relu", Activation(.relu)),
      .init("dense", Dense(weight: weight)),
    ])
  }

  private func elements(_ tensors: NamedTensors, _ name: String) -> [Float]? {
    tensors[name]?.tensor(of: Float.self)?.elements
  }

  @Test func `a dense layer's columns and a normalization's features are reordered`() throws {
    var norm = BatchNorm<Float>(featureCount: 12)
    norm.scale = features
    norm.shift = Tensor(features.elements.map { -$0 })
    norm.runningStatistics = RunningStatistics(
      mean: features.elements.map { Double($0) + 0.5 },
      variance: features.elements.map { Double($0) + 1 }, batchesTracked: 3)
    let rows = Tensor<Float>(
      features.elements + features.elements.map { $0 + 100 }, shape: [2, 12])
    let network = network(norm, rows)
    let tensors = try network.pyTorchState(sampleShape: [2, 2, 3]).tensors
    #expect(
      tensors.names == [
        "layer.weight", "layer.bias", "layer.running_mean", "layer.running_var",
        "layer.num_batches_tracked", "dense.weight",
      ])
    #expect(elements(tensors, "layer.weight") == channelsFirst)
    #expect(elements(tensors, "layer.bias") == channelsFirst.map { -$0 })
    #expect(elements(tensors, "layer.running_mean") == channelsFirst.map { $0 + 0.5 })
    #expect(elements(tensors, "layer.running_var") == channelsFirst.map { $0 + 1 })
    #expect(elements(tensors, "dense.weight") == channelsFirst + channelsFirst.map { $0 + 100 })

    var other = self.network(
      BatchNorm<Float>(featureCount: 12), Tensor(repeating: 0, shape: [2, 12]))
    try other.load(pyTorchState: tensors, sampleShape: [2, 2, 3])
    #expect(other.parameters.map(\.value) == network.parameters.map(\.value))
    #expect(
      other.normalizations[0].layer.runningStatistics
        == network.normalizations[0].layer.runningStatistics)
  }

  @Test func `one channel or one position has one order`() throws {
    let rows = Tensor<Float>(features.elements, shape: [1, 12])
    for shape in [[3, 4, 1], [1, 1, 12], [12]] {
      let tensors = try network(BatchNorm<Float>(featureCount: 12), rows)
        .pyTorchState(sampleShape: shape).tensors
      #expect(elements(tensors, "dense.weight") == rows.elements)
    }
  }

  @Test func `sequences keep their order, unless they were convolved`() throws {
    let rows = Tensor<Float>(features.elements, shape: [1, 12])
    let plain = network(Identity(), rows)
    #expect(
      elements(try plain.pyTorchState(sampleShape: [4, 3]).tensors, "dense.weight")
        == rows.elements)
    let window = SlidingWindow(kernel: [1])
    let weight = Tensor<Float>(repeating: 1, shape: [3, 3, 1])
    let convolved = Sequential<Float>(
      [.init("conv", Convolution(weight: weight, window: window))] + plain.stages)
    let tensors = try convolved.pyTorchState(sampleShape: [4, 3]).tensors
    #expect(elements(tensors, "dense.weight") == channelsFirst)
    #expect(tensors["conv.weight"]?.shape == [3, 3, 1])
  }

  @Test func `layer normalization over a whole image has its channels first`() throws {
    var norm = LayerNorm<Float>(normalizedShape: [2, 2, 3])
    norm.scale = features.reshaped(to: [2, 2, 3])
    let network = Sequential<Float>([.init("norm", norm)])
    let tensors = try network.pyTorchState(sampleShape: [2, 2, 3]).tensors
    #expect(tensors["norm.weight"] == .float(Tensor(channelsFirst, shape: [3, 2, 2])))
    var other = Sequential<Float>([
      .init("norm", LayerNorm<Float>(normalizedShape: [2, 2, 3]))
    ])
    try other.load(pyTorchState: tensors, sampleShape: [2, 2, 3])
    #expect(other.parameters.map(\.value) == network.parameters.map(\.value))
    // Over the channels alone there is nothing to reorder.
    let channels = Sequential<Float>([.init("norm", RMSNorm<Float>(normalizedShape: [3]))])
    #expect(
      try channels.pyTorchState(sampleShape: [2, 2, 3]).tensors["norm.weight"]?.shape == [3])
  }

  @Test func `images that are flattened and put together again`() throws {
    let rows = Tensor<Float>(features.elements, shape: [1, 12])
    let network = Sequential<Float>([
      .init("flat", Reshaping([12])), .init("image", Reshaping([4, 1, 3])),
      .init("flatten", Flatten()), .init("dense", Dense(weight: rows)),
    ])
    let tensors = try network.pyTorchState(sampleShape: [2, 2, 3]).tensors
    #expect(elements(tensors, "dense.weight") == channelsFirst)
  }

  @Test func `neighbours of another order are refused by name`() throws {
    let rows = Tensor<Float>(features.elements, shape: [1, 12])
    let layers: [any Layer<Float>] = [
      GroupNorm<Float>(featureCount: 12, groupCount: 3), LocalResponseNormalization<Float>(size: 3),
      Reshaping([3, 4]),
    ]
    for layer in layers {
      let error = #expect(throws: NetworkError.self) {
        try network(layer, rows).pyTorchState(sampleShape: [2, 2, 3])
      }
      guard case .noPyTorchForm("layer", _)? = error else {
        Issue.record("\(layer.kindName): \(String(describing: error))")
        continue
      }
    }
    // One group knows no neighbours.
    let one = network(GroupNorm<Float>(featureCount: 12, groupCount: 1), rows)
    #expect(throws: Never.self) { try one.pyTorchState(sampleShape: [2, 2, 3]) }
    // A sum of two orders.
    let dense = Sequential<Float>([
      .init("dense", Dense<Float>(weight: Tensor(repeating: 1, shape: [12, 12])))
    ])
    #expect(
      throws: NetworkError.noPyTorchForm(
        layer: "layer", reason: "what it adds up has different orders of features there")
    ) {
      try network(Residual<Float>(body: dense), rows).pyTorchState(sampleShape: [2, 2, 3])
    }
    let both = Residual<Float>(body: dense, shortcut: dense)
    let names = try network(both, rows).pyTorchState(sampleShape: [2, 2, 3]).tensors.names
    #expect(
      names == ["layer.dense.weight", "layer.downsample.dense.weight", "dense.weight"])
  }
}
