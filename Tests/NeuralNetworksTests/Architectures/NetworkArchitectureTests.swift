import NeuralNetworks
import Normalization
import Testing

@Suite struct NetworkArchitectureTests {
  @Test func `ResNet-20 has the parameters of its paper's table, and the projections`() throws {
    let network = try NetworkArchitecture.resnet20.network(
      sampleShape: [32, 32, 3], classCount: 10)
    // 3*16*9, 6 times 16*16*9, 16*32*9 and 5 times 32*32*9, 32*64*9 and 5 times 64*64*9, 64*10 + 10, scales and shifts of
    // 7*16, 6*32 and 6*64 channels; and the shortcuts' 16*32 and 32*64 with 2*(32 + 64) scales and shifts.
    let plain =
      432 + 6 * 2304 + 4608 + 5 * 9216 + 18432 + 5 * 36864 + 650 + 2 * (112 + 192 + 384)
    #expect(plain == 269_722)
    #expect(network.summary.parameterCount == plain + 512 + 2048 + 192)
  }

  @Test(arguments: NetworkArchitecture.allCases, NetworkNormalization.allCases)
  func `every network trains a step with every normalization`(
    architecture: NetworkArchitecture, normalization: NetworkNormalization
  ) throws {
    var options = NetworkOptions()
    options.normalization = normalization
    if architecture == .mlp, normalization == .instance {
      #expect(throws: ArchitectureError.noPositions(architecture: .mlp)) {
        try architecture.network(sampleShape: [8, 8, 1], classCount: 3, options: options)
      }
      return
    }
    // LeNet's fully connected layers have no positions either: their features are normalised as a layer's.
    let extent = architecture == .vggSmall && normalization == .instance ? 16 : 8
    var network = try architecture.network(
      sampleShape: [extent, extent, 1], classCount: 3, options: options)
    var generator = SeededGenerator(seed: 1)
    let input = Tensor<Float>(normal: [4, extent, extent, 1], using: &generator)
    let pass = try network.forward(input)
    #expect(pass.output.shape == [4, 3])
    let gradients = pass.parameterGradients(Tensor(normal: [4, 3], using: &generator))
    #expect(gradients.count == network.parameters.count)
    network.commit(pass)
    let output = try network.inference(input)
    #expect(output.elements.allSatisfy { $0.isFinite })
    let names = network.parameters.map(\.info.name)
    #expect(Set(names).count == names.count)
    #expect(network.normalizations.isEmpty == (normalization == .none))
  }

  @Test func `networks with and without normalization start from the same weights`() throws {
    for architecture in NetworkArchitecture.allCases {
      var options = NetworkOptions()
      func weights() throws -> [Tensor<Float>] {
        try architecture.network(sampleShape: [8, 8, 1], classCount: 3, options: options)
          .parameters.filter { $0.info.role == .weight }.map(\.value)
      }
      let normalised = try weights()
      options.normalization = .none
      #expect(try weights() == normalised)
      options.seed = 2
      #expect(try weights() != normalised)
    }
  }

  @Test func `samples that a network cannot take are refused`() {
    #expect(throws: ArchitectureError.noImages(architecture: .lenet, sampleShape: [64])) {
      try NetworkArchitecture.lenet.network(sampleShape: [64], classCount: 3)
    }
    #expect(
      throws: ArchitectureError.tooSmall(
        architecture: .vggSmall, least: 8, sampleShape: [7, 8, 1])
    ) {
      try NetworkArchitecture.vggSmall.network(sampleShape: [7, 8, 1], classCount: 3)
    }
  }

  @Test func `groups have at least four channels and divide them`() {
    for normalization in [NetworkNormalization.group] {
      for (channels, groups) in [(6, 1), (16, 4), (64, 16), (256, 32), (84, 21), (7, 1), (12, 3)] {
        let layer: (any Layer<Float>)? = normalization.layer(
          channelCount: channels, isSpatial: true, execution: .automatic)
        #expect((layer as? GroupNorm<Float>)?.groupCount == groups)
      }
    }
  }
}
