public import Normalization
public import TensorFiles

/// Reading layer, RMS, group and instance normalization.
extension NormalizationConvention {
  /// Reads a layer normalization. The shape of scale and shift is that of the last axes, which it normalises.
  ///
  /// Either of them may be missing, not both: then nothing would say what is normalised.
  ///
  /// - Parameters:
  ///   - type: the layer's element type. Parameters of a wider one are refused, not rounded.
  ///   - tensors: the content of the file.
  ///   - prefix: what stands before the names, with its separator.
  ///   - epsilon: what is added to the variance; by default the system's.
  /// - Returns: the layer, and what was assumed.
  /// - Throws: ``ConventionError`` for tensors that are missing, or of a wrong shape or type.
  public func layerNorm<Scalar: NormalizationScalar>(
    _ type: Scalar.Type, from tensors: NamedTensors, prefix: String, epsilon: Double? = nil
  ) throws(ConventionError) -> Reading<LayerNorm<Scalar>> {
    var reader = ConventionReader(self, .layer, from: tensors, prefix: prefix)
    try reader.requireOne(of: reader.parameterNames)
    let (scale, shift) = try reader.parameters(type, isRow: self == .mlx)
    reader.assumeAxes()
    var layer = LayerNorm<Scalar>(
      normalizedShape: reader.shape, epsilon: reader.epsilon(epsilon, type))
    (layer.scale, layer.shift) = (scale, shift)
    reader.noteMissing(hasScale: scale != nil, hasShift: shift != nil)
    return Reading(layer: layer, assumptions: reader.assumptions)
  }

  /// Reads a normalization by the root of the mean square. The shape of the scale is that of the last axes, which it
  /// normalises.
  ///
  /// - Parameters:
  ///   - type: the layer's element type. A scale of a wider one is refused, not rounded.
  ///   - tensors: the content of the file.
  ///   - prefix: what stands before the name, with its separator.
  ///   - epsilon: what is added to the mean square; by default the system's, in PyTorch the spacing of the element
  ///     type's numbers at 1.
  /// - Returns: the layer, and what was assumed.
  /// - Throws: ``ConventionError`` for a scale that is missing, or of a wrong shape or type.
  public func rmsNorm<Scalar: NormalizationScalar>(
    _ type: Scalar.Type, from tensors: NamedTensors, prefix: String, epsilon: Double? = nil
  ) throws(ConventionError) -> Reading<RMSNorm<Scalar>> {
    var reader = ConventionReader(self, .rms, from: tensors, prefix: prefix)
    try reader.require(reader.parameterNames)
    let scale = try reader.parameters(type, isRow: self == .mlx).scale
    reader.assumeAxes()
    var layer = RMSNorm<Scalar>(
      normalizedShape: reader.shape, epsilon: reader.epsilon(epsilon, type))
    layer.scale = scale
    return Reading(layer: layer, assumptions: reader.assumptions)
  }

  /// Reads a group normalization.
  ///
  /// MLX puts the channels g, g + G, g + 2G, ... into group g unless it was told to do as PyTorch. That is another
  /// function than ours, whatever the order of the parameters, and refused but for one group and for as many as
  /// channels.
  ///
  /// - Parameters:
  ///   - type: the layer's element type. Parameters of a wider one are refused, not rounded.
  ///   - tensors: the content of the file.
  ///   - prefix: what stands before the names, with its separator.
  ///   - groupCount: the number of groups, which no file holds.
  ///   - axis: the axis of the channels; by default the system's.
  ///   - epsilon: what is added to the variance; by default the system's.
  ///   - isPyTorchCompatible: whether an MLX layer was made with `pytorch_compatible=True`; without meaning for the
  ///     others.
  /// - Returns: the layer, and what was assumed.
  /// - Throws: ``ConventionError`` for tensors that are missing, or of a wrong shape or type; for groups that do not
  ///   divide the channels, or are not of neighbouring ones.
  public func groupNorm<Scalar: NormalizationScalar>(
    _ type: Scalar.Type, from tensors: NamedTensors, prefix: String, groupCount: Int,
    axis: Int? = nil, epsilon: Double? = nil, isPyTorchCompatible: Bool = false
  ) throws(ConventionError) -> Reading<GroupNorm<Scalar>> {
    var reader = ConventionReader(self, .group, from: tensors, prefix: prefix)
    try reader.requireOne(of: reader.parameterNames)
    let (scale, shift) = try reader.parameters(type)
    let channels = reader.channels
    guard groupCount > 0, channels.isMultiple(of: groupCount) else {
      throw .wrongGroups(channels: channels, groups: groupCount)
    }
    if self == .mlx, groupCount > 1, groupCount < channels {
      guard isPyTorchCompatible else {
        throw .interleavedGroups(channels: channels, groups: groupCount)
      }
      reader.note(
        "groups of neighbouring channels: made with pytorch_compatible=True, the file does not hold it"
      )
    }
    if self == .onnx {
      reader.note("scale and bias of each channel: as from opset 21 on; before, each group had one")
    }
    var layer = GroupNorm<Scalar>(
      featureCount: channels, groupCount: groupCount, axis: reader.axis(axis),
      epsilon: reader.epsilon(epsilon, type))
    (layer.scale, layer.shift) = (scale, shift)
    reader.noteMissing(hasScale: scale != nil, hasShift: shift != nil)
    return Reading(layer: layer, assumptions: reader.assumptions)
  }

