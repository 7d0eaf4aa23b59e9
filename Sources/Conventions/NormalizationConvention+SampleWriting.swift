public import Normalization
public import TensorFiles

/// Writing layer, RMS, group and instance normalization.
extension NormalizationConvention {
  /// Writes a layer normalization under the system's names.
  ///
  /// - Parameters:
  ///   - layer: the layer.
  ///   - tensors: what the file will hold; tensors of the same names are replaced, others stay.
  ///   - prefix: what stands before the names, with its separator.
  /// - Returns: what a reader of the file has to know because it does not hold it.
  /// - Throws: ``ConventionError/lastAxisOnly(system:shape:)`` for several axes in MLX; `tensors` are then unchanged.
  @discardableResult
  public func write<Scalar: NormalizationScalar>(
    _ layer: LayerNorm<Scalar>, into tensors: inout NamedTensors, prefix: String
  ) throws(ConventionError) -> [String] {
    var writer = ConventionWriter(self, .layer, into: tensors, prefix: prefix)
    writer.put(scale: layer.scale, shift: layer.shift)
    try writer.compare(axes: layer.normalizedShape)
    writer.compare(epsilon: layer.epsilon, Scalar.self)
    tensors = writer.tensors
    return writer.notes
  }

  /// Writes a normalization by the root of the mean square under the system's name.
  ///
  /// - Parameters:
  ///   - layer: the layer.
  ///   - tensors: what the file will hold; a tensor of the same name is replaced, others stay.
  ///   - prefix: what stands before the name, with its separator.
  /// - Returns: what a reader of the file has to know because it does not hold it.
  /// - Throws: ``ConventionError/lastAxisOnly(system:shape:)`` for several axes in MLX; `tensors` are then unchanged.
  @discardableResult
  public func write<Scalar: NormalizationScalar>(
    _ layer: RMSNorm<Scalar>, into tensors: inout NamedTensors, prefix: String
  ) throws(ConventionError) -> [String] {
    var writer = ConventionWriter(self, .rms, into: tensors, prefix: prefix)
    writer.put(scale: layer.scale, shift: nil)
    try writer.compare(axes: layer.normalizedShape)
    writer.compare(epsilon: layer.epsilon, Scalar.self)
    tensors = writer.tensors
    return writer.notes
  }

  /// Writes a group normalization under the system's names.
  ///
  /// - Parameters:
  ///   - layer: the layer.
  ///   - tensors: what the file will hold; tensors of the same names are replaced, others stay.
  ///   - prefix: what stands before the names, with its separator.
  /// - Returns: what a reader of the file has to know because it does not hold it: first of all the number of
  ///   groups, in MLX also that they are of neighbouring channels.
  @discardableResult
  public func write<Scalar: NormalizationScalar>(
    _ layer: GroupNorm<Scalar>, into tensors: inout NamedTensors, prefix: String
  ) -> [String] {
    var writer = ConventionWriter(self, .group, into: tensors, prefix: prefix)
    writer.put(scale: layer.scale, shift: layer.shift)
    let groups = layer.groupCount
    if groups != groupCount {
      let other = groupCount.map { ", and \(rawValue)'s default is \($0)" } ?? ""
      writer.note("\(groups) groups is not in the file\(other): say so where it is read")
    }
    if self == .mlx, groups > 1, groups < layer.featureCount {
      writer.note("groups of neighbouring channels: pytorch_compatible=True where it is read")
    }
    if self == .onnx {
      writer.note("scale and bias of each channel: for opset 21 or later")
    }
    writer.compare(epsilon: layer.epsilon, Scalar.self)
    writer.compare(axis: layer.axis)
    tensors = writer.tensors
    return writer.notes
  }

  /// Writes an instance normalization under the system's names, with running statistics in PyTorch alone.
  ///
  /// - Parameters:
  ///   - layer: the layer.
  ///   - tensors: what the file will hold; tensors of the same names are replaced, others stay.
  ///   - prefix: what stands before the names, with its separator.
  ///   - valuesPerChannel: the number of values per channel and sample that the running variance was averaged over. Where
  ///     the system keeps another variance than the layer, it is converted with m/(m - 1); without this number it is
  ///     written unchanged.
  /// - Returns: what a reader of the file has to know because it does not hold it.
  /// - Throws: ``ConventionError/beyondType(name:channel:value:type:)`` for running statistics that the element type cannot
  ///   hold; `tensors` are then unchanged.
  @discardableResult
  public func write<Scalar: NormalizationScalar>(
    _ layer: InstanceNorm<Scalar>, into tensors: inout NamedTensors, prefix: String,
    valuesPerChannel: Int? = nil
  ) throws(ConventionError) -> [String] {
    var writer = ConventionWriter(self, .instance, into: tensors, prefix: prefix)
    writer.put(scale: layer.scale, shift: layer.shift)
    if self == .keras {
      writer.note("Keras has no instance normalization: read it as GroupNormalization(groups=-1)")
    }
    if self == .pyTorch || self == .mlx, layer.scale != nil {
      writer.note("scale and shift: affine=True where it is read")
    }
    if let running = layer.runningStatistics {
      if self == .pyTorch {
        try writer.put(
          running, as: Scalar.self, place: prefix, valuesPerChannel: valuesPerChannel)
        writer.note("running statistics: track_running_stats=True where it is read")
        writer.compare(momentum: layer.momentum)
      } else {
        writer.note(
          "running statistics are not written: \(rawValue)'s instance normalization keeps none, and "
            + "normalises each sample with its own")
      }
    }
    writer.compare(epsilon: layer.epsilon, Scalar.self)
    writer.compare(axis: layer.axis)
    tensors = writer.tensors
    return writer.notes
  }
}

extension ConventionWriter {
  /// Says what the system has to be told of the normalised axes.
  fileprivate mutating func compare(axes shape: [Int]) throws(ConventionError) {
    guard shape.count > 1, convention != .pyTorch else { return }
    guard convention != .mlx else {
      throw .lastAxisOnly(system: convention.rawValue, shape: shape)
    }
    note(
      "the last \(shape.count) axes normalised is not in the file, and \(convention.rawValue)'s default is "
        + "the last one: say so where it is read")
  }
}
