import Datasets
import NeuralNetworks
import Normalization
import Testing
import Training

@Suite struct TrainerTests {
  private func trainer(seed: UInt64, freezing: Freezing = .none) -> Trainer {
    var generator = SeededGenerator(seed: seed)
    var norm = BatchNorm<Float>(featureCount: 16)
    norm.freezing = freezing
    let network = Sequential<Float>([
      .init("hidden", Dense(inputCount: 64, outputCount: 16, deviation: 0.1, using: &generator)),
      .init("norm", norm),
      .init("activation", Activation(.relu)),
      .init("output", Dense(inputCount: 16, outputCount: 10, deviation: 0.1, using: &generator)),
    ])
    return Trainer(network: network, optimizer: SGD(learningRate: 0.1))
  }

  private func run(_ trainer: inout Trainer, steps: Int) throws {
    var batches = try Batches(sampleCount: Digits.training.count, batchSize: 60, seed: 7)
    try trainer.run(on: Digits.training, batches: &batches, steps: steps)
  }

  @Test func `a small network learns the digits`() throws {
    var trainer = trainer(seed: 1)
    #expect(try trainer.evaluate(Digits.test).accuracy < 0.3)
    try run(&trainer, steps: 300)
    #expect(trainer.step == 300)
    #expect(try trainer.evaluate(Digits.test).accuracy > 0.9)
  }

  @Test func `a run is a function of its seed`() throws {
    var (first, second, other) = (trainer(seed: 1), trainer(seed: 1), trainer(seed: 2))
    try run(&first, steps: 20)
    try run(&second, steps: 20)
    try run(&other, steps: 20)
    #expect(first.digest == second.digest)
    #expect(first.digest != other.digest)
    #expect(first.digest.count == 16)
  }

  @Test func `a refused batch leaves the trainer as it was`() throws {
    var trainer = trainer(seed: 1)
    let before = trainer.digest
    let one = Digits.training.gather([0])
    #expect(throws: NormalizationError.self) {
      try trainer.train(one.features, labels: one.labels)
    }
    #expect(trainer.digest == before)
    #expect(trainer.step == 0)
  }

  @Test func `the caller can stop a run`() throws {
    var trainer = trainer(seed: 1)
    var batches = try Batches(sampleCount: Digits.training.count, batchSize: 60, seed: 7)
    try trainer.run(on: Digits.training, batches: &batches, steps: 100) { step, _ in step < 5 }
    #expect(trainer.step == 5)
  }

  @Test(arguments: [Freezing.statistics, .statisticsAndParameters])
  func `training does not move what is frozen`(freezing: Freezing) throws {
    var trainer = trainer(seed: 1, freezing: freezing)
    func norm() throws -> BatchNorm<Float> {
      try #require(trainer.network.stages[1].layer as? BatchNorm<Float>)
    }
    let before = try norm()
    try run(&trainer, steps: 10)
    #expect(try norm().runningStatistics == before.runningStatistics)
    #expect((try norm().scale == before.scale) == (freezing == .statisticsAndParameters))
  }
}

/// Freezing over a whole network that is being trained, with everything that could move a parameter.
@Suite struct TrainerFreezingTests {
  private func trainer() -> Trainer {
    var generator = SeededGenerator(seed: 3)
    func dense(_ inputs: Int, _ outputs: Int) -> Dense<Float> {
      Dense(inputCount: inputs, outputCount: outputs, deviation: 0.2, using: &generator)
    }
    let block = Sequential<Float>([
      .init("dense", dense(64, 12)), .init("norm", BatchNorm<Float>(featureCount: 12)),
    ])
    let network = Sequential<Float>([
      .init("block", Sequential<Float>([.init("first", block), .init("relu", Activation(.relu))])),
      .init("norm", BatchNorm<Float>(featureCount: 12)), .init("output", dense(12, 10)),
    ])
    let optimizer = SGD<Float>(learningRate: 0.1, momentum: 0.9, weightDecay: 0.01)
    return Trainer(network: network, optimizer: optimizer)
  }

  private struct State: Equatable {
    var statistics: [RunningStatistics?]
    var parameters: [Tensor<Float>?]

    init(_ network: Sequential<Float>, _ names: [String]) {
      let layers = network.normalizations.filter { names.contains($0.name) }.map(\.layer)
      statistics = layers.map(\.runningStatistics)
      parameters = layers.flatMap { [$0.scale, $0.shift] }
    }
  }

  @Test(
    arguments: [Freezing.statistics, .statisticsAndParameters],
    [["block.first.norm"], ["block.first.norm", "norm"]])
  func `training with momentum and weight decay moves nothing that is frozen, until it is thawed`(
    freezing: Freezing, names: [String]
  ) throws {
    var trainer = trainer()
    var batches = try Batches(sampleCount: Digits.training.count, batchSize: 60, seed: 7)
    try trainer.run(on: Digits.training, batches: &batches, steps: 5)
    try trainer.network.freeze(freezing) { names.contains($0) }
    let frozen = State(trainer.network, names)
    let others = State(trainer.network, ["norm"])
    try trainer.run(on: Digits.training, batches: &batches, steps: 5)
    let after = State(trainer.network, names)
    #expect(after.statistics == frozen.statistics)
    #expect((after.parameters == frozen.parameters) == (freezing == .statisticsAndParameters))
    if names.count == 1 { #expect(State(trainer.network, ["norm"]) != others) }

    trainer.network.unfreeze()
    try trainer.run(on: Digits.training, batches: &batches, steps: 1)
    let thawed = State(trainer.network, names)
    for (new, old) in zip(thawed.statistics, frozen.statistics) {
      #expect(new?.batchesTracked == (old?.batchesTracked ?? 0) + 1)
    }
    #expect(zip(thawed.parameters, after.parameters).allSatisfy { $0 != $1 })
  }

  @Test func `the digest covers normalizations inside of blocks`() throws {
    var trainer = trainer()
    let before = trainer.digest
    trainer.network.visitNormalizations { name, layer in
      guard name == "block.first.norm" else { return }
      layer.runningStatistics = RunningStatistics(featureCount: 12, tracking: .biasedVariance)
    }
    #expect(trainer.digest == before)
    trainer.network.visitNormalizations { name, layer in
      guard name == "block.first.norm" else { return }
      layer.runningStatistics = RunningStatistics(
        mean: Array(repeating: 1, count: 12), variance: Array(repeating: 1, count: 12))
    }
    #expect(trainer.digest != before)
  }

  @Test func `the digest covers the counts of random layers`() throws {
    func trainer(_ drawn: Int) -> Trainer {
      var generator = SeededGenerator(seed: 3)
      var dropout = Dropout<Float>(rate: 0.5, seed: 4)
      dropout.passesDrawn = drawn
      return Trainer(
        network: Sequential<Float>([
          .init("dropout", dropout),
          .init("output", Dense(inputCount: 4, outputCount: 2, deviation: 1, using: &generator)),
        ]), optimizer: SGD(learningRate: 1))
    }
    #expect(trainer(1).digest == trainer(1).digest)
    #expect(trainer(1).digest != trainer(2).digest)
  }
}

@Suite struct DigestTests {
  @Test func `FNV-1a of known bytes`() {
    // Of the bytes 61 00 00 00 00 00 00 00, computed in Python.
    var digest = Digest()
    digest.absorb(UInt64(0x61))
    #expect(digest.text == "6926124a7b1433c4")
    #expect(Digest().text == "cbf29ce484222325")
  }
}
