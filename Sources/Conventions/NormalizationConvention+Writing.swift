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
    var writer = Writer(convention: self, tensors: tensors)
    let names = parameterNames(of: .batch)
    writer.put(layer.scale, prefix + names.scale, "scale")
    if let shift = names.shift { writer.put(layer.shift, prefix + shift, "shift") }
    let statistics = statisticNames
    let place = statisticsPrefix ?? prefix
    if let running = layer.runningStatistics {
      let conversion = VarianceConversion(
        from: running.tracking, to: tracking, valuesPerChannel: valuesPerChannel)
      let variance = running.variance.map { conversion.converted($0) }
      try writer.round(running.mean, to: Scalar.self, place + statistics.mean)
      try writer.round(variance, to: Scalar.self, place + statistics.variance)
      writer.note(conversion.description)
      writer.put(running.batchesTracked, statistics.batchesTracked.map { place + $0 })
    } else {
      writer.note("no running statistics in the layer: none are written")
    }
    writer.compare(epsilon: layer.epsilon, momentum: layer.momentum, axis: layer.axis)
    tensors = writer.tensors
    return writer.notes
  }
}

/// Puts the tensors of one layer into a file.
private struct Writer {
  let convention: NormalizationConvention
  private(set) var tensors: NamedTensors
  private(set) var notes: [String] = []

  init(convention: NormalizationConvention, tensors: NamedTensors) {
    (self.convention, self.tensors) = (convention, tensors)
  }

  mutating func note(_ sentence: String) { notes.append(sentence) }

  mutating func put<Scalar: NormalizationScalar>(
    _ parameter: Tensor<Scalar>?, _ name: String, _ word: String
  ) {
    guard let parameter else { return note("the layer has no \(word): no '\(name)' is written") }
    tensors[name] = AnyTensor(parameter)
  }

  mutating func put(_ batchesTracked: Int, _ name: String?) {
    if let name {
      tensors.setIntegers([Int64(batchesTracked)], shape: [], named: name)
    } else if batchesTracked > 0 {
      note("\(batchesTracked) batches tracked: \(convention.rawValue) does not keep the number")
    }
  }

  mutating func round<Scalar: NormalizationScalar>(
    _ values: [Double], to type: Scalar.Type, _ name: String
  ) throws(ConventionError) {
    let rounded = Tensor<Scalar>(values.map { Scalar($0) })
    let tensor = AnyTensor(rounded)
    for (channel, value) in values.enumerated() where value.isFinite && !rounded[channel].isFinite {
      throw .beyondType(name: name, channel: channel, value: value, type: tensor.dtype)
    }
    if values.indices.contains(where: { Double(rounded[$0]) != values[$0] }) {
      note("'\(name)' rounded to \(tensor.dtype)")
    }
    tensors[name] = tensor
  }

  /// What the system would assume otherwise.
  mutating func compare(epsilon: Double, momentum: Momentum, axis: Int) {
    let system = convention.rawValue
    if let other = convention.epsilon(of: .batch), other != epsilon {
      note(
        "epsilon \(epsilon) is not in the file, and \(system)'s default is \(other): "
          + "say so where it is read")
    }
    if momentum != convention.momentum {
      let number = convention.number(for: momentum).map { shortened($0) }
      note(
        "momentum \(number ?? "of a plain average") (the weight of the "
          + "\(convention.momentumMeaning.rawValue)) is not in the file, and \(system)'s default is "
          + "\(shortened(convention.number(for: convention.momentum) ?? 0)): say so where it is read"
      )
    }
    if axis != convention.axis {
      note(
        "channels on axis \(axis) is not in the file, and \(system) has them on \(convention.axis): "
          + "say so where it is read")
    }
  }
}
