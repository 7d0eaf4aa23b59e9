import NeuralNetworks
import Normalization
import Testing

@Suite struct SequentialFoldingTests {
  private func norm(scale: Float, shift: Float, mean: Double, variance: Double) -> BatchNorm<Float>
  {
    var norm = BatchNorm<Float>(featureCount: 1, epsilon: 0)
    norm.scale = Tensor([scale])
    norm.shift = Tensor([shift])
    norm.runningStatistics = RunningStatistics(mean: [mean], variance: [variance])
    return norm
  }

  private let dense = Dense<Float>(weight: Tensor([2], shape: [1, 1]), bias: Tensor([1]))
  private let probe = Tensor<Float>([0, 1, -3, 8], shape: [4, 1])

  @Test func `behind a dense layer: 6/2 ((2x + 1) - 3) + 5 = 6x - 1`() throws {
    let network = Sequential<Float>([
      .init("dense", dense), .init("norm", norm(scale: 6, shift: 5, mean: 3, variance: 4)),
    ])
    let (folded, report) = network.folded(probes: probe)
    #expect(folded.stages.map(\.name) == ["dense"])
    let layer = try #require(folded.stages[0].layer as? Dense<Float>)
    #expect(layer.weight.elements == [6])
    #expect(layer.bias?.elements == [-1])
    let certificate = try #require(report.certificates.first)
    #expect(certificate.layer == "dense")
    #expect(certificate.normalizations == ["norm"])
    #expect(certificate.largestDifference == 0)
    #expect(certificate.largestOutput == 47)
    #expect(certificate.bound > 0 && certificate.bound < 1e-4)
    #expect(report.refusals.isEmpty)
    #expect(report.networkDifference == 0)
    // The original is as it was.
    #expect(network.stages.count == 2)
    #expect((network.stages[0].layer as? Dense<Float>)?.weight.elements == [2])
  }

  @Test func `before a dense layer: 2 (6/2 (x - 3) + 5) + 1 = 6x - 7`() throws {
    let network = Sequential<Float>([
      .init("norm", norm(scale: 6, shift: 5, mean: 3, variance: 4)), .init("dense", dense),
    ])
    let folded = network.folded(probes: probe).network
    let layer = try #require(folded.stages[0].layer as? Dense<Float>)
    #expect(folded.stages.count == 1)
    #expect(layer.weight.elements == [6])
    #expect(layer.bias?.elements == [-7])
  }

  /// norm1, dense, norm2, norm3 in nested networks, and one more pair behind an activation.
  private func network<Scalar: NetworkScalar>(
    _ type: Scalar.Type, hasBias: Bool
  ) -> Sequential<Scalar> {
    var generator = SeededGenerator(seed: 3)
    let block = Sequential<Scalar>([
      .init("norm1", sampleNorm(7, using: &generator) as BatchNorm<Scalar>),
      .init(
        "inner",
        Sequential<Scalar>([
          .init("dense", sampleDense(7, 5, hasBias: hasBias, using: &generator) as Dense<Scalar>),
          .init("norm2", sampleNorm(5, using: &generator) as BatchNorm<Scalar>),
        ])),
    ])
    return Sequential<Scalar>([
      .init("block", block),
      .init("norm3", sampleNorm(5, using: &generator) as BatchNorm<Scalar>),
      .init("activation", Activation(.tanh)),
      .init("norm4", sampleNorm(5, using: &generator) as BatchNorm<Scalar>),
      .init("last", sampleDense(5, 3, using: &generator) as Dense<Scalar>),
    ])
  }

  @Test(arguments: [true, false])
  func `through nested networks, several into one layer, frozen ones too`(hasBias: Bool) throws {
    func check<Scalar: NetworkScalar>(_ type: Scalar.Type, tolerance: Double) throws {
      var network = network(type, hasBias: hasBias)
      try network.freeze(.statisticsAndParameters) { $0 == "norm3" }
      var generator = SeededGenerator(seed: 4)
      let probes = [5, 1].map { Tensor<Scalar>(normal: [$0, 7], mean: 1, using: &generator) }
      let (folded, report) = network.folded(probes: probes)
      #expect(folded.layers.map(\.name) == ["block.inner.dense", "activation", "last"])
      #expect(report.certificates.map(\.layer) == ["block.inner.dense", "last"])
      #expect(
        report.certificates.map(\.normalizations) == [
          ["block.norm1", "block.inner.norm2", "norm3"], ["norm4"],
        ])
      #expect(report.refusals.isEmpty)
      for certificate in report.certificates {
        #expect(certificate.shareOfBound <= 1)
        #expect(certificate.largestDifference <= certificate.bound)
        #expect(certificate.bound <= tolerance * certificate.largestOutput)
      }
      // The largest differences, found by hand.
      let pairs = try probes.map { (try network.inference($0), try folded.inference($0)) }
      let differences = pairs.flatMap { old, new in
        (0..<old.count).map { abs(Double(old[$0]) - Double(new[$0])) }
      }
      #expect(report.networkDifference == differences.max())
      #expect(pairs.allSatisfy { $0.0.shape == $0.1.shape })
    }
    try check(Float.self, tolerance: 2e-5)
    try check(Double.self, tolerance: 1e-13)
  }

  @Test func `a normalization between two dense layers goes into the first`() {
    var generator = SeededGenerator(seed: 6)
    let network = Sequential<Float>([
      .init("first", sampleDense(3, 4, using: &generator) as Dense<Float>),
      .init("norm", sampleNorm(4, using: &generator) as BatchNorm<Float>),
      .init("second", sampleDense(4, 2, using: &generator) as Dense<Float>),
    ])
    let report = network.folded(probes: Tensor(normal: [4, 3], using: &generator)).report
    #expect(report.certificates.map(\.layer) == ["first"])
  }

  @Test func `the report in words`() {
    let network = Sequential<Float>([
      .init("dense", dense), .init("norm", norm(scale: 6, shift: 5, mean: 3, variance: 4)),
      .init("relu", Activation(.relu)),
      .init("last", norm(scale: 6, shift: 5, mean: 3, variance: 4)),
    ])
    let lines = "\(network.folded(probes: probe).report)".split(separator: "\n")
    #expect(lines.count == 3)
    #expect(
      lines[0].hasPrefix(
        "norm into dense: outputs of up to 47.0 differ by at most 0.0 on the probes; bound "))
    #expect(
      lines[1] == """
        last (BatchNorm) stays: no linear layer is next to it: before it is Activation (relu), behind it \
        nothing
        """)
    #expect(lines[2] == "network: outputs differ by at most 0.0 on the probes")
  }

  @Test func `no probe is a programmer's mistake`() async {
    await #expect(processExitsWith: .failure) {
      _ = Sequential<Float>([]).folded(probes: [])
    }
  }
}
