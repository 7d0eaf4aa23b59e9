import Normalization
import TensorFiles

/// Puts the tensors of one layer into a file, and keeps what a reader has to know besides.
struct ConventionWriter {
  let convention: NormalizationConvention
  let kind: NormalizationKind
  let prefix: String
  private(set) var tensors: NamedTensors
  private(set) var notes: [String] = []

  init(
    _ convention: NormalizationConvention, _ kind: NormalizationKind, into tensors: NamedTensors,
    prefix: String
  ) {
    (self.convention, self.kind, self.tensors) = (convention, kind, tensors)
    self.prefix = prefix
  }

  private var system: String { convention.rawValue }

  mutating func note(_ sentence: String) { notes.append(sentence) }

  /// Scale and shift; also what the system's layer cannot lack.
  mutating func put<Scalar: NormalizationScalar>(scale: Tensor<Scalar>?, shift: Tensor<Scalar>?) {
    let names = convention.parameterNames(of: kind)
    put(scale, prefix + names.scale, "scale")
    if let name = names.shift { put(shift, prefix + name, "shift") }
    guard !convention.allows(kind, hasScale: scale != nil, hasShift: shift != nil) else { return }
    var missing: [String] = []
    if scale == nil { missing.append("'\(prefix + names.scale)' to 1") }
    if let name = names.shift, shift == nil { missing.append("'\(prefix + name)' to 0") }
    note(
      "\(system) has no \(kind.rawValue) normalization like this: set "
        + "\(missing.joined(separator: " and ")) where it is read")
  }

  private mutating func put<Scalar: NormalizationScalar>(
    _ parameter: Tensor<Scalar>?, _ name: String, _ word: String
  ) {
    guard let parameter else { return note("the layer has no \(word): no '\(name)' is written") }
    tensors[name] = AnyTensor(parameter)
  }

  /// Mean, variance and the number of batches.
  mutating func put<Scalar: NormalizationScalar>(
    _ running: RunningStatistics, as type: Scalar.Type, place: String, valuesPerChannel: Int?
  ) throws(ConventionError) {
    let names = convention.statisticNames
    let conversion = VarianceConversion(
      from: running.tracking, to: convention.tracking, valuesPerChannel: valuesPerChannel)
    let variance = running.variance.map { conversion.converted($0) }
    try round(running.mean, to: type, place + names.mean)
    try round(variance, to: type, place + names.variance)
    note(conversion.description)
    if let name = names.batchesTracked.map({ place + $0 }) {
      tensors.setIntegers([Int64(running.batchesTracked)], shape: [], named: name)
    } else if running.batchesTracked > 0 {
      note("\(running.batchesTracked) batches tracked: \(system) does not keep the number")
    }
  }

  private mutating func round<Scalar: NormalizationScalar>(
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

  // What the system would assume otherwise.

  mutating func compare<Scalar: NormalizationScalar>(epsilon: Double, _ type: Scalar.Type) {
    let other = convention.epsilon(of: kind) ?? Double(Scalar.ulpOfOne)
    guard other != epsilon else { return }
    note(
      "epsilon \(epsilon) is not in the file, and \(system)'s default is \(other): "
        + "say so where it is read")
  }

  mutating func compare(momentum: Momentum) {
    guard momentum != convention.momentum else { return }
    let number = convention.number(for: momentum).map { shortened($0) }
    note(
      "momentum \(number ?? "of a plain average") (the weight of the "
        + "\(convention.momentumMeaning.rawValue)) is not in the file, and \(system)'s default is "
        + "\(shortened(convention.number(for: convention.momentum) ?? 0)): say so where it is read")
  }

  mutating func compare(axis: Int) {
    guard axis != convention.axis else { return }
    note(
      "channels on axis \(axis) is not in the file, and \(system) has them on \(convention.axis): "
        + "say so where it is read")
  }
}
