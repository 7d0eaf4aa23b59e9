public import Datasets
import LinearAlgebra
import NeuralNetworks
public import Normalization
import Training

/// Two networks side by side: the same initial weights where shapes agree, the same batches, another
/// normalization.
public struct Comparison: Sendable {
  /// What is compared.
  public let configuration: Configuration
  /// What came out so far.
  public private(set) var result: Result
  /// The steps taken.
  public private(set) var step = 0

  private let training: ClassificationDataset
  private let test: ClassificationDataset
  private var batches: Batches
  private var sides: [Side]

  private struct Side {
    var trainer: Trainer
    /// The stage whose input the percentiles describe: the last hidden activation.
    let probedStage: Int?
    /// Training loss since the last evaluation.
    var lossSum = 0.0
    var lossCount = 0
    var seconds = 0.0
  }

  /// Prepares both networks.
  ///
  /// - Throws: `DatasetError` for a batch larger than the training set.
  public init(
    _ configuration: Configuration, training: ClassificationDataset, test: ClassificationDataset,
    execution: Execution
  ) throws(DatasetError) {
    precondition(
      configuration.layers.allSatisfy { $0 > 0 } && configuration.evaluationInterval > 0,
      "Layers and the evaluation interval must be positive in \(configuration).")
    self.configuration = configuration
    self.training = training
    self.test = test
    batches = try Batches(
      sampleCount: training.count, batchSize: configuration.batchSize, seed: configuration.seed)
    sides = [configuration.norm, configuration.against].map { normalization in
      let network = configuration.network(
        normalization, featureCount: training.featureCount, classCount: training.classCount,
        execution: execution)
      return Side(
        trainer: Trainer(
          network: network, optimizer: SGD(learningRate: configuration.learningRate)),
        probedStage: network.stages.lastIndex { $0.layer is Activation<Float> })
    }
    result = Result(
      configuration: configuration, trainingCount: training.count, testCount: test.count,
      featureCount: training.featureCount, classNames: training.classNames,
      environment: .init(
        threads: execution.threadCount, instructionSet: execution.instructionSet.rawValue,
        linearAlgebra: linearAlgebraLibrary, processor: Machine.processorName,
        mathLibrary: Machine.libraryName),
      networks: [
        History(normalization: configuration.norm), History(normalization: configuration.against),
      ])
  }

  /// Whether there is nothing left to do.
  public var isFinished: Bool {
    step >= configuration.steps || result.networks.allSatisfy { $0.stopped != nil }
  }

  /// Goes on to the next evaluation: trains both networks on the same batches, then tests both.
  ///
  /// A network whose loss is no longer finite stops there and says so; the other goes on.
  ///
  /// - Parameter isInterrupted: asked before every step; a large network takes long for all of them.
  ///   Both networks are then tested where they stand.
  /// - Throws: `NormalizationError` where a layer refuses the very shape of the batches.
  public mutating func advance(
    isInterrupted: () -> Bool = { false }
  ) throws(NormalizationError) {
    let first = step
    if step == 0 { for index in sides.indices { try evaluate(index) } }
    let last = min(
      configuration.steps,
      (step / configuration.evaluationInterval + 1) * configuration.evaluationInterval)
    while step < last, !isInterrupted() {
      let batch = training.gather(batches.next())
      step += 1
      for index in sides.indices where result.networks[index].stopped == nil {
        try train(index, batch.features, batch.labels)
      }
    }
    if step > first {
      for index in sides.indices where result.networks[index].stopped == nil { try evaluate(index) }
    }
    result.steps = step
    result.isComplete = isFinished
  }

  private mutating func train(
    _ index: Int, _ features: Tensor<Float>, _ labels: [Int]
  ) throws(NormalizationError) {
    let clock = ContinuousClock()
    let start = clock.now
    defer { sides[index].seconds += (clock.now - start) / .seconds(1) }
    do throws(NormalizationError) {
      let score = try sides[index].trainer.train(features, labels: labels)
      guard score.loss.isFinite else { return stop(index, "the loss is no longer finite") }
      sides[index].lossSum += score.loss
      sides[index].lossCount += 1
    } catch {
      guard case .nonFiniteInput = error else { throw error }
      stop(index, "\(error)")
    }
  }

  private mutating func evaluate(_ index: Int) throws(NormalizationError) {
    let side = sides[index]
    let activations = try side.trainer.network.activations(test.features)
    let outputs = SoftmaxCrossEntropy.evaluate(
      activations[activations.count - 1], labels: test.labels)
    guard outputs.loss.isFinite else { return stop(index, "the test loss is no longer finite") }
    result.networks[index].points.append(
      .init(
        step: step, testAccuracy: Double(outputs.correctCount) / Double(max(1, test.count)),
        testLoss: outputs.loss,
        trainingLoss: side.lossCount > 0 ? side.lossSum / Double(side.lossCount) : nil,
        percentiles: side.probedStage.flatMap { Percentiles(ofFirstUnit: activations[$0]) }))
    result.networks[index].digest = side.trainer.digest
    result.networks[index].trainingSeconds = side.seconds
    sides[index].lossSum = 0
    sides[index].lossCount = 0
  }

  private mutating func stop(_ index: Int, _ reason: String) {
    result.networks[index].stopped = .init(step: step, reason: reason)
    result.networks[index].digest = sides[index].trainer.digest
    result.networks[index].trainingSeconds = sides[index].seconds
  }
}
