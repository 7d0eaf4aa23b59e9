public import Normalization
import LinearAlgebra
import NormalizationKernels
import Synchronization

/// A network ready for use on batches of any size.
///
/// A batch is divided into parts so small that what a layer writes is still in the cache when the next one reads it, and
/// every thread takes parts of its own through the whole network: nobody waits for anybody between two layers.
///
///     let folded = network.folded(probes: samples).network
///     let predict = try Predictor(folded, sampleShape: [28, 28, 1])
///     let outputs = try predict(batch)
///
/// Outputs are those of the network's inference; products may be summed in another order for another number of samples,
/// so that last digits can differ.
public struct Predictor<Scalar: NetworkScalar>: Sendable {
  /// The network, each layer on one thread.
  private let network: Sequential<Scalar>
  /// Samples that go through the network together.
  public let samplesPerPart: Int
  /// The most threads to use.
  public let threadCount: Int

  /// The samples of a part that is worth a thread.
  private let leastSamplesPerPart: Int

  /// Prepares a network.
  ///
  /// - Parameters:
  ///   - network: every normalization in it has running statistics, or takes those of each sample.
  ///   - sampleShape: the shape of a sample, from which the size of a part is found.
  ///   - execution: threads and instructions.
  /// - Throws: ``NetworkError/dependsOnBatch(layers:)`` where inference would take the statistics of the batch.
  /// - Precondition: the network takes samples of this shape.
  public init(
    _ network: Sequential<Scalar>, sampleShape: [Int], execution: Execution = .automatic
  ) throws(NetworkError) {
    let dependent = network.normalizations.filter { _, layer in
      guard case .batch = layer.statisticsSet else { return false }
      return layer.runningStatistics == nil
    }
    guard dependent.isEmpty else { throw .dependsOnBatch(layers: dependent.map(\.name)) }
    var network = network
    network.execute(
      with: Execution(threadCount: 1, instructionSet: execution.instructionSet))
    network.visitLayers { _, layer in
      if var convolution = layer as? Convolution<Scalar> {
        convolution.pack()
        layer = convolution
      } else if var dense = layer as? Dense<Scalar> {
        dense.pack()
        layer = dense
      }
    }
    self.network = network
    threadCount = execution.threadCount
    (leastSamplesPerPart, samplesPerPart) = Self.samplesPerPart(network, sampleShape)
  }

  /// So many samples that what a layer reads and writes fits into a second-level cache of 1 MB, and so many that a part
  /// writes 256 KB in all.
  ///
  /// Every part reads all weights, but that costs less than larger parts: a network with 4.7 MB of weights and 200 KB a
  /// sample took 25 ms for 128 samples in parts of 2 to 4, and 35 ms in parts of 23 (AMD EPYC, AVX-512, two threads).
  private static func samplesPerPart(
    _ network: Sequential<Scalar>, _ sampleShape: [Int]
  ) -> (least: Int, most: Int) {
    let sample = Tensor<Scalar>(repeating: 0, shape: [1] + sampleShape)
    // A network that refuses a sample of zeros will say so again when it is used.
    let outputs = (try? network.activations(sample)) ?? [sample]
    let stride = MemoryLayout<Scalar>.stride
    let layerByteCount = 2 * stride * (outputs.map(\.count).max() ?? 1)
    let writtenByteCount = stride * outputs.reduce(0) { $0 + $1.count }
    return (
      least: max(1, (1 << 18) / max(1, writtenByteCount)),
      most: max(1, (1 << 20) / max(1, layerByteCount))
    )
  }

  /// The outputs of the network for a batch, in its order.
  public func callAsFunction(
    _ input: Tensor<Scalar>
  ) throws(NormalizationError) -> Tensor<Scalar> {
    precondition(input.rank > 0, "A batch has samples on its first axis, but is a single number.")
    let sampleCount = input.shape[0]
    let perThread = (sampleCount + threadCount - 1) / threadCount
    let length = max(1, leastSamplesPerPart, min(samplesPerPart, perThread))
    let partCount = (sampleCount + length - 1) / length
    guard partCount > 1 else { return try network.inference(input) }
    let results = Mutex<[Result<Tensor<Scalar>, NormalizationError>?]>(
      Array(repeating: nil, count: partCount))
    runTasks(taskCount: partCount, threadCount: threadCount) { part in
      let samples = part * sampleCount / partCount..<(part + 1) * sampleCount / partCount
      let result: Result<Tensor<Scalar>, NormalizationError>
      do throws(NormalizationError) {
        result = .success(try network.inference(input.samples(samples)))
      } catch {
        result = .failure(error)
      }
      results.withLock { $0[part] = result }
    }
    var outputs: [Tensor<Scalar>] = []
    for result in results.withLock({ $0 }) {
      if let result { outputs.append(try result.get()) }
    }
    return Tensor(joining: outputs)
  }
}
