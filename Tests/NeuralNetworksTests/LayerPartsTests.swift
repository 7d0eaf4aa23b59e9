import NeuralNetworks
import Normalization
import Testing

/// A batch in parts against the whole batch.
@Suite struct LayerPartsTests {
  /// Samples `range` of a tensor.
  private func part<Scalar>(_ whole: Tensor<Scalar>, _ range: Range<Int>) -> Tensor<Scalar> {
    let perSample = whole.count / whole.shape[0]
    let elements = whole.elements[range.lowerBound * perSample..<range.upperBound * perSample]
    return Tensor(Array(elements), shape: [range.count] + whole.shape.dropFirst())
  }

  private func parts<Scalar>(_ whole: Tensor<Scalar>, at cuts: [Int]) -> [Tensor<Scalar>] {
    zip([0] + cuts, cuts + [whole.shape[0]]).map { part(whole, $0..<$1) }
  }

  private struct Outcome<Network: Layer> {
    var outputs: [Tensor<Network.Scalar>]
    var inputs: [Tensor<Network.Scalar>]
    var parameters: [Tensor<Network.Scalar>?]
    var running: [RunningStatistics?]
  }

  private func whole<Network: Layer>(
    _ network: Network, _ input: Tensor<Network.Scalar>, _ gradient: Tensor<Network.Scalar>
  ) throws -> Outcome<Network> {
    var network = network
    let pass = try network.forward(input)
    let gradients = pass.pullback(gradient)
    network.commit(pass)
    return Outcome(
      outputs: [pass.output], inputs: [gradients.input], parameters: gradients.parameters,
      running: network.normalizations.map(\.layer.runningStatistics))
  }

  private func inParts<Network: Layer>(
    _ network: Network, _ input: Tensor<Network.Scalar>, _ gradient: Tensor<Network.Scalar>,
    at cuts: [Int]
  ) throws -> Outcome<Network> {
    var network = network
    let pass = try network.forward(parts: parts(input, at: cuts))
    let gradients = pass.pullback(parts(gradient, at: cuts))
    network.commit(parts: pass)
    return Outcome(
      outputs: pass.outputs, inputs: gradients.inputs, parameters: gradients.parameters,
      running: network.normalizations.map(\.layer.runningStatistics))
  }

  private func elements<Scalar>(_ tensors: [Tensor<Scalar>]) -> [Scalar] {
    tensors.flatMap(\.elements)
  }

  /// The largest difference over the largest magnitude.
  private func difference<Scalar: NetworkScalar>(
    _ left: [Tensor<Scalar>], _ right: [Tensor<Scalar>]
  ) -> Double {
    let (a, b) = (elements(left).map(Double.init), elements(right).map(Double.init))
    guard a.count == b.count else { return .infinity }
    let size = a.map(abs).max() ?? 1
    return zip(a, b).map { abs($0 - $1) }.max().map { $0 / max(size, 1e-300) } ?? 0
  }

  private func tensors(_ shape: [Int], seed: UInt64) -> (Tensor<Float>, Tensor<Float>) {
    var generator = SeededGenerator(seed: seed)
    return (
      Tensor(normal: shape, mean: 3, using: &generator), Tensor(normal: shape, using: &generator)
    )
  }

  enum Kind: CaseIterable, Sendable {
    case batch, renorm, ghost, instance, instanceWithStatistics, layer, rms, group

    func make(_ features: Int) -> any NormalizationLayer<Float> {
      switch self {
      case .batch: BatchNorm<Float>(featureCount: features)
      case .renorm: BatchRenorm<Float>(featureCount: features)
      case .ghost: GhostBatchNorm(BatchNorm<Float>(featureCount: features), virtualBatchSize: 16)
      case .instance: InstanceNorm<Float>(featureCount: features)
      case .instanceWithStatistics:
        InstanceNorm<Float>(featureCount: features, tracking: .unbiasedVariance)
      case .layer: LayerNorm<Float>(normalizedShape: [features])
      case .rms: RMSNorm<Float>(normalizedShape: [features])
      case .group: GroupNorm<Float>(featureCount: features, groupCount: 2)
      }
    }
  }

  /// Normalizations alone: [128, 4, 4, 20] has blocks of four samples, and virtual batches of 16.
  @Test(arguments: Kind.allCases)
  func `normalization layers give the bits of the whole batch at block boundaries`(
    kind: Kind
  ) throws {
    let (input, gradient) = tensors([128, 4, 4, 20], seed: 1)
    let network = Sequential<Float>([
      .init("first", kind.make(20)), .init("relu", Activation(.relu)),
      .init("block", Sequential([.init("second", kind.make(20))])),
    ])
    #expect(BatchNorm<Float>(featureCount: 20).samplesPerPart(of: input.shape) == 4)
    let expected = try whole(network, input, gradient)
    let found = try inParts(network, input, gradient, at: [32, 48, 112])
    #expect(found.outputs.map { $0.shape[0] } == [32, 16, 64, 16])
    #expect(elements(found.outputs) == elements(expected.outputs))
    #expect(elements(found.inputs) == elements(expected.inputs))
    #expect(found.running == expected.running)
    let (a, b) = (found.parameters.compactMap(\.self), expected.parameters.compactMap(\.self))
    #expect(a.count == expected.parameters.count && b.count == a.count)
    if kind == .batch || kind == .renorm {
      #expect(a == b)
    } else {
      #expect(zip(a, b).allSatisfy { difference([$0], [$1]) < 1e-5 })
    }
  }

