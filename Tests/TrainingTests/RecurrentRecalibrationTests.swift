import NeuralNetworks
import Normalization
import Testing
import Training

/// Statistics inside recurrent layers are taken anew like any others.
@Suite struct RecurrentRecalibrationTests {
  private func network(_ normalization: RecurrentNormalization) -> Sequential<Float> {
    var generator = SeededGenerator(seed: 1)
    let gru = GRU<Float>(
      inputCount: 3, hiddenCount: 4, normalization: normalization, using: &generator)
    return Sequential([.init("rnn", gru), .init("last", LastStep())])
  }

  private var batch: Tensor<Float> {
    var generator = SeededGenerator(seed: 2)
    return Tensor(normal: [20, 3, 3], mean: 1, deviation: 2, using: &generator)
  }

  /// Of one batch, the means are what a commit takes a tenth of.
  @Test(arguments: [
    RecurrentNormalization.batchInput, .batchPerStep(maximumStepCount: 3),
    .batchPerStep(maximumStepCount: 2),
  ])
  func `all at once, the means are those of the batch`(
    normalization: RecurrentNormalization
  ) throws {
    var (measured, trained) = (network(normalization), network(normalization))
    let report = try Recalibration(.allAtOnce).run(&measured, over: [batch])
    #expect(report.layers.map(\.name) == trained.normalizations.map(\.name))
    trained.commit(try trained.forward(batch))
    for (new, old) in zip(measured.normalizations, trained.normalizations) {
      let found = try #require(new.layer.runningStatistics)
      let committed = try #require(old.layer.runningStatistics)
      for (a, b) in zip(found.mean, committed.mean) {
        #expect(abs(a - 10 * b) <= 1e-5 * max(1, abs(a)), "\(new.name)")
      }
    }
  }

  /// What layer by layer measures is exactly what the final network's layers see.
  @Test func `layer by layer, the statistics are those of the final network`() throws {
    var network = network(.batchPerStep(maximumStepCount: 3))
    _ = try Recalibration(.layerByLayer).run(&network, over: [batch])
    var seen: [String: [Double]] = [:]
    _ = try network.inference(batch, named: "") { name, layer, input throws(NormalizationError) in
      var norm = BatchNorm<Float>(featureCount: 12, momentum: .updating(1))
      _ = try norm.train(input)
      seen[name] = norm.runningStatistics?.mean
      return try layer.inference(input)
    }
    #expect(seen.count == 6)
    for (name, layer) in network.normalizations {
      let mean = try #require(layer.runningStatistics?.mean)
      let expected = try #require(seen[name])
      for (a, b) in zip(mean, expected) { #expect(abs(a - b) <= 1e-6, "\(name)") }
    }
  }
}
