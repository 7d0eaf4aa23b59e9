import NeuralNetworks
import Normalization
import Testing

/// Freezing over a network that holds the whole family; that an optimiser moves nothing is tested with the optimiser.
@Suite struct FamilyFreezingTests {
  private func batch(_ seed: UInt64) -> Tensor<Double> {
    var generator = SeededGenerator(seed: seed)
    return Tensor(normal: [7, 6], mean: 0.5, using: &generator)
  }

  /// Two batches old.
  private func network() throws -> Sequential<Double> {
    var network = familyNetwork(Double.self, seed: 1)
    for seed in 1...2 { network.commit(try network.forward(batch(UInt64(seed)))) }
    return network
  }

  private func running(_ network: Sequential<Double>) -> [String: RunningStatistics] {
    var result: [String: RunningStatistics] = [:]
    for (name, layer) in network.normalizations { result[name] = layer.runningStatistics }
    return result
  }

  private func names(_ kinds: [FamilyKind]) -> [String] { kinds.map(\.rawValue) }

  @Test func `layers without running statistics are named when these are to be frozen`() throws {
    var network = try network()
    let refused = ["layer", "rms", "group", "instance"]
    #expect(throws: NetworkError.cannotFreeze(layers: refused, freezing: .statistics)) {
      try network.freeze(.statistics)
    }
    #expect(network.normalizations.allSatisfy { $0.layer.freezing == .none })
  }

  @Test func `frozen statistics stay in training, and scale and shift learn on`() throws {
    var network = try network()
    let old = try network.forward(batch(3))
    let before = running(network)
    #expect(Set(before.keys) == ["tracking", "renorm", "ghost"])
    try network.freeze(.statistics) { ["tracking", "renorm", "ghost"].contains($0) }
    let pass = try network.forward(batch(4))
    #expect(try pass.output == network.inference(batch(4)))
    network.commit(pass)
    network.commit(old)
    #expect(running(network) == before)
    #expect(!network.parameters.contains { $0.info.isFrozen })
    #expect(!pass.pullback(pass.output).parameters.contains { $0 == nil })

    network.unfreeze()
    network.commit(try network.forward(batch(5)))
    for (name, statistics) in running(network) { #expect(statistics != before[name], "\(name)") }
  }

  @Test func `with the parameters frozen nothing moves, in any layer`() throws {
    var network = try network()
    let old = try network.forward(batch(3))
    let before = running(network)
    try network.freeze(.statisticsAndParameters)
    let pass = try network.forward(batch(4))
    #expect(try pass.output == network.inference(batch(4)))
    network.commit(pass)
    network.commit(old)
    #expect(running(network) == before)
    let gradients = pass.pullback(pass.output).parameters
    let frozen = network.parameters.map(\.info.isFrozen)
    #expect(gradients.map { $0 == nil } == frozen)
    // Seven scales and six shifts, and two weights that learn on.
    #expect(frozen.count { $0 } == 13)
    #expect(frozen.count { !$0 } == 2)

    network.unfreeze { $0 == "renorm" || $0 == "rms" }
    network.commit(try network.forward(batch(5)))
    let after = running(network)
    #expect(after["renorm"] != before["renorm"])
    #expect(after["ghost"] == before["ghost"])
    #expect(after["tracking"] == before["tracking"])
    let free = network.parameters.filter { !$0.info.isFrozen }.map(\.info.name)
    #expect(free == ["in.weight", "rms.scale", "renorm.scale", "renorm.shift", "out.weight"])
  }

  @Test func `a frozen instance normalization without running statistics still takes the sample's`()
    throws
  {
    let x = batch(6).reshaped(to: [7, 3, 2])
    var layer = InstanceNorm<Double>(featureCount: 2)
    let output = try layer.forward(x).output
    let gradient = try layer.forward(x).pullback(batch(7).reshaped(to: [7, 3, 2])).input
    layer.freezing = .statisticsAndParameters
    let pass = try layer.forward(x)
    #expect(pass.output == output)
    let gradients = pass.pullback(batch(7).reshaped(to: [7, 3, 2]))
    #expect(gradients.input == gradient)
    #expect(gradients.parameters.allSatisfy { $0 == nil })
    #expect(gradients.parameters.count == 2)
  }

  @Test func `statistics that there are not cannot be frozen`() async {
    await #expect(processExitsWith: .failure) {
      var layer = InstanceNorm<Double>(featureCount: 2)
      layer.freezing = .statistics
    }
    await #expect(processExitsWith: .failure) {
      var layer = InstanceNorm<Double>(featureCount: 2, tracking: .biasedVariance)
      layer.freezing = .statistics
      layer.runningStatistics = nil
    }
  }

  @Test func `virtual batches without running statistics cannot be frozen at all`() {
    var layer = GhostBatchNorm(
      BatchNorm<Double>(featureCount: 2, tracking: nil), virtualBatchSize: 4)
    for freezing in [Freezing.statistics, .statisticsAndParameters] {
      #expect(throws: NetworkError.cannotFreeze(layers: [""], freezing: freezing)) {
        try layer.freeze(freezing)
      }
    }
  }
}