  @Test(arguments: [[64, 128, 192], [10, 60, 63], [1, 2, 255]])
  func `a network in four parts has outputs and gradients of the whole batch`(
    cuts: [Int]
  ) throws {
    var generator = SeededGenerator(seed: 2)
    func dense(_ inputs: Int, _ outputs: Int) -> Dense<Float> {
      Dense(inputCount: inputs, outputCount: outputs, deviation: 0.3, using: &generator)
    }
    let network = Sequential<Float>([
      .init("dense", dense(12, 24)), .init("norm", BatchNorm<Float>(featureCount: 24)),
      .init("tanh", Activation(.tanh)),
      .init(
        "block",
        Sequential([
          .init("dense", dense(24, 16)), .init("norm", BatchNorm<Float>(featureCount: 16)),
        ])), .init("output", dense(16, 12)),
    ])
    let (input, gradient) = tensors([256, 12], seed: 3)
    let expected = try whole(network, input, gradient)
    let found = try inParts(network, input, gradient, at: cuts)
    #expect(difference(expected.outputs, found.outputs) < 4e-6)
    #expect(difference(expected.inputs, found.inputs) < 4e-6)
    #expect(found.parameters.count == expected.parameters.count)
    for (found, expected) in zip(found.parameters, expected.parameters) {
      let (found, expected) = (try #require(found), try #require(expected))
      // The bias before a normalization has gradient 0 but for rounding.
      #expect(difference([expected], [found]) < 1e-5 || abs(found.elements.max() ?? 0) < 1e-4)
    }
    for (found, expected) in zip(found.running, expected.running) {
      let (found, expected) = (try #require(found), try #require(expected))
      #expect(found.batchesTracked == 1)
      for (a, b) in zip(found.mean + found.variance, expected.mean + expected.variance) {
        #expect(abs(a - b) <= 1e-6 * max(1, abs(b)))
      }
    }
    // Each part with its own statistics would be something else.
    let alone = try parts(input, at: [128]).map { try network.forward($0).output }
    #expect(difference(expected.outputs, alone) > 1e-3)
  }

  @Test func `frozen normalizations are run in parts too`() throws {
    var network = Sequential<Float>([.init("norm", BatchNorm<Float>(featureCount: 6))])
    let (input, gradient) = tensors([40, 6], seed: 5)
    network.commit(try network.forward(input))
    for freezing in [Freezing.statistics, .statisticsAndParameters] {
      try network.freeze(freezing)
      let expected = try whole(network, input, gradient)
      let found = try inParts(network, input, gradient, at: [1, 30])
      #expect(elements(found.outputs) == elements(expected.outputs))
      #expect(elements(found.inputs) == elements(expected.inputs))
      #expect(found.running == expected.running)
      #expect(found.parameters.map { $0 == nil } == expected.parameters.map { $0 == nil })
    }
  }

  @Test func `a part of one sample is not refused, a batch of one is`() throws {
    let norm = BatchNorm<Float>(featureCount: 6)
    let (input, _) = tensors([2, 6], seed: 6)
    #expect(try norm.forward(parts: parts(input, at: [1])).outputs.count == 2)
    #expect(throws: NormalizationError.self) { try norm.forward(parts: [part(input, 0..<1)]) }
  }

  @Test func `a part with nan refuses the whole batch`() throws {
    let norm = BatchNorm<Float>(featureCount: 6)
    var (input, _) = tensors([128, 6], seed: 7)
    input[6 * 100 + 2] = .nan
    #expect(throws: NormalizationError.nonFiniteInput(channel: 2)) {
      try norm.forward(parts: parts(input, at: [64]))
    }
  }

  /// A container that does not pass parts on.
  private struct Careless: Layer {
    var inner: BatchNorm<Float>
    func inference(_ input: Tensor<Float>) throws(NormalizationError) -> Tensor<Float> {
      try inner.inference(input)
    }
    func forward(_ input: Tensor<Float>) throws(NormalizationError) -> LayerPass<Float> {
      try inner.forward(input)
    }
    mutating func visitLayers(_ visit: (String, inout any Layer<Float>) -> Void) {
      var layer: any Layer<Float> = inner
      visit("inner", &layer)
    }
  }

  @Test func `a container that hides a batch normalization is not run part by part`() async {
    await #expect(processExitsWith: .failure) {
      let layer = Careless(inner: BatchNorm(featureCount: 2))
      _ = try layer.forward(parts: [Tensor(repeating: 1, shape: [4, 2])])
    }
  }
}
