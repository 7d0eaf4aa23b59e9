public import Normalization
public import TensorFiles

extension NormalizationConvention {
  /// A layer that was read, and what was assumed because the file does not say it.
  public struct Reading<Scalar: NormalizationScalar>: Sendable {
    /// The layer.
    public let layer: BatchNorm<Scalar>
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
  ) throws(ConventionError) -> Reading<Scalar> {
    var reader = Reader(convention: self, tensors: tensors, prefix: prefix)
    let names = parameterNames(of: .batch)
    let statistics = statisticNames
    let place = statisticsPrefix ?? prefix
    if keepsStatistics {
      try reader.require([place + statistics.mean, place + statistics.variance])
    } else {
      try reader.requireOne(of: [prefix + names.scale, prefix + (names.shift ?? "")])
    }
    let mean = keepsStatistics ? try reader.row(Double.self, place + statistics.mean) : nil
    let variance = keepsStatistics ? try reader.row(Double.self, place + statistics.variance) : nil
    let scale = try reader.row(type, prefix + names.scale)
    let shift = try names.shift.map { name throws(ConventionError) in
      try reader.row(type, prefix + name)
    }
    reader.assume(axis: axis, epsilon: epsilon, momentum: momentum)
    if scale == nil {
      reader.note("no '\(prefix + names.scale)' in the file: the layer has no scale")
    }
    if let name = names.shift, shift.flatMap(\.self) == nil {
      reader.note("no '\(prefix + name)' in the file: the layer has no shift")
    }
    var layer = BatchNorm<Scalar>(
      featureCount: reader.channels, axis: axis ?? self.axis,
      epsilon: epsilon ?? self.epsilon(of: .batch) ?? 0, momentum: momentum ?? self.momentum,
      tracking: nil)
    layer.scale = scale
    layer.shift = shift.flatMap(\.self)
    if let mean, let variance {
      let target = tracking ?? self.tracking
      layer.runningStatistics = RunningStatistics(
        mean: mean.elements,
        variance: reader.converted(variance.elements, to: target, valuesPerChannel),
        batchesTracked: try reader.batches(place, statistics), tracking: target)
    }
    return Reading(layer: layer, assumptions: reader.assumptions)
  }
}

/// Takes the tensors of one layer out of a file.
private struct Reader {
  let convention: NormalizationConvention
  let tensors: NamedTensors
  let prefix: String
  private(set) var assumptions: [String] = []
  /// The first row read, which says how many channels there are.
  private var reference: (name: String, count: Int)?

  init(convention: NormalizationConvention, tensors: NamedTensors, prefix: String) {
    (self.convention, self.tensors, self.prefix) = (convention, tensors, prefix)
  }

  var channels: Int { reference?.count ?? 0 }

  mutating func note(_ sentence: String) { assumptions.append(sentence) }

  func require(_ names: [String]) throws(ConventionError) {
    let missing = names.filter { !tensors.contains($0) }
    guard missing.isEmpty else {
      throw .missing(names: missing, available: tensors.names, path: tensors.path)
    }
  }

  func requireOne(of names: [String]) throws(ConventionError) {
    guard names.contains(where: tensors.contains) else {
      throw .missing(names: names, available: tensors.names, path: tensors.path)
    }
  }

  /// One number for each channel; nil where there is no tensor of this name.
  mutating func row<Scalar: NormalizationScalar>(
    _ type: Scalar.Type, _ name: String
  ) throws(ConventionError) -> Tensor<Scalar>? {
    guard let value = tensors.value(named: name) else { return nil }
    let isWide = MemoryLayout<Scalar>.size == 8
    guard case .tensor(let tensor) = value, isWide || tensor.dtype == "F32" else {
      throw .wrongType(name: name, found: value.dtype, expected: isWide ? "F32 or F64" : "F32")
    }
    if let reference {
      guard tensor.shape == [reference.count] else {
        throw .wrongShape(
          name: name, found: tensor.shape, expected: [reference.count], reference: reference.name)
      }
    } else {
      guard tensor.rank == 1, tensor.count > 0 else {
        throw .noRow(name: name, found: tensor.shape)
      }
      reference = (name, tensor.count)
    }
    return tensor.converted(to: type)
  }

  mutating func assume(axis: Int?, epsilon: Double?, momentum: Momentum?) {
    let system = convention.rawValue
    if axis == nil { note("channels on axis \(convention.axis): \(system)'s order") }
    if epsilon == nil, let value = convention.epsilon(of: .batch) {
      note("epsilon \(value): \(system)'s default, the file does not hold it")
    }
    if momentum == nil, let number = convention.number(for: convention.momentum) {
      note(
        "momentum \(shortened(number)), the weight of the \(convention.momentumMeaning.rawValue): "
          + "\(system)'s default, the file does not hold it")
    }
  }

  /// The variances as the layer averages them.
  mutating func converted(
    _ variances: [Double], to target: RunningStatistics.Tracking, _ valuesPerChannel: Int?
  ) -> [Double] {
    let conversion = VarianceConversion(
      from: convention.tracking, to: target, valuesPerChannel: valuesPerChannel)
    note(conversion.description)
    return variances.map { conversion.converted($0) }
  }

  /// The number of batches, 0 where the file does not hold it.
  mutating func batches(
    _ place: String, _ names: NormalizationConvention.StatisticNames
  ) throws(ConventionError) -> Int {
    guard let name = names.batchesTracked.map({ place + $0 }) else {
      note("0 batches tracked: \(convention.rawValue) does not keep the number")
      return 0
    }
    guard let value = tensors.value(named: name) else {
      note("no '\(name)' in the file: 0 batches tracked")
      return 0
    }
    guard case .opaque(let tensor) = value, let integers = tensor.integers, integers.count == 1
    else { throw .wrongType(name: name, found: value.dtype, expected: "one I64") }
    guard let count = Int(exactly: integers[0]), count >= 0 else {
      throw .invalidCount(name: name, found: integers[0])
    }
    return count
  }
}

/// A weight as one writes it: 1 - 0.9 is shown as 0.1.
func shortened(_ number: Double) -> String {
  let rounded = (number * 1e12).rounded() / 1e12
  return "\(abs(rounded - number) < 1e-14 ? rounded : number)"
}
