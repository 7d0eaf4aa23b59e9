import Datasets
import NeuralNetworks
import Normalization
import Testing
import Training

@Suite struct TrainerEvaluationTests {
  private func trained(_ norm: any Layer<Float> = BatchNorm<Float>(featureCount: 16)) throws
    -> Trainer
  {
    var generator = SeededGenerator(seed: 1)
    let network = Sequential<Float>([
      .init("hidden", Dense(inputCount: 64, outputCount: 16, deviation: 0.1, using: &generator)),
      .init("norm", norm), .init("relu", Activation(.relu)),
      .init("output", Dense(inputCount: 16, outputCount: 10, deviation: 0.1, using: &generator)),
    ])
    var trainer = Trainer(network: network, optimizer: SGD(learningRate: 0.1))
    var batches = try Batches(sampleCount: Digits.training.count, batchSize: 60, seed: 7)
    try trainer.run(on: Digits.training, batches: &batches, steps: 200)
    return trainer
  }

  @Test func `the batch size does not change the score`() throws {
    let trainer = try trained()
    let outputs = try trainer.network.inference(Digits.test.features)
    let expected = SoftmaxCrossEntropy.evaluate(outputs, labels: Digits.test.labels)
    for batchSize in [1, 7, 100, 359, 360, 1000] {
      let score = try trainer.evaluate(Digits.test, batchSize: batchSize)
      #expect(score.accuracy == Double(expected.correctCount) / 360)
      #expect(abs(score.loss - expected.loss) < 1e-6)
    }
    #expect(expected.correctCount > 300)
  }

  @Test func `batch statistics show running statistics that are not the network's`() throws {
    var trainer = try trained()
    let (running, batch) = (
      try trainer.evaluate(Digits.test), try trainer.evaluateWithBatchStatistics(Digits.test)
    )
    #expect(abs(running.accuracy - batch.accuracy) < 0.05)
    trainer.network.visitNormalizations { _, layer in
      layer.runningStatistics = RunningStatistics(
        mean: Array(repeating: 3, count: 16), variance: Array(repeating: 1, count: 16))
    }
    let (spoiled, same) = (
      try trainer.evaluate(Digits.test), try trainer.evaluateWithBatchStatistics(Digits.test)
    )
    #expect(spoiled.accuracy < 0.7)
    #expect(same == batch)
  }

  @Test func `an evaluation changes nothing`() throws {
    let trainer = try trained()
    let before = trainer.digest
    _ = try trainer.evaluateWithBatchStatistics(Digits.test, batchSize: 50)
    _ = try trainer.evaluate(Digits.test)
    #expect(trainer.digest == before)
  }

  @Test func `without batch normalization both scores are the same`() throws {
    let trainer = try trained(LayerNorm<Float>(normalizedShape: [16]))
    let (left, right) = (
      try trainer.evaluate(Digits.test, batchSize: 360),
      try trainer.evaluateWithBatchStatistics(Digits.test, batchSize: 360)
    )
    #expect(left.accuracy == right.accuracy)
    #expect(abs(left.loss - right.loss) < 1e-6)
  }

  @Test func `a refused batch is an error that says so`() throws {
    let trainer = try trained()
    let error = #expect(throws: TrainingError.self) {
      try trainer.evaluateWithBatchStatistics(Digits.test, batchSize: 1)
    }
    guard case .refused(.tooFewValues) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }
}

/// What the trainer takes besides a network and an optimiser.
@Suite struct TrainerSettingsTests {
  private func trainer(
    _ schedule: Schedule?, clipping: GradientClipping? = nil,
    loss: ClassificationLoss = .crossEntropy()
  ) -> Trainer {
    var generator = SeededGenerator(seed: 1)
    let network = Sequential<Float>([
      .init("output", Dense(inputCount: 64, outputCount: 10, deviation: 0.1, using: &generator))
    ])
    return Trainer(
      network: network, optimizer: SGD(learningRate: 1), schedule: schedule, clipping: clipping,
      loss: loss)
  }

  private let batch = Digits.training.gather(Array(0..<50))

  /// How far the parameters move in a step, as a 2-norm.
  private func step(_ trainer: inout Trainer) throws -> Double {
    func values(_ trainer: Trainer) -> [Float] {
      trainer.network.parameters.flatMap(\.value.elements)
    }
    let before = values(trainer)
    _ = try trainer.train(batch.features, labels: batch.labels)
    return zip(before, values(trainer)).reduce(0) {
      $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1)
    }.squareRoot()
  }

  @Test func `the schedule decides about each step`() throws {
    var trainer = trainer(.joined([.constant(0), .constant(0.5)], at: [2]))
    #expect(trainer.learningRate == 0)
    #expect(try step(&trainer) == 0)
    #expect(try step(&trainer) == 0)
    #expect(trainer.learningRate == 0.5)
    #expect(try step(&trainer) > 0)
    #expect(self.trainer(nil).learningRate == 1)
  }

  @Test func `clipped gradients move the parameters no further`() throws {
    var (free, clipped) = (trainer(nil), trainer(nil, clipping: .norm(0.125)))
    let (far, near) = (try step(&free), try step(&clipped))
    #expect(far > 0.5)
    #expect(abs(near - 0.125) < 1e-4)
  }

  @Test func `another loss has another gradient`() throws {
    var biases: [Tensor<Float>] = []
    for loss in [.crossEntropy(), .crossEntropy(smoothing: 1), ClassificationLoss.meanSquaredError]
    {
      var trainer = trainer(nil, loss: loss)
      let outputs = try trainer.network.inference(batch.features)
      let expected = loss.evaluate(outputs, labels: batch.labels)
      let score = try trainer.train(batch.features, labels: batch.labels)
      #expect(score.loss == expected.loss)
      // The rate is 1 and the bias was 0.
      let bias = trainer.network.parameters[1].value
      for c in 0..<10 {
        let sum = (0..<50).reduce(Float(0)) { $0 + expected.gradient[$1 * 10 + c] }
        #expect(abs(bias[c] + sum) < 1e-6)
      }
      biases.append(bias)
    }
    #expect(biases[0] != biases[1] && biases[1] != biases[2] && biases[0] != biases[2])
  }
}
