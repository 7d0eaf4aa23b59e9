@testable import NeuralNetworks
import Normalization
import Testing

/// A fold that is refused says why, and leaves the layer where it was.
@Suite struct FoldingObstacleTests {
  private typealias Stage = Sequential<Double>.Stage

  private func dense(_ inputs: Int = 2, _ outputs: Int = 2, seed: UInt64 = 1) -> Dense<Double> {
    var generator = SeededGenerator(seed: seed)
    return sampleDense(inputs, outputs, using: &generator)
  }

  private func norm(
    variance: [Double] = [1, 2], mean: [Double] = [0.5, -1], axis: Int = -1, epsilon: Double = 1e-5
  ) -> BatchNorm<Double> {
    var norm = BatchNorm<Double>(featureCount: 2, axis: axis, epsilon: epsilon)
    norm.runningStatistics = RunningStatistics(mean: mean, variance: variance)
    return norm
  }

  private let probe = Tensor<Double>([1, 2, 3, -4], shape: [2, 2])

  /// The obstacles by name, once it is certain that refused layers are still there.
  private func obstacles(
    _ layers: [(String, any Layer<Double>)], tolerance: Double = 1e-3
  ) -> [String: FoldingObstacle] {
    let network = Sequential(layers.map { Stage($0.0, $0.1) })
    let (folded, report) = network.folded(probes: probe, tolerance: tolerance)
    let names = report.refusals.map(\.name)
    #expect(folded.normalizations.map(\.name) == names)
    let folds = report.certificates.flatMap(\.normalizations)
    #expect(Set(folds + names) == Set(network.normalizations.map(\.name)))
    for refusal in report.refusals { #expect(!"\(refusal)".isEmpty) }
    return Dictionary(uniqueKeysWithValues: report.refusals.map { ($0.name, $0.obstacle) })
  }

  @Test func `statistics of the input`() {
    let found = obstacles([("dense", dense()), ("norm", SampleCentering(featureCount: 2))])
    #expect(found == ["norm": .dependsOnInput])
  }

  @Test func `no running statistics`() {
    let norm = BatchNorm<Double>(featureCount: 2, tracking: nil)
    #expect(obstacles([("dense", dense()), ("norm", norm)]) == ["norm": .noRunningStatistics])
  }

  @Test func `no linear neighbour`() {
    let found = obstacles([
      ("dense", dense()), ("tanh", Activation(.tanh)), ("norm", norm()),
      ("relu", Activation(.relu)), ("last", norm()),
    ])
    #expect(
      found == [
        "norm": .noLinearNeighbor(before: "Activation (tanh)", after: "Activation (relu)"),
        "last": .noLinearNeighbor(before: "Activation (relu)", after: nil),
      ])
  }

