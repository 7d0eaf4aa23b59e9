import Datasets
import NeuralNetworks
import Normalization
import Testing
import Training

@Suite struct TrainerMicrobatchesTests {
  private func trainer() -> Trainer {
    var generator = SeededGenerator(seed: 1)
    func dense(_ inputs: Int, _ outputs: Int) -> Dense<Float> {
      Dense(inputCount: inputs, outputCount: outputs, deviation: 0.1, using: &generator)
    }
    let network = Sequential<Float>([
      .init("hidden", dense(64, 32)), .init("norm", BatchNorm<Float>(featureCount: 32)),
      .init("relu", Activation(.relu)), .init("output", dense(32, 10)),
    ])
    return Trainer(network: network, optimizer: SGD(learningRate: 0.1, momentum: 0.9))
  }

  private func batch(_ indices: Range<Int>) -> (features: Tensor<Float>, labels: [Int]) {
    Digits.training.gather(Array(indices))
  }

  private func difference(_ left: Trainer, _ right: Trainer) -> Float {
    zip(left.network.parameters, right.network.parameters).map { left, right in
      zip(left.value.elements, right.value.elements).map { abs($0 - $1) }.max() ?? 0
    }.max() ?? 0
  }

  @Test func `steps in parts are the steps of whole batches, whatever the parts' sizes`() throws {
    var (whole, parted, alone) = (trainer(), trainer(), trainer())
    for step in 0..<5 {
      let first = step * 256
      let cuts = [first, first + 64, first + 100, first + 101, first + 256]
      let parts = zip(cuts, cuts.dropFirst()).map { batch($0..<$1) }
      let all = batch(first..<first + 256)
      let expected = try whole.train(all.features, labels: all.labels)
      let found = try parted.train(microbatches: parts)
      #expect(abs(expected.loss - found.loss) < 1e-5)
      #expect(expected.accuracy == found.accuracy)
      for part in [parts[0], parts[1], parts[3]] {
        _ = try alone.train(part.features, labels: part.labels)
      }
    }
    #expect(whole.step == 5 && parted.step == 5)
    #expect(difference(whole, parted) < 1e-5)
    #expect(difference(whole, alone) > 1e-3)
    let norms = [whole, parted].map { $0.network.normalizations[0].layer.runningStatistics }
    #expect(norms[1]?.batchesTracked == 5)
    let (expected, found) = (try #require(norms[0]), try #require(norms[1]))
    for (a, b) in zip(found.variance, expected.variance) { #expect(abs(a - b) < 1e-5 * b) }
  }

  @Test func `a single part has the bits of the whole batch`() throws {
    var (whole, parted) = (trainer(), trainer())
    let all = batch(0..<100)
    _ = try whole.train(all.features, labels: all.labels)
    _ = try parted.train(microbatches: [all])
    #expect(whole.digest == parted.digest)
  }

  @Test func `a refused batch leaves the trainer as it was`() throws {
    var trainer = trainer()
    let before = trainer.digest
    var spoiled = batch(64..<128)
    spoiled.features[5] = .nan
    #expect(throws: NormalizationError.self) {
      try trainer.train(microbatches: [batch(0..<64), spoiled])
    }
    #expect(trainer.digest == before && trainer.step == 0)
  }
}