  /// Reads an instance normalization, with running statistics where the file holds them: in PyTorch alone.
  ///
  /// - Parameters:
  ///   - type: the layer's element type. Scale and shift of a wider one are refused, not rounded.
  ///   - tensors: the content of the file.
  ///   - prefix: what stands before the names, with its separator.
  ///   - axis: the axis of the channels; by default the system's.
  ///   - epsilon: what is added to the variance; by default the system's.
  ///   - momentum: how running statistics follow the batches; by default the system's.
  ///   - tracking: which variance the layer averages; by default the one that the system does.
  ///   - valuesPerChannel: the number of values per channel and sample (at least 2) that the running variance was
  ///     averaged over. Where `tracking` asks for another variance than the file's, it is converted with m/(m - 1);
  ///     without this number it is taken over unchanged.
  /// - Returns: the layer, and what was assumed.
  /// - Throws: ``ConventionError`` for tensors that are missing, or of a wrong shape or type.
  public func instanceNorm<Scalar: NormalizationScalar>(
    _ type: Scalar.Type, from tensors: NamedTensors, prefix: String, axis: Int? = nil,
    epsilon: Double? = nil, momentum: Momentum? = nil,
    tracking: RunningStatistics.Tracking? = nil, valuesPerChannel: Int? = nil
  ) throws(ConventionError) -> Reading<InstanceNorm<Scalar>> {
    var reader = ConventionReader(self, .instance, from: tensors, prefix: prefix)
    let names = [statisticNames.mean, statisticNames.variance].map { prefix + $0 }
    let keepsStatistics = self == .pyTorch && names.contains(where: tensors.contains)
    try keepsStatistics ? reader.require(names) : reader.requireOne(of: reader.parameterNames)
    let mean = keepsStatistics ? try reader.tensor(Double.self, names[0]) : nil
    let variance = keepsStatistics ? try reader.tensor(Double.self, names[1]) : nil
    let (scale, shift) = try reader.parameters(type)
    if self == .keras {
      reader.note("Keras has no instance normalization: read as GroupNormalization(groups=-1)")
    }
    var layer = InstanceNorm<Scalar>(
      featureCount: reader.channels, axis: reader.axis(axis),
      epsilon: reader.epsilon(epsilon, type))
    (layer.scale, layer.shift) = (scale, shift)
    if let mean, let variance {
      layer.momentum = reader.momentum(momentum)
      layer.runningStatistics = try reader.statistics(
        mean, variance, tracking: tracking ?? self.tracking, valuesPerChannel: valuesPerChannel,
        place: prefix)
    } else {
      layer.momentum = momentum ?? self.momentum
    }
    reader.noteMissing(hasScale: scale != nil, hasShift: shift != nil)
    return Reading(layer: layer, assumptions: reader.assumptions)
  }
}

extension ConventionReader {
  /// Says that the normalised axes were taken for the last ones, where a layer of the system may have others.
  fileprivate mutating func assumeAxes() {
    guard convention != .pyTorch, convention != .mlx else { return }
    let axes = shape.count == 1 ? "axis" : "\(shape.count) axes"
    note(
      "the last \(axes) normalised, as the shape \(shape) suggests: the file does not hold which")
  }
}
