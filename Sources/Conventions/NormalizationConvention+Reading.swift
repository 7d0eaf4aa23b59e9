public import Normalization
public import TensorFiles

extension NormalizationConvention {
  /// A layer that was read, and what was assumed because the file does not say it.
  public struct Reading<Layer: Sendable>: Sendable {
    /// The layer.
    public let layer: Layer
    /// Sentences for a reader to check, such as "epsilon 0.001: Keras's default, the file does not hold it".
    public let assumptions: [String]
  }

  /// Reads a batch normalization.
  ///
  /// Scale and shift may be missing: then the layer has none. The running statistics are kept in Float64 whatever the
  /// file's type, so that nothing is rounded.
  ///
  /// - Parameters:
  ///   - type: the layer's element type. Scale and shift of a wider one are refused, not rounded.
  ///   - tensors: the content of the file.
  ///   - prefix: what stands before the names, with its separator: "layer1.bn1.", "bn/", "params.bn.".
  ///   - statisticsPrefix: what stands before those of the running statistics where that differs, as
  ///     "batch_stats.bn." in Flax.
  ///   - axis: the axis of the channels; by default the system's.
  ///   - epsilon: what is added to the variance; by default the system's.
  ///   - momentum: how running statistics follow the batches; by default the system's.
  ///   - tracking: which variance the layer averages; by default the one that the system does.
  ///   - valuesPerChannel: the number of values per channel and batch (at least 2) that the running variance was averaged
  ///     over. Where `tracking` asks for another variance than the file's, it is converted with m/(m - 1); without this
  ///     number it is taken over unchanged.
  ///   - keepsStatistics: whether running statistics are expected; false for layers without any.
  /// - Returns: the layer, and what was assumed.
  /// - Throws: ``ConventionError`` for tensors that are missing, or of a wrong shape or type.
  public func batchNorm<Scalar: NormalizationScalar>(
    _ type: Scalar.Type, from tensors: NamedTensors, prefix: String,
    statisticsPrefix: String? = nil, axis: Int? = nil, epsilon: Double? = nil,
    momentum: Momentum? = nil, tracking: RunningStatistics.Tracking? = nil,
    valuesPerChannel: Int? = nil, keepsStatistics: Bool = true
  ) throws(ConventionError) -> Reading<BatchNorm<Scalar>> {
    var reader = ConventionReader(self, .batch, from: tensors, prefix: prefix)
    let place = statisticsPrefix ?? prefix
    if keepsStatistics {
      try reader.require([place + statisticNames.mean, place + statisticNames.variance])
    } else {
      try reader.requireOne(of: reader.parameterNames)
    }
    let mean = keepsStatistics ? try reader.tensor(Double.self, place + statisticNames.mean) : nil
    let variance =
      keepsStatistics ? try reader.tensor(Double.self, place + statisticNames.variance) : nil
    let (scale, shift) = try reader.parameters(type)
    var layer = BatchNorm<Scalar>(
      featureCount: reader.channels, axis: reader.axis(axis),
      epsilon: reader.epsilon(epsilon, type), momentum: reader.momentum(momentum), tracking: nil)
    reader.noteMissing(hasScale: scale != nil, hasShift: shift != nil)
    (layer.scale, layer.shift) = (scale, shift)
    if let mean, let variance {
      layer.runningStatistics = try reader.statistics(
        mean, variance, tracking: tracking ?? self.tracking, valuesPerChannel: valuesPerChannel,
        place: place)
    }
    return Reading(layer: layer, assumptions: reader.assumptions)
  }
}