  @Test func `a layer that stays keeps the next one from the linear layer`() {
    let found = obstacles([
      ("dense", dense()), ("sample", SampleCentering(featureCount: 2)), ("norm", norm()),
    ])
    #expect(
      found == [
        "sample": .dependsOnInput,
        "norm": .noLinearNeighbor(before: "SampleCentering", after: nil),
      ])
  }

  @Test func `another axis`() {
    // With two samples the channels on axis 0 fit.
    let found = obstacles([("dense", dense()), ("norm", norm(axis: 0))])
    #expect(found == ["norm": .otherAxis(normalized: 0, layer: 1, rank: 2)])
    #expect(obstacles([("dense", dense()), ("norm", norm(axis: 1))]).isEmpty)
  }

  @Test func `another number of channels`() throws {
    let map = try norm().inferenceMap()
    #expect(throws: FoldingObstacle.otherFeatureCount(normalized: 2, layer: 3)) {
      try dense(2, 3).outputChannels.check(map)
    }
    #expect(throws: Never.self) { try dense(2, 3).inputChannels.check(map) }
  }

  @Test(arguments: [-1, .nan, .infinity])
  func `a running variance that is none`(variance: Double) {
    let found = obstacles([("dense", dense()), ("norm", norm(variance: [1, variance]))])
    guard case .invalidRunningVariance(channel: 1, let value) = found["norm"] else {
      Issue.record("found \(found)")
      return
    }
    #expect(value == variance || value.isNaN && variance.isNaN)
  }

  @Test func `a running mean that is infinite`() {
    let found = obstacles([("dense", dense()), ("norm", norm(mean: [.infinity, 0]))])
    #expect(found == ["norm": .invalidRunningMean(channel: 0, found: .infinity)])
  }

  @Test func `nothing to divide by, and what lies behind it is not reached`() {
    let found = obstacles([
      ("first", dense()), ("good", norm()), ("tanh", Activation(.tanh)), ("second", dense()),
      ("norm", norm(variance: [1, 0], epsilon: 0)), ("third", dense()), ("late", norm()),
    ])
    #expect(
      found == [
        "norm": .zeroRunningVariance(channel: 1),
        "late": .notReached(.zeroRunningVariance(channel: 1)),
      ])
  }

  @Test func `a factor beyond the element type, unless the other neighbour can take it`() throws {
    var generator = SeededGenerator(seed: 1)
    var norm = BatchNorm<Float>(featureCount: 2, epsilon: 0)
    norm.scale = Tensor([1, 1e20])
    norm.runningStatistics = RunningStatistics(mean: [0, 0], variance: [1, 1e-38])
    var first: Dense<Float> = sampleDense(2, 2, using: &generator)
    first.weight = Tensor([1, 1, 1, 1], shape: [2, 2])
    let small = Dense<Float>(weight: Tensor([1, 1e-20], shape: [1, 2]))
    let probe = Tensor<Float>([1e-20, 1e-20], shape: [1, 2])
    first.bias = nil

    let alone = Sequential<Float>([.init("first", first), .init("norm", norm)])
    let refused = alone.folded(probes: probe)
    #expect(refused.report.refusals.map(\.obstacle) == [.overflow(channel: 1)])
    #expect(refused.network.stages.count == 2)

    let between = Sequential<Float>(alone.stages + [.init("second", small)])
    let report = between.folded(probes: probe).report
    #expect(report.refusals.isEmpty)
    #expect(report.certificates.map(\.layer) == ["second"])
  }

  @Test func `digits lost to an enormous mean`() throws {
    // x - mean is exact in the normalization; W'x and b' are 1e13 and cancel.
    var generator = SeededGenerator(seed: 2)
    var norm = BatchNorm<Float>(featureCount: 2, epsilon: 0)
    norm.runningStatistics = RunningStatistics(mean: [1e7, 1e7], variance: [1e-12, 1e-12])
    let network = Sequential<Float>([
      .init("norm", norm), .init("dense", sampleDense(2, 2, using: &generator) as Dense<Float>),
    ])
    let probe = Tensor<Float>([10_000_001, 9_999_998, 10_000_002, 10_000_001], shape: [2, 2])
    let refusals = network.folded(probes: probe).report.refusals
    guard case .differs(let found, let allowed) = refusals.first?.obstacle else {
      Issue.record("found \(refusals)")
      return
    }
    #expect(found > allowed && allowed > 0)
    // Whoever wants it nevertheless finds the loss in the certificate.
    let certificate = try #require(
      network.folded(probes: probe, tolerance: 1).report.certificates.first)
    #expect(certificate.largestDifference == found)
    #expect(certificate.bound >= found)
  }

  @Test func `a layer that folds to another function than it says`() {
    let found = obstacles([("lie", Lie(dense: dense())), ("norm", norm())], tolerance: 1)
    guard case .exceedsBound(let difference, let bound) = found["norm"] else {
      Issue.record("found \(found)")
      return
    }
    #expect(difference > bound)
  }

  @Test func `inside of a layer that is no sequential`() {
    let hidden = Sequential<Double>([.init("dense", dense()), .init("norm", norm())])
    let found = obstacles([("wrapper", Wrapper(inner: hidden)), ("norm", norm())])
    #expect(
      found == [
        "wrapper.inner.norm": .insideLayer(kind: "Wrapper"),
        "norm": .noLinearNeighbor(before: "Wrapper", after: nil),
      ])
  }
}

/// A dense layer that forgets a millionth when it folds.
private struct Lie: FoldableLayer {
  typealias Scalar = Double
  var dense: Dense<Double>

  func inference(_ input: Tensor<Double>) throws(NormalizationError) -> Tensor<Double> {
    try dense.inference(input)
  }
  func forward(_ input: Tensor<Double>) throws(NormalizationError) -> LayerPass<Double> {
    try dense.forward(input)
  }
  var inputChannels: FoldableChannels { dense.inputChannels }
  var outputChannels: FoldableChannels { dense.outputChannels }
  var productCount: Int { dense.productCount }
  var widened: any Layer<Double> { dense.widened }
  func magnitudes(withBias: Bool) -> any Layer<Double> { dense.magnitudes(withBias: withBias) }

  func folded(
    behind: [ChannelMap], before: [ChannelMap]
  ) throws(FoldingObstacle) -> any FoldableLayer<Double> {
    guard var folded = try dense.folded(behind: behind, before: before) as? Dense<Double> else {
      return self
    }
    folded.weight[0] *= 1 + 1e-6
    return folded
  }
}
