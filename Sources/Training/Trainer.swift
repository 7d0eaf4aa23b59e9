public import Datasets
public import NeuralNetworks
public import Normalization

/// A classifier and what trains it, one batch at a time.
///
/// The training loop is the caller's, so that two networks can go side by side over the same batches; see
/// ``run(on:batches:steps:onStep:)`` for the plain one and ``TrainingRun`` for one that saves its state.
public struct Trainer: Sendable {
  /// What is trained.
  public var network: Sequential<Float>
  /// How its parameters move.
  public var optimizer: any Optimizer<Float>
  /// The learning rate of every step, or nil for the optimiser's own.
  public var schedule: Schedule?
  /// How far gradients may reach, or nil for any.
  public var clipping: GradientClipping?
  /// What is minimised.
  public var loss: ClassificationLoss
  /// The batches taken so far.
  public internal(set) var step = 0

  /// How well a network does on some samples.
  public struct Score: Equatable, Codable, Sendable {
    /// The average loss: of a training step what is minimised, of an evaluation the cross-entropy in nats.
    public var loss: Double
    /// The share of samples whose class is recognised, in 0...1.
    public var accuracy: Double

    /// Puts a score together.
    public init(loss: Double, accuracy: Double) {
      (self.loss, self.accuracy) = (loss, accuracy)
    }

    init(_ result: SoftmaxCrossEntropy.Result<Float>, count: Int) {
      self.init(
        loss: result.loss, accuracy: Double(result.correctCount) / Double(max(1, count)))
    }
  }

  /// Starts with a network and an optimiser.
  ///
  /// - Parameters:
  ///   - network: what is trained.
  ///   - optimizer: how its parameters move.
  ///   - schedule: the learning rate of every step, or nil for the optimiser's own.
  ///   - clipping: how far gradients may reach, or nil for any.
  ///   - loss: what is minimised.
  public init(
    network: Sequential<Float>, optimizer: some Optimizer<Float>, schedule: Schedule? = nil,
    clipping: GradientClipping? = nil, loss: ClassificationLoss = .crossEntropy()
  ) {
    self.network = network
    self.optimizer = optimizer
    self.schedule = schedule
    self.clipping = clipping
    self.loss = loss
  }

  /// The learning rate of the next step.
  public var learningRate: Double { schedule?(step) ?? optimizer.learningRate }

  /// Trains on one batch: forward, backward, running statistics, parameters.
  ///
  /// - Returns: the score before the parameters moved.
  /// - Throws: what a normalization layer refuses; nothing has changed then.
  public mutating func train(
    _ features: Tensor<Float>, labels: [Int]
  ) throws(NormalizationError) -> Score {
    try train(on: [(features, labels)])
  }

  /// Trains on one batch, whole or in parts.
  ///
  /// - Parameter onlyIfFinite: whether nothing changes where the loss is not finite.
  mutating func train(
    on parts: [(features: Tensor<Float>, labels: [Int])], onlyIfFinite: Bool = false
  ) throws(NormalizationError) -> Score {
    // What the passes hold of the parameters is let go before these move, so that they are changed in place.
    let (score, gradients) =
      parts.count == 1
      ? try differentiate(parts[0].features, parts[0].labels, onlyIfFinite)
      : try differentiate(parts, onlyIfFinite)
    if let gradients { move(along: gradients) }
    return score
  }

  /// Forward, backward and running statistics of a whole batch.
  private mutating func differentiate(
    _ features: Tensor<Float>, _ labels: [Int], _ onlyIfFinite: Bool
  ) throws(NormalizationError) -> Derivative {
    let pass = try network.forward(features)
    let result = loss.evaluate(pass.output, labels: labels)
    let score = Score(result, count: labels.count)
    guard result.loss.isFinite || !onlyIfFinite else { return (score, nil) }
    let gradients = pass.parameterGradients(result.gradient)
    network.commit(pass)
    return (score, gradients)
  }

  /// A score, and the gradients of all parameters unless these shall stay.
  typealias Derivative = (score: Score, gradients: [Tensor<Float>?]?)

  /// Moves the parameters: limits the gradients, takes the step's learning rate.
  private mutating func move(along gradients: [Tensor<Float>?]) {
    var gradients = gradients
    clipping?.clip(&gradients)
    if let schedule { optimizer.learningRate = schedule(step) }
    optimizer.update(&network, gradients: gradients)
    step += 1
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

  /// A fingerprint of all parameters, running statistics and counts of random layers: 16 hexadecimal digits.
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
    for (name, layer) in network.layers {
      guard let random = layer as? any RandomLayer<Float> else { continue }
      digest.absorb(name)
      digest.absorb(UInt64(random.passesDrawn))
    }
    return digest.text
  }
}
