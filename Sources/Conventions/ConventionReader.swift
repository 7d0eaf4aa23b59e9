import Normalization
import TensorFiles

/// Takes the tensors of one layer out of a file, and keeps what was assumed.
struct ConventionReader {
  let convention: NormalizationConvention
  let tensors: NamedTensors
  let prefix: String
  let kind: NormalizationKind
  private(set) var assumptions: [String] = []
  /// The first tensor read, which says how many channels there are, or what shape is normalised.
  private var reference: (name: String, shape: [Int])?

  init(
    _ convention: NormalizationConvention, _ kind: NormalizationKind, from tensors: NamedTensors,
    prefix: String
  ) {
    (self.convention, self.kind, self.tensors) = (convention, kind, tensors)
    self.prefix = prefix
  }

  private var system: String { convention.rawValue }
  private var names: NormalizationConvention.ParameterNames { convention.parameterNames(of: kind) }

  /// The full names of scale and shift; one alone where the layer knows no shift.
  var parameterNames: [String] {
    [names.scale, names.shift].compactMap(\.self).map { prefix + $0 }
  }
  /// The shape of the first tensor read.
  var shape: [Int] { reference?.shape ?? [] }
  var channels: Int { shape.reduce(1, *) }

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

  /// Scale and shift, nil where there is no tensor of the name.
  ///
  /// - Parameter isRow: whether they are one number for each channel, not those of several axes.
  mutating func parameters<Scalar: NormalizationScalar>(
    _ type: Scalar.Type, isRow: Bool = true
  ) throws(ConventionError) -> (scale: Tensor<Scalar>?, shift: Tensor<Scalar>?) {
    let scale = try tensor(type, prefix + names.scale, isRow: isRow)
    guard let name = names.shift else { return (scale, nil) }
    return (scale, try tensor(type, prefix + name, isRow: isRow))
  }

  /// What the file holds under a name, in the shape of the first tensor read; nil where there is none.
  mutating func tensor<Scalar: NormalizationScalar>(
    _ type: Scalar.Type, _ name: String, isRow: Bool = true
  ) throws(ConventionError) -> Tensor<Scalar>? {
    guard let value = tensors.value(named: name) else { return nil }
    let isWide = MemoryLayout<Scalar>.size == 8
    guard case .tensor(let tensor) = value, isWide || tensor.dtype == "F32" else {
      throw .wrongType(name: name, found: value.dtype, expected: isWide ? "F32 or F64" : "F32")
    }
    if let reference {
      guard tensor.shape == reference.shape else {
        throw .wrongShape(
          name: name, found: tensor.shape, expected: reference.shape, reference: reference.name)
      }
    } else {
      guard tensor.rank > 0, tensor.count > 0, tensor.rank == 1 || !isRow else {
        throw isRow
          ? .noRow(name: name, found: tensor.shape) : .noAxes(name: name, found: tensor.shape)
      }
      reference = (name, tensor.shape)
    }
    return tensor.converted(to: type)
  }

  /// Says that a layer lacks what the file does.
  mutating func noteMissing(hasScale: Bool, hasShift: Bool) {
    if !hasScale { note("no '\(prefix + names.scale)' in the file: the layer has no scale") }
    if let name = names.shift, !hasShift {
      note("no '\(prefix + name)' in the file: the layer has no shift")
    }
  }

  /// The axis of the channels: the given one, else the system's.
  mutating func axis(_ given: Int?) -> Int {
    if let given { return given }
    note("channels on axis \(convention.axis): \(system)'s order")
    return convention.axis
  }

  /// What is added to the variance: the given number, else the system's.
  mutating func epsilon<Scalar: NormalizationScalar>(_ given: Double?, _ type: Scalar.Type)
    -> Double
  {
    if let given { return given }
    guard let value = convention.epsilon(of: kind) else {
      let value = Double(Scalar.ulpOfOne)
      note("epsilon \(value): \(system)'s default for this element type, the file does not hold it")
      return value
    }
    note("epsilon \(value): \(system)'s default, the file does not hold it")
    return value
  }

  /// How running statistics follow the batches: as given, else as in the system.
  mutating func momentum(_ given: Momentum?) -> Momentum {
    if given == nil, let number = convention.number(for: convention.momentum) {
      note(
        "momentum \(shortened(number)), the weight of the \(convention.momentumMeaning.rawValue): "
          + "\(system)'s default, the file does not hold it")
    }
    return given ?? convention.momentum
  }

  /// The running statistics from mean and variance of the file.
  mutating func statistics(
    _ mean: Tensor<Double>, _ variance: Tensor<Double>,
    tracking target: RunningStatistics.Tracking, valuesPerChannel: Int?, place: String
  ) throws(ConventionError) -> RunningStatistics {
    let conversion = VarianceConversion(
      from: convention.tracking, to: target, valuesPerChannel: valuesPerChannel)
    note(conversion.description)
    return RunningStatistics(
      mean: mean.elements, variance: variance.elements.map { conversion.converted($0) },
      batchesTracked: try batches(place), tracking: target)
  }

  /// The number of batches, 0 where the file does not hold it.
  private mutating func batches(_ place: String) throws(ConventionError) -> Int {
    guard let name = convention.statisticNames.batchesTracked.map({ place + $0 }) else {
      note("0 batches tracked: \(system) does not keep the number")
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
