public import Normalization
public import TensorFiles

extension NormalizationConvention {
  /// Writes a batch normalization under the system's names.
  ///
  /// All numbers are of the layer's element type, as the system keeps them; the count of batches is an I64.
  ///
  /// - Parameters:
  ///   - layer: the layer.
  ///   - tensors: what the file will hold; tensors of the same names are replaced, others stay.
  ///   - prefix: what stands before the names, with its separator.
  ///   - statisticsPrefix: what stands before those of the running statistics where that differs.
  ///   - valuesPerChannel: the number of values per channel and batch (at least 2) that the running variance was averaged
  ///     over. Where the system keeps another variance than the layer, it is converted with m/(m - 1); without this
  ///     number it is written unchanged.
  /// - Returns: what a reader of the file has to know because it does not hold it.
  /// - Throws: ``ConventionError/beyondType(name:channel:value:type:)`` for running statistics that the element type cannot
  ///   hold; `tensors` are then unchanged.
  @discardableResult
  public func write<Scalar: NormalizationScalar>(
    _ layer: BatchNorm<Scalar>, into tensors: inout NamedTensors, prefix: String,
    statisticsPrefix: String? = nil, valuesPerChannel: Int? = nil
  ) throws(ConventionError) -> [String] {
    var writer = ConventionWriter(self, .batch, into: tensors, prefix: prefix)
    writer.put(scale: layer.scale, shift: layer.shift)
    if let running = layer.runningStatistics {
      try writer.put(
        running, as: Scalar.self, place: statisticsPrefix ?? prefix,
        valuesPerChannel: valuesPerChannel)
    } else {
      writer.note("no running statistics in the layer: none are written")
    }
    writer.compare(epsilon: layer.epsilon, Scalar.self)
    writer.compare(momentum: layer.momentum)
    writer.compare(axis: layer.axis)
    tensors = writer.tensors
    return writer.notes
  }
}
