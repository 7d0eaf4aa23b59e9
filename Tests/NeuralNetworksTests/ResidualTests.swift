import LinearAlgebra
import NeuralNetworks
import Normalization
import Testing

@Suite struct ResidualTests {
  /// A block over [N, 4, 4, 2]: conv, norm, ReLU, conv, norm, with or without a shortcut that halves the extents.
  static func block<Scalar: NetworkScalar>(
    halving: Bool, seed: UInt64, activation: FusedActivation = .relu
  ) -> Residual<Scalar> {
    var generator = SeededGenerator(seed: seed)
    func conv(_ kernel: Int, stride: Int, from: Int, to: Int) -> Convolution<Scalar> {
      Convolution(
        inputChannels: from, outputChannels: to,
        window: SlidingWindow(
          kernel: [kernel, kernel], stride: [stride, stride], padding: [kernel / 2, kernel / 2]),
        hasBias: false, using: &generator)
    }
    func norm(_ count: Int) -> BatchNorm<Scalar> {
      var norm = BatchNorm<Scalar>(featureCount: count)
      norm.scale = Tensor(normal: [count], mean: 1, deviation: 0.3, using: &generator)
      norm.shift = Tensor(normal: [count], using: &generator)
      return norm
    }
    let outputs = halving ? 3 : 2
    let body = Sequential<Scalar>([
      .init("conv1", conv(3, stride: halving ? 2 : 1, from: 2, to: outputs)),
      .init("bn1", norm(outputs)), .init("relu", Activation(.relu)),
      .init("conv2", conv(3, stride: 1, from: outputs, to: outputs)), .init("bn2", norm(outputs)),
    ])
    let shortcut = Sequential<Scalar>([
      .init("0", conv(1, stride: 2, from: 2, to: outputs)), .init("1", norm(outputs)),
    ])
    return Residual(body: body, shortcut: halving ? shortcut : nil, activation: activation)
  }

  @Test(arguments: [true, false], [FusedActivation.identity, .relu])
  func `gradients match central differences`(halving: Bool, activation: FusedActivation) throws {
    try expectGradientsMatchDifferences(
      of: Self.block(halving: halving, seed: 3, activation: activation), inputShape: [3, 4, 4, 2],
      seed: 5)
  }

  @Test func `the sum of body and input by hand`() throws {
    let doubling = Sequential<Double>([
      .init("double", Dense(weight: Tensor([2, 0, 0, -2], shape: [2, 2])))
    ])
    let block = Residual(body: doubling)
    let input = Tensor<Double>([1, 1, -3, 5], shape: [2, 2])
    #expect(try block.inference(input) == Tensor([3, 0, 0, 0], shape: [2, 2]))
    let pass = try block.forward(input)
    #expect(pass.output == Tensor([3, 0, 0, 0], shape: [2, 2]))
    // Only the first output is let through: 2 by way of the body and 1 past it.
    let gradients = pass.pullback(Tensor([10, 20, 30, 40], shape: [2, 2]))
    #expect(gradients.input == Tensor([30, 0, 0, 0], shape: [2, 2]))
    #expect(gradients.parameters == [Tensor([10, 10, 0, 0], shape: [2, 2])])
  }

  @Test func `names are those of PyTorch's blocks, and passes are committed to both parts`() throws
  {
    var block: Residual<Float> = Self.block(halving: true, seed: 1)
    #expect(
      block.parameters.map(\.info.name) == [
        "conv1.weight", "bn1.scale", "bn1.shift", "conv2.weight", "bn2.scale", "bn2.shift",
        "downsample.0.weight", "downsample.1.scale", "downsample.1.shift",
      ])
    #expect(block.normalizations.map(\.name) == ["bn1", "bn2", "downsample.1"])
    var generator = SeededGenerator(seed: 9)
    let pass = try block.forward(Tensor(normal: [4, 4, 4, 2], using: &generator))
    block.commit(pass)
    #expect(block.normalizations.allSatisfy { $0.layer.runningStatistics?.batchesTracked == 1 })
  }

  @Test func `a state dictionary and observed inference reach every layer`() throws {
    var block: Residual<Float> = Self.block(halving: true, seed: 1)
    var generator = SeededGenerator(seed: 9)
    let input = Tensor<Float>(normal: [4, 4, 4, 2], using: &generator)
    block.commit(try block.forward(input))
    var other: Residual<Float> = Self.block(halving: true, seed: 2)
    #expect(try other.inference(input) != block.inference(input))
    try other.load(block.stateDictionary)
    #expect(try other.inference(input) == block.inference(input))
    var seen: [String] = []
    let observed = try block.inference(input, named: "block") {
      (name, layer, input) throws(NormalizationError) in
      seen.append(name)
      return try layer.inference(input)
    }
    #expect(observed == (try block.inference(input)))
    #expect(seen == ["block.bn1", "block.bn2", "block.downsample.1"])
  }
}
