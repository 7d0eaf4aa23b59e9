import NeuralNetworks
import Normalization

/// What the inputs of a layer come to over all batches, in the way that the layer takes its statistics.
protocol InputStatistics<Scalar>: Sendable {
  associatedtype Scalar: NetworkScalar
  /// The values per channel so far.
  var valueCount: Int { get }
  /// How well the batches determine the statistics; nil where there are too few.
  var interval: RecalibrationInterval? { get }
  /// Takes the input of a batch in. False for one without samples, which is no batch.
  mutating func absorb(_ input: Tensor<Scalar>) throws(NormalizationError) -> Bool
  /// The statistics as the layer keeps them.
  func running(batchesTracked: Int) -> RunningStatistics
}

/// All values together: batch normalization and what derives from it.
struct PooledInputs<Scalar: NetworkScalar>: InputStatistics {
  private let tracking: RunningStatistics.Tracking
  private let epsilon: Double
  private let axis: Int
  /// Takes the moments of inputs, for the layer.
  private let meter: BatchNorm<Scalar>
  private var pooled = PooledMoments()
  private var variation = BatchVariation()

  init(_ running: RunningStatistics, axis: Int, epsilon: Double) {
    (tracking, self.axis, self.epsilon) = (running.tracking, axis, epsilon)
    meter = BatchNorm(
      featureCount: running.mean.count, axis: axis, epsilon: epsilon, tracking: nil,
      hasScale: false, hasShift: false)
  }

  mutating func absorb(_ input: Tensor<Scalar>) throws(NormalizationError) -> Bool {
    let axis = resolvedAxis(axis, rank: input.rank) ?? 0
    let inner = input.shape.dropFirst(axis + 1).reduce(1, *)
    let moments = meter.moments(of: input, firstBlock: pooled.nextBlock(inner: inner))
    if let channel = moments.firstNonFiniteChannel { throw .nonFiniteInput(channel: channel) }
    guard moments.count > 0 else { return false }
    pooled.append(moments, inner: inner)
    variation.absorb(moments.statistics(epsilon: epsilon))
    return true
  }

  var valueCount: Int { pooled.statistics.count }

  var interval: RecalibrationInterval? {
    variation.interval(around: pooled.statistics, epsilon: epsilon)
  }

  func running(batchesTracked: Int) -> RunningStatistics {
    pooled.statistics.running(tracking: tracking, batchesTracked: batchesTracked)
  }
}
