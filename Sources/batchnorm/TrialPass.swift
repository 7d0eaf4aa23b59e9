import NeuralNetworks
import Normalization

extension Sequential<Float> {
  /// Refuses batches that the network's layers would refuse in the first step, such as those of one sample: found with
  /// a pass over zeros, before anything else is done.
  ///
  /// - Parameters:
  ///   - batchSize: samples of a step.
  ///   - partCount: the parts that a batch is divided into.
  ///   - sampleShape: the shape of a sample.
  ///   - remedy: what the person can do.
  func checkBatches(
    of batchSize: Int, in partCount: Int = 1, sampleShape: [Int], remedy: String
  ) throws(CommandError) {
    let ends = (0...partCount).map { $0 * batchSize / partCount }
    let parts = zip(ends, ends.dropFirst()).map {
      Tensor<Float>(repeating: 0, shape: [$1 - $0] + sampleShape)
    }
    do throws(NormalizationError) {
      if partCount == 1 { _ = try forward(parts[0]) } else { _ = try forward(parts: parts) }
    } catch .nonFiniteInput(let channel) {
      throw .failure(
        "the first weights are too large: \(NormalizationError.nonFiniteInput(channel: channel)); use "
          + "a smaller --initial-deviation")
    } catch {
      throw .failure("batches of \(batchSize) cannot be trained on: \(error); \(remedy)")
    }
  }
}
