import Datasets
import NeuralNetworks
import Normalization
import TensorFiles
import Testing
import Training

/// Networks with every layer of the family, trained on the digits.
@Suite struct FamilyTrainingTests {
  /// The layers by name, for values [N, 16].
  static let names = ["layer", "rms", "group", "instance", "tracking", "renorm", "ghost"]

  private func stages(_ name: String) -> [Sequential<Float>.Stage] {
    func instance(_ tracking: RunningStatistics.Tracking?) -> [Sequential<Float>.Stage] {
      [
        .init("\(name)Positions", Reshaping([8, 2])),
        .init(name, InstanceNorm<Float>(featureCount: 2, tracking: tracking)),
        .init("\(name)Flat", Reshaping([16])),
      ]
    }
    return switch name {
    case "layer": [.init(name, LayerNorm<Float>(normalizedShape: [16]))]
    case "rms": [.init(name, RMSNorm<Float>(normalizedShape: [16]))]
    case "group": [.init(name, GroupNorm<Float>(featureCount: 16, groupCount: 4))]
    case "instance": instance(nil)
    case "tracking": instance(.unbiasedVariance)
    case "renorm": [.init(name, BatchRenorm<Float>(featureCount: 16))]
    default: [.init(name, GhostBatchNorm(BatchNorm(featureCount: 16), virtualBatchSize: 25))]
    }
  }

  private func trainer(_ names: [String], seed: UInt64) -> Trainer {
    var generator = SeededGenerator(seed: seed)
    func dense(_ inputs: Int, _ outputs: Int) -> Dense<Float> {
      Dense(inputCount: inputs, outputCount: outputs, deviation: 0.1, using: &generator)
    }
    let first = dense(64, 16)
    let network = Sequential<Float>(
      [.init("hidden", first)]
        + names.flatMap { stages($0) + [.init("\($0)Tanh", Activation(.tanh))] }
        + [.init("output", dense(16, 10))])
    let optimizer = SGD<Float>(learningRate: 0.1, momentum: 0.5, weightDecay: 0.01)
    return Trainer(network: network, optimizer: optimizer)
  }

  private func losses(_ trainer: inout Trainer, steps: Int) throws -> [Double] {
    var batches = try Batches(sampleCount: Digits.training.count, batchSize: 60, seed: 7)
    var losses: [Double] = []
    try trainer.run(on: Digits.training, batches: &batches, steps: steps) { _, score in
      losses.append(score.loss)
      return true
    }
    return losses
  }

  @Test(arguments: names)
  func `a short run lowers the loss and is a function of its seed`(name: String) throws {
    var (first, second, other) = (
      trainer([name], seed: 1), trainer([name], seed: 1), trainer([name], seed: 2)
    )
    let found = try losses(&first, steps: 40)
    #expect(found.count == 40)
    // At first the ten classes are guessed: ln 10 = 2.3.
    #expect(found[0] > 2)
    #expect(found[35...].reduce(0, +) / 5 < 0.7 * found[0], "\(found)")
    _ = try losses(&second, steps: 40)
    _ = try losses(&other, steps: 40)
    #expect(first.digest == second.digest)
    #expect(first.digest != other.digest)
    #expect(first.network.stateDictionary.entries == second.network.stateDictionary.entries)
  }

  private func state(_ network: Sequential<Float>) -> [String: [Float]] {
    var result: [String: [Float]] = [:]
    for (name, layer) in network.normalizations {
      result["\(name).scale"] = layer.scale?.elements
      result["\(name).shift"] = layer.shift?.elements
    }
    return result
  }

  private func running(_ network: Sequential<Float>) -> [RunningStatistics?] {
    network.normalizations.map(\.layer.runningStatistics)
  }

  @Test
  func `training with momentum moves nothing that is frozen, in any layer, until it is thawed`()
    throws
  {
    var trainer = trainer(Self.names, seed: 3)
    _ = try losses(&trainer, steps: 3)
    try trainer.network.freeze(.statisticsAndParameters)
    let (parameters, statistics) = (state(trainer.network), running(trainer.network))
    #expect(parameters.count == 13)
    let weight = trainer.network.parameters[0].value
    _ = try losses(&trainer, steps: 3)
    #expect(state(trainer.network) == parameters)
    #expect(running(trainer.network) == statistics)
    #expect(trainer.network.parameters[0].value != weight)

    trainer.network.unfreeze()
    _ = try losses(&trainer, steps: 1)
    let moved = state(trainer.network)
    for (name, values) in parameters { #expect(moved[name] != values, "\(name)") }
    let batches = zip(running(trainer.network), statistics).map { new, old in
      (new?.batchesTracked ?? 0) - (old?.batchesTracked ?? 0)
    }
    // Sixty samples are three virtual batches.
    #expect(batches == [0, 0, 0, 0, 1, 1, 3])
  }

  @Test func `with statistics frozen scale and shift learn on`() throws {
    var trainer = trainer(["tracking", "renorm", "ghost"], seed: 4)
    _ = try losses(&trainer, steps: 3)
    try trainer.network.freeze(.statistics)
    let (parameters, statistics) = (state(trainer.network), running(trainer.network))
    _ = try losses(&trainer, steps: 3)
    #expect(running(trainer.network) == statistics)
    let moved = state(trainer.network)
    for (name, values) in parameters { #expect(moved[name] != values, "\(name)") }
  }
}
