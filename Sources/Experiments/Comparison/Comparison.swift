public import Datasets
public import NeuralNetworks
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

  private let training: any LabeledSamples
  private let test: any LabeledSamples
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
  /// - Throws: ``ComparisonError`` for a batch larger than the training set, and for samples or a normalization that the
  ///   network cannot have.
  public init(
    _ configuration: Configuration, training: any LabeledSamples, test: any LabeledSamples,
    execution: Execution
  ) throws(ComparisonError) {
    precondition(
      configuration.layers.allSatisfy { $0 > 0 } && configuration.evaluationInterval > 0,
      "Layers and the evaluation interval must be positive in \(configuration).")
    self.configuration = configuration
    self.training = training
    self.test = test
    do throws(DatasetError) {
      batches = try Batches(
        sampleCount: training.count, batchSize: configuration.batchSize, seed: configuration.seed)
    } catch {
      throw .batches(error)
    }
    sides = []
    for normalization in [configuration.norm, configuration.against] {
      do throws(ArchitectureError) {
        let network = try configuration.network(
          normalization, sampleShape: training.sampleShape, classCount: training.classCount,
          execution: execution)
        sides.append(
          Side(
            trainer: Trainer(
              network: network, optimizer: SGD(learningRate: configuration.learningRate)),
            probedStage: network.stages.lastIndex { $0.layer is Activation<Float> }))
      } catch {
        throw .network(error)
      }
    }
    result = Result(
      configuration: configuration, trainingCount: training.count, testCount: test.count,
      featureCount: training.featureCount, classNames: training.classNames,
      environment: .init(execution),
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
  /// - Parameters:
  ///   - onStep: is given the number of every step that was taken.
  ///   - isInterrupted: asked before every step; a large network takes long for all of them. Both networks are then
  ///     tested where they stand.
  /// - Throws: ``ComparisonError`` where a layer refuses the very shape of the batches, or samples can no longer be read.
  public mutating func advance(
    onStep: (Int) -> Void = { _ in }, isInterrupted: () -> Bool = { false }
  ) throws(ComparisonError) {
    let first = step
    if step == 0 { for index in sides.indices { try evaluate(index) } }
    let last = min(
      configuration.steps,
      (step / configuration.evaluationInterval + 1) * configuration.evaluationInterval)
    while step < last, !isInterrupted() {
      let batch = try gathered(training, batches.next())
      step += 1
      for index in sides.indices where result.networks[index].stopped == nil {
        try train(index, batch.features, batch.labels)
      }
      onStep(step)
    }
    if step > first {
      for index in sides.indices where result.networks[index].stopped == nil { try evaluate(index) }
    }
    result.steps = step
    result.isComplete = isFinished
  }

  private mutating func train(
    _ index: Int, _ features: Tensor<Float>, _ labels: [Int]
  ) throws(ComparisonError) {
    let clock = ContinuousClock()
    let start = clock.now
    defer { sides[index].seconds += (clock.now - start) / .seconds(1) }
    do throws(NormalizationError) {
      let score = try sides[index].trainer.train(features, labels: labels)
      guard score.loss.isFinite else { return stop(index, "the loss is no longer finite") }
      sides[index].lossSum += score.loss
      sides[index].lossCount += 1
    } catch {
      guard case .nonFiniteInput = error else { throw .normalization(error) }
      stop(index, "\(error)")
    }
  }

  /// The most samples that are tested at once: every layer's output is kept for the percentiles, and those of images
  /// are large.
  private var testPartCount: Int { configuration.network.takesImages ? 100 : 500 }

  private mutating func evaluate(_ index: Int) throws(ComparisonError) {
    let side = sides[index]
    var (loss, correctCount) = (0.0, 0)
    var inputs: [Float] = []
    for start in stride(from: 0, to: test.count, by: testPartCount) {
      let part = Array(start..<min(start + testPartCount, test.count))
      let samples = try gathered(test, part)
      let activations: [Tensor<Float>]
      do throws(NormalizationError) {
        activations = try side.trainer.network.activations(samples.features)
      } catch {
        throw .normalization(error)
      }
      let outputs = SoftmaxCrossEntropy.evaluate(
        activations[activations.count - 1], labels: samples.labels)
      loss += outputs.loss * Double(part.count)
      correctCount += outputs.correctCount
      if let stage = side.probedStage { inputs += firstUnit(activations[stage]) }
    }
    loss /= Double(max(1, test.count))
    guard loss.isFinite else { return stop(index, "the test loss is no longer finite") }
    result.networks[index].points.append(
      .init(
        step: step, testAccuracy: Double(correctCount) / Double(max(1, test.count)),
        testLoss: loss,
        trainingLoss: side.lossCount > 0 ? side.lossSum / Double(side.lossCount) : nil,
        percentiles: side.probedStage.flatMap { _ in Percentiles(of: inputs) }))
    result.networks[index].digest = side.trainer.digest
    result.networks[index].trainingSeconds = side.seconds
    sides[index].lossSum = 0
    sides[index].lossCount = 0
  }

  /// The first value of each sample.
  private func firstUnit(_ values: Tensor<Float>) -> [Float] {
    let width = values.shape.dropFirst().reduce(1, *)
    let source = values.span
    return stride(from: 0, to: source.count, by: max(1, width)).map { source[$0] }
  }

  private func gathered(
    _ samples: any LabeledSamples, _ indices: [Int]
  ) throws(ComparisonError) -> (features: Tensor<Float>, labels: [Int]) {
    do throws(DatasetFileError) {
      return try samples.gather(indices)
    } catch {
      throw .samples(error)
    }
  }

  private mutating func stop(_ index: Int, _ reason: String) {
    result.networks[index].stopped = .init(step: step, reason: reason)
    result.networks[index].digest = sides[index].trainer.digest
    result.networks[index].trainingSeconds = sides[index].seconds
  }
}

/// Why two networks cannot be compared, or no longer.
public enum ComparisonError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The samples cannot be divided into such batches.
  case batches(DatasetError)
  /// The network cannot be made for these samples.
  case network(ArchitectureError)
  /// The samples can no longer be read.
  case samples(DatasetFileError)
  /// A normalization refuses the batches.
  case normalization(NormalizationError)

  /// What is wrong and what to do.
  public var description: String {
    switch self {
    case .batches(let error): "\(error)"
    case .network(let error): "\(error)"
    case .samples(let error): "\(error)"
    case .normalization(let error): "\(error)"
    }
  }
}
