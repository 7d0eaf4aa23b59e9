import NeuralNetworks
import Normalization
import Testing

/// Freezing over whole networks; that an optimiser moves nothing is tested with the optimiser.
@Suite struct LayerFreezingTests {
  private func batch(_ seed: UInt64) -> Tensor<Double> {
    var generator = SeededGenerator(seed: seed)
    return Tensor(normal: [8, 3], mean: 2, using: &generator)
  }

  private func running(_ network: Sequential<Double>) -> [RunningStatistics?] {
    network.normalizations.map(\.layer.runningStatistics)
  }

  @Test(arguments: [Freezing.statistics, .statisticsAndParameters])
  func `training passes do not move frozen statistics, in nested networks either`(
    freezing: Freezing
  ) throws {
    var network = nestedNetwork(seed: 1)
    network.commit(try network.forward(batch(1)))
    let old = try network.forward(batch(2))
    let before = running(network)
    try network.freeze(freezing)
    #expect(network.normalizations.map(\.layer.freezing) == [freezing, freezing, freezing])
    let pass = try network.forward(batch(3))
    #expect(try pass.output == network.inference(batch(3)))
    network.commit(pass)
    network.commit(old)
    #expect(running(network) == before)
    let frozen = network.parameters.filter(\.info.isFrozen).map(\.info.name)
    let gradients = pass.pullback(pass.output).parameters
    let parameters = network.parameters
    for (index, parameter) in parameters.enumerated() {
      #expect((gradients[index] == nil) == frozen.contains(parameter.info.name))
    }
    #expect(frozen.count == (freezing == .statisticsAndParameters ? 6 : 0))

    network.unfreeze()
    network.commit(try network.forward(batch(4)))
    #expect(running(network).map(\.?.batchesTracked) == [2, 2, 2])
  }

  @Test func `layers are chosen by name`() throws {
    var network = nestedNetwork(seed: 1)
    try network.freeze(.statistics) { $0.hasPrefix("block") }
    #expect(network.normalizations.map(\.layer.freezing) == [.statistics, .statistics, .none])
    network.unfreeze { $0 == "block.norm" }
    #expect(network.normalizations.map(\.layer.freezing) == [.none, .statistics, .none])
    try network.freeze(.none)
    #expect(network.normalizations.map(\.layer.freezing) == [.none, .none, .none])
  }

  @Test func `layers without running statistics are named, and nothing is frozen`() {
    let plain = BatchNorm<Double>(featureCount: 4, tracking: nil)
    var network = nestedNetwork(seed: 1, innermost: plain)
    for freezing in [Freezing.statistics, .statisticsAndParameters] {
      #expect(
        throws: NetworkError.cannotFreeze(layers: ["block.inner.norm"], freezing: freezing)
      ) { try network.freeze(freezing) }
      #expect(network.normalizations.map(\.layer.freezing) == [.none, .none, .none])
    }
    #expect(throws: Never.self) { try network.freeze(.statistics) { $0 != "block.inner.norm" } }
    #expect(throws: Never.self) { try network.freeze(.none) }
  }

  @Test func `a layer that never has running statistics can have its parameters frozen`() throws {
    var network = nestedNetwork(seed: 1, innermost: SampleCentering(featureCount: 4))
    #expect(
      throws: NetworkError.cannotFreeze(layers: ["block.inner.norm"], freezing: .statistics)
    ) { try network.freeze(.statistics) }
    try network.freeze(.statisticsAndParameters)
    let frozen = network.parameters.filter(\.info.isFrozen).map(\.info.name)
    #expect(
      frozen == [
        "block.norm.scale", "block.norm.shift", "block.inner.norm.scale", "norm.scale",
        "norm.shift",
      ])
  }

  @Test func `the error says which layers and what to do`() {
    let error = NetworkError.cannotFreeze(layers: ["a.norm", "b"], freezing: .statistics)
    #expect(
      "\(error)" == """
        'a.norm', 'b' cannot be frozen (statistics): without running statistics there is nothing to \
        keep or to normalise with; leave such layers out, or give them running statistics
        """)
  }
}
