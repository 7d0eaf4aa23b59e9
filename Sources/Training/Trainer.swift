public import Datasets
public import NeuralNetworks
public import Normalization

/// A classifier and what trains it, one batch at a time.
///
/// The training loop is the caller's, so that two networks can go side by side over the same batches; see
/// ``run(on:batches:steps:onStep:)`` for the plain one.
public struct Trainer: Sendable {
  /// What is trained.
  public var network: Sequential<Float>
  /// How its parameters move.
  public var optimizer: SGD<Float>
  /// The batches taken so far.
  public private(set) var step = 0

  /// How well a network does on some samples.
  public struct Score: Equatable, Codable, Sendable {
    /// The average cross-entropy, in nats.
    public var loss: Double
    /// The share of samples whose class is recognised, in 0...1.
    public var accuracy: Double
  }

  /// Starts with a network and an optimiser.
  public init(network: Sequential<Float>, optimizer: SGD<Float>) {
    self.network = network
    self.optimizer = optimizer
  }

  /// Trains on one batch: forward, backward, parameters, running statistics.
  ///
  /// - Returns: the score before the parameters moved.
  /// - Throws: what a normalization layer refuses; nothing has changed then.
  public mutating func train(
    _ features: Tensor<Float>, labels: [Int]
  ) throws(NormalizationError) -> Score {
    let pass = try network.forward(features)
    let result = SoftmaxCrossEntropy.evaluate(pass.output, labels: labels)
    let gradients = pass.pullback(result.gradient)
    optimizer.update(&network, gradients: gradients.parameters)
    network.commit(pass)
    step += 1
    return Score(
      loss: result.loss, accuracy: Double(result.correctCount) / Double(max(1, labels.count)))
  }

  /// The network's score in inference.
  public func evaluate(_ dataset: ClassificationDataset) throws(NormalizationError) -> Score {
    let outputs = try network.inference(dataset.features)
    let result = SoftmaxCrossEntropy.evaluate(outputs, labels: dataset.labels)
    return Score(
      loss: result.loss, accuracy: Double(result.correctCount) / Double(max(1, dataset.count)))
  }

  /// Trains for a number of steps, or until `onStep` says to stop.
  ///
  /// - Parameters:
  ///   - dataset: what to train on.
  ///   - batches: which samples make each batch; goes on where it stands.
  ///   - steps: how many batches to take.
  ///   - onStep: is called after each step with its number and score; false stops.
  public mutating func run(
    on dataset: ClassificationDataset, batches: inout Batches, steps: Int,
    onStep: (_ step: Int, _ score: Score) -> Bool = { _, _ in true }
  ) throws(NormalizationError) {
    for _ in 0..<steps {
      let batch = dataset.gather(batches.next())
      let score = try train(batch.features, labels: batch.labels)
      guard onStep(step, score) else { return }
    }
  }

  /// A fingerprint of all parameters and running statistics: 16 hexadecimal digits.
  ///
  /// FNV-1a over names, shapes and bits. It holds for the same processor features, thread count, oneDNN and
  /// math library.
  public var digest: String {
    var digest = Digest()
    for (info, value) in network.parameters {
      digest.absorb(info.name)
      for extent in value.shape { digest.absorb(UInt64(extent)) }
      let elements = value.span
      for index in elements.indices { digest.absorb(UInt64(elements[index].bitPattern)) }
    }
    for (name, layer) in network.normalizations {
      guard let running = layer.runningStatistics else { continue }
      digest.absorb(name)
      for value in running.mean + running.variance { digest.absorb(value.bitPattern) }
    }
    return digest.text
  }
}
