import LinearAlgebra
import NeuralNetworks
import Normalization
import Testing

@Suite struct ConvolutionFoldingTests {
  private func convolution<Scalar: NetworkScalar>(
    _ inputs: Int, _ outputs: Int, padding: Int, groups: Int = 1, hasBias: Bool,
    using generator: inout SeededGenerator
  ) -> Convolution<Scalar> {
    var layer = Convolution<Scalar>(
      inputChannels: inputs, outputChannels: outputs,
      window: SlidingWindow(kernel: [3, 3], padding: [padding, padding]), groups: groups,
      hasBias: hasBias, using: &generator)
    if hasBias { layer.bias = Tensor(normal: [outputs], using: &generator) }
    return layer
  }

  @Test(arguments: [true, false], [1, 2])
  func `normalization behind a convolution goes into it, exactly to rounding`(
    hasBias: Bool, groups: Int
  ) throws {
    var generator = SeededGenerator(seed: 1)
    let network = Sequential<Double>([
      .init(
        "conv", convolution(4, 6, padding: 1, groups: groups, hasBias: hasBias, using: &generator)),
      .init("norm", sampleNorm(6, using: &generator) as BatchNorm<Double>),
      .init("relu", Activation(.relu)),
    ])
    let input = Tensor<Double>(normal: [2, 5, 4, 4], using: &generator)
    let (folded, report) = network.folded(probes: input)
    #expect(folded.stages.map(\.name) == ["conv", "relu"])
    #expect(report.refusals.isEmpty)
    let certificate = try #require(report.certificates.first)
    #expect(certificate.shareOfBound <= 1)
    let (old, new) = (try network.inference(input), try folded.inference(input))
    for i in 0..<old.count { #expect(abs(old[i] - new[i]) <= 1e-13 * (1 + abs(old[i]))) }
  }

  @Test func `normalization before a convolution without padding goes into it`() throws {
    var generator = SeededGenerator(seed: 2)
    let network = Sequential<Double>([
      .init("relu", Activation(.relu)),
      .init("norm", sampleNorm(4, using: &generator) as BatchNorm<Double>),
      .init("conv", convolution(4, 6, padding: 0, groups: 2, hasBias: true, using: &generator)),
    ])
    let input = Tensor<Double>(normal: [2, 5, 4, 4], using: &generator)
    let (folded, report) = network.folded(probes: input)
    #expect(folded.stages.map(\.name) == ["relu", "conv"])
    #expect(report.refusals.isEmpty)
    let (old, new) = (try network.inference(input), try folded.inference(input))
    for i in 0..<old.count { #expect(abs(old[i] - new[i]) <= 1e-13 * (1 + abs(old[i]))) }
  }

  @Test func `an offset before a padded convolution is refused; a factor alone is not`() throws {
    var generator = SeededGenerator(seed: 3)
    var norm: BatchNorm<Double> = sampleNorm(4, using: &generator)
    let conv: Convolution<Double> = convolution(
      4, 6, padding: 1, hasBias: false, using: &generator)
    func fold(_ norm: BatchNorm<Double>) throws -> FoldingReport {
      let network = Sequential<Double>([
        .init("relu", Activation(.relu)), .init("norm", norm), .init("conv", conv),
      ])
      let input = Tensor<Double>(normal: [2, 5, 4, 4], using: &generator)
      return network.folded(probes: input).report
    }
    #expect(try fold(norm).refusals.map(\.obstacle) == [.padding([1, 1])])
    norm.runningStatistics = RunningStatistics(
      mean: [0, 0, 0, 0], variance: [1, 2, 3, 4], batchesTracked: 1)
    norm.shift = Tensor([0, 0, 0, 0])
    #expect(try fold(norm).refusals.isEmpty)
  }

  @Test(arguments: [true, false])
  func `blocks fold inside, body and shortcut`(halving: Bool) throws {
    var generator = SeededGenerator(seed: 5)
    var block: Residual<Double> = ResidualTests.block(halving: halving, seed: 4)
    for _ in 0..<3 {
      block.commit(try block.forward(Tensor(normal: [6, 4, 4, 2], mean: 1, using: &generator)))
    }
    let network = Sequential<Double>([.init("block", block)])
    let input = Tensor<Double>(normal: [2, 4, 4, 2], using: &generator)
    let (folded, report) = network.folded(probes: input)
    #expect(report.refusals.isEmpty)
    #expect(
      report.certificates.map(\.layer)
        == ["block.conv1", "block.conv2"] + (halving ? ["block.downsample.0"] : []))
    #expect(folded.normalizations.isEmpty)
    let (old, new) = (try network.inference(input), try folded.inference(input))
    for i in 0..<old.count { #expect(abs(old[i] - new[i]) <= 1e-13 * (1 + abs(old[i]))) }
  }

  @Test func `a trained ResNet-8 folds completely within its bounds`() throws {
    var network = try NetworkArchitecture.resnet8.network(sampleShape: [8, 8, 1], classCount: 4)
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<4 {
      network.commit(try network.forward(Tensor(normal: [8, 8, 8, 1], using: &generator)))
    }
    let probes = Tensor<Float>(normal: [2, 8, 8, 1], using: &generator)
    let (folded, report) = network.folded(probes: probes)
    #expect(report.refusals.isEmpty)
    #expect(folded.normalizations.isEmpty)
    #expect(report.certificates.allSatisfy { $0.shareOfBound <= 1 })
    let difference = try #require(report.networkDifference)
    #expect(difference < 1e-4)
  }
}
