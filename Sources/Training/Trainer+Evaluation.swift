public import Datasets
import NeuralNetworks
import Normalization

extension Trainer {
  /// What an evaluation says of the whole and of each sample.
  public struct Evaluation: Equatable, Sendable {
    /// The score over all samples.
    public var score: Score
    /// Whether the class of each sample is recognised, in the order of the data set.
    public var isRecognized: [Bool]
  }

  /// The network's score in inference: with running statistics.
  ///
  /// Losses (cross-entropy, whatever the network is trained on) and hits are summed in Float64 over the batches, whose
  /// size decides about memory and speed, not about the score but for rounding.
  ///
  /// - Parameters:
  ///   - samples: what to recognise.
  ///   - batchSize: how many samples are in memory at a time.
  public func evaluate(
    _ samples: some LabeledSamples, batchSize: Int = 256
  ) throws(TrainingError) -> Score {
    try evaluation(of: samples, batchSize: batchSize).score
  }

  /// The same as ``evaluate(_:batchSize:)`` with what is recognised.
  ///
  /// - Parameters:
  ///   - samples: what to recognise.
  ///   - batchSize: how many samples are in memory at a time.
  public func evaluation(
    of samples: some LabeledSamples, batchSize: Int = 256
  ) throws(TrainingError) -> Evaluation {
    try evaluation(samples, Array(0..<samples.count), batchSize) {
      input throws(NormalizationError) in try network.inference(input)
    }
  }

  /// The network's score where batch normalization takes the statistics of each batch instead of the running ones;
  /// everything else does what it does in inference.
  ///
  /// Where this differs from ``evaluate(_:batchSize:)`` by more than small batches explain, the running statistics are
  /// not those of the network: take them anew with ``Recalibration``. Layers whose statistics are frozen use their
  /// running ones. Samples are drawn at random, the same for the same seed, since files are often sorted by class.
  ///
  /// - Parameters:
  ///   - samples: what to recognise.
  ///   - batchSize: the samples that statistics are taken of; the batches differ by one at most.
  ///   - seed: for the division into batches.
  public func evaluateWithBatchStatistics(
    _ samples: some LabeledSamples, batchSize: Int = 256, seed: UInt64 = 0
  ) throws(TrainingError) -> Score {
    try evaluationWithBatchStatistics(of: samples, batchSize: batchSize, seed: seed).score
  }

  /// The same as ``evaluateWithBatchStatistics(_:batchSize:seed:)`` with what is recognised.
  ///
  /// - Parameters:
  ///   - samples: what to recognise.
  ///   - batchSize: the samples that statistics are taken of; the batches differ by one at most.
  ///   - seed: for the division into batches.
  public func evaluationWithBatchStatistics(
    of samples: some LabeledSamples, batchSize: Int = 256, seed: UInt64 = 0
  ) throws(TrainingError) -> Evaluation {
    let order = (try? Batches(sampleCount: samples.count, batchSize: samples.count, seed: seed))
      .map { batches in
        var batches = batches
        return batches.next()
      }
    return try evaluation(samples, order ?? [], batchSize) { input throws(NormalizationError) in
      let output = try network.inference(input, named: "") {
        _, layer, input throws(NormalizationError) in
        guard case .batch = layer.statisticsSet else { return try layer.inference(input) }
        return try layer.forward(input).output
      }
      guard let output else { preconditionFailure("The observer ended an inference.") }
      return output
    }
  }

  /// Batches of about equal size, in order.
  private func evaluation(
    _ samples: some LabeledSamples, _ order: [Int], _ batchSize: Int,
    _ outputs: (Tensor<Float>) throws(NormalizationError) -> Tensor<Float>
  ) throws(TrainingError) -> Evaluation {
    precondition(batchSize > 0, "Batches need a sample at least, but their size is \(batchSize).")
    let batchCount = (order.count + batchSize - 1) / batchSize
    var (loss, correctCount) = (0.0, 0)
    var isRecognized = [Bool](repeating: false, count: samples.count)
    for batch in 0..<batchCount {
      let range = batch * order.count / batchCount..<(batch + 1) * order.count / batchCount
      let (features, labels) = try gather(samples, Array(order[range]))
      do throws(NormalizationError) {
        let outputs = try outputs(features)
        let result = SoftmaxCrossEntropy.evaluate(outputs, labels: labels)
        for (index, label) in zip(order[range], zip(outputs.recognizedClasses, labels)) {
          isRecognized[index] = label.0 == label.1
        }
        loss += result.loss * Double(range.count)
        correctCount += result.correctCount
      } catch {
        throw .refused(error)
      }
    }
    let count = Double(max(1, order.count))
    return Evaluation(
      score: Score(loss: loss / count, accuracy: Double(correctCount) / count),
      isRecognized: isRecognized)
  }
}

/// The same as `gather`, with the module's error.
func gather(
  _ samples: some LabeledSamples, _ indices: [Int]
) throws(TrainingError) -> (features: Tensor<Float>, labels: [Int]) {
  do throws(DatasetFileError) {
    return try samples.gather(indices)
  } catch {
    throw .unreadable(error)
  }
}
