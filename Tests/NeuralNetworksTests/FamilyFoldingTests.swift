import NeuralNetworks
import Normalization
import Testing

/// What of the family folds into a linear layer: what has running statistics.
@Suite struct FamilyFoldingTests {
  /// The same numbers in all layers that normalise with running statistics.
  private func layers() -> (BatchNorm<Double>, [(String, any NormalizationLayer<Double>)]) {
    var generator = SeededGenerator(seed: 1)
    var norm: BatchNorm<Double> = sampleNorm(4, using: &generator)
    let running = norm.runningStatistics
    norm.runningStatistics = RunningStatistics(
      mean: running?.mean ?? [], variance: running?.variance ?? [], tracking: .biasedVariance)
    var others: [(String, any NormalizationLayer<Double>)] = [
      ("renorm", BatchRenorm<Double>(featureCount: 4)),
      ("ghost", GhostBatchNorm(BatchNorm<Double>(featureCount: 4), virtualBatchSize: 3)),
      ("instance", InstanceNorm<Double>(featureCount: 4, tracking: .biasedVariance)),
    ]
    for index in others.indices {
      (others[index].1.scale, others[index].1.shift) = (norm.scale, norm.shift)
      others[index].1.runningStatistics = norm.runningStatistics
    }
    return (norm, others)
  }

  @Test(arguments: [true, false])
  func `with running statistics they fold as batch normalization, to the bit`(isBehind: Bool) throws
  {
    var generator = SeededGenerator(seed: 2)
    let dense: Dense<Double> = sampleDense(4, 4, using: &generator)
    let probe = Tensor<Double>(normal: [5, 4], mean: 1, using: &generator)
    func network(_ layer: any NormalizationLayer<Double>) -> Sequential<Double> {
      let (first, second) = (
        Sequential<Double>.Stage("dense", dense), Sequential<Double>.Stage("norm", layer)
      )
      return Sequential<Double>(isBehind ? [first, second] : [second, first])
    }
    let (norm, others) = layers()
    let expected = network(norm).folded(probes: probe)
    let weights = expected.network.parameters.map(\.value)
    #expect(expected.report.certificates.count == 1)
    for (name, layer) in others {
      #expect(try network(layer).inference(probe) == network(norm).inference(probe), "\(name)")
      let (folded, report) = network(layer).folded(probes: probe)
      #expect(report.refusals.isEmpty, "\(name)")
      #expect(report.certificates == expected.report.certificates, "\(name)")
      #expect(folded.stages.map(\.name) == ["dense"], "\(name)")
      #expect(folded.parameters.map(\.value) == weights, "\(name)")
    }
  }

  @Test(arguments: FamilyKind.withoutStatistics)
  func `statistics of the sample do not fold, and the report says so`(kind: FamilyKind) {
    var network = familyNetwork(Double.self, [kind], seed: 3)
    network.stages.removeAll { $0.name == "tanh" }
    let probe = Tensor<Double>((0..<12).map { Double($0 * $0 % 7) }, shape: [2, 6])
    let (folded, report) = network.folded(probes: probe)
    #expect(report.refusals.map(\.name) == [kind.rawValue])
    #expect(report.refusals.map(\.obstacle) == [.dependsOnInput])
    #expect(report.refusals.first?.kind == network.normalizations.first?.layer.kindName)
    #expect(report.certificates.isEmpty)
    #expect(folded.normalizations.map(\.name) == [kind.rawValue])
    #expect(report.networkDifference == 0)
  }

  @Test func `virtual batches without running statistics`() {
    var generator = SeededGenerator(seed: 4)
    let norm = BatchNorm<Double>(featureCount: 2, tracking: nil)
    let network = Sequential<Double>([
      .init("dense", sampleDense(2, 2, using: &generator) as Dense<Double>),
      .init("ghost", GhostBatchNorm(norm, virtualBatchSize: 2)),
    ])
    let report = network.folded(probes: Tensor([1, 2, 3, -4], shape: [2, 2])).report
    #expect(report.refusals.map(\.obstacle) == [.noRunningStatistics])
  }

  @Test func `positions keep instance normalization from a dense layer`() throws {
    let network = familyNetwork(Double.self, [.tracking], seed: 5)
    let report = network.folded(probes: Tensor(repeating: 1, shape: [1, 6])).report
    #expect(
      report.refusals.map(\.obstacle) == [
        .noLinearNeighbor(before: "Reshaping", after: "Reshaping")
      ])
  }
}
