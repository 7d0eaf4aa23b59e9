import Normalization
public import TensorFiles

/// The names of what is not a parameter in a state dictionary, behind the layer's.
enum StateName {
  static let mean = "running_mean"
  static let variance = "running_variance"
  static let deviation = "running_standard_deviation"
  static let batches = "batches_tracked"
  /// The count of passes of a random layer.
  static let passes = "passes_drawn"

  /// What stands beside the mean: whichever of the two is averaged, since the other could lose bits.
  static func spread(_ tracking: RunningStatistics.Tracking) -> String {
    tracking == .standardDeviation ? deviation : variance
  }
}

extension Layer {
  /// Everything that training changed, by name: enough to give another network of the same layers the same bits.
  ///
  /// - Parameters under their names, in the network's element type.
  /// - "norm.running_mean" and "norm.running_variance" for the layer "norm", [C], always F64, as they are kept;
  ///   "norm.running_standard_deviation" instead of the variance where that is averaged.
  /// - "norm.batches_tracked", a single I64.
  /// - "dropout.passes_drawn", a single I64, for the ``RandomLayer`` "dropout".
  /// - Metadata: under the name of the variance or deviation what is averaged, as
  ///   `RunningStatistics.Tracking` spells it, so that a biased variance is not taken for an unbiased one.
  ///
  /// What a network is made of (epsilon, momentum, freezing, seeds) is not in it: that is the program's.
  ///
  /// - Precondition: no two parameters or layers have the same composed name.
  public var stateDictionary: NamedTensors {
    var dictionary = NamedTensors(path: "state dictionary")
    func check(_ name: String) {
      precondition(!dictionary.contains(name), "Two tensors of the network are called '\(name)'.")
    }
    for (info, value) in parameters {
      check(info.name)
      dictionary[info.name] = AnyTensor(value)
    }
    for (name, layer) in normalizations {
      guard let running = layer.runningStatistics else { continue }
      let isDeviation = running.tracking == .standardDeviation
      let spread = layerName(name, StateName.spread(running.tracking))
      check(spread)
      dictionary[layerName(name, StateName.mean)] = AnyTensor(Tensor(running.mean))
      dictionary[spread] = AnyTensor(
        Tensor(isDeviation ? running.standardDeviation : running.variance))
      dictionary.setIntegers(
        [Int64(running.batchesTracked)], shape: [], named: layerName(name, StateName.batches))
      dictionary.metadata[spread] = running.tracking.rawValue
    }
    for (name, layer) in layers {
      guard let random = layer as? any RandomLayer<Scalar> else { continue }
      let passes = layerName(name, StateName.passes)
      check(passes)
      dictionary.setIntegers([Int64(random.passesDrawn)], shape: [], named: passes)
    }
    return dictionary
  }

  /// Takes parameters, running statistics and counts of random layers from a state dictionary, frozen ones too.
  ///
  /// The dictionary has to hold exactly what ``stateDictionary`` of this network holds, in the same types and
  /// shapes. Metadata may be missing.
  ///
  /// - Throws: ``NetworkError`` for names that are missing or too many, another shape or type, a variance averaged
  ///   otherwise than the layer does, or a count of batches that is none; nothing has changed then.
  public mutating func load(_ dictionary: NamedTensors) throws(NetworkError) {
    var loaded = self
    var reader = StateReader(dictionary)
    loaded.visitParameters { info, value in
      if let new = reader.tensor(Scalar.self, info.name, shape: value.shape) { value = new }
    }
    loaded.visitNormalizations { name, layer in
      guard let running = layer.runningStatistics else { return }
      layer.runningStatistics = reader.statistics(name, like: running)
    }
    loaded.visitLayers { name, layer in
      guard var random = layer as? any RandomLayer<Scalar> else { return }
      guard let count = reader.count(layerName(name, StateName.passes)) else { return }
      random.passesDrawn = count
      layer = random
    }
    try reader.finish()
    self = loaded
  }
}

/// Takes tensors out of a state dictionary and keeps what was wrong.
private struct StateReader {
  let dictionary: NamedTensors
  private var used: Set<String> = []
  private var missing: [String] = []
  private var problem: NetworkError?

  init(_ dictionary: NamedTensors) {
    self.dictionary = dictionary
  }

  /// The tensor, or nil and a note of why not.
  mutating func tensor<Scalar: TensorScalar>(
    _ type: Scalar.Type, _ name: String, shape: [Int]
  ) -> Tensor<Scalar>? {
    let expected = AnyTensor(Tensor<Scalar>(repeating: 0, shape: [0])).dtype
    guard let value = value(name, shape: shape) else { return nil }
    guard case .tensor(let tensor) = value, let tensor = tensor.tensor(of: type) else {
      note(.wrongType(name: name, expected: expected, found: value.dtype))
      return nil
    }
    return tensor
  }

  /// The running statistics of a layer; `old` where something was wrong.
  mutating func statistics(_ layer: String, like old: RunningStatistics) -> RunningStatistics {
    let shape = [old.mean.count]
    let name = layerName(layer, StateName.spread(old.tracking))
    let mean = tensor(Double.self, layerName(layer, StateName.mean), shape: shape)
    let spread = tensor(Double.self, name, shape: shape)
    let batches = count(layerName(layer, StateName.batches))
    if let found = dictionary.metadata[name], found != old.tracking.rawValue {
      note(.wrongTracking(name: name, expected: old.tracking.rawValue, found: found))
    }
    guard let mean, let spread, let batches else { return old }
    if old.tracking == .standardDeviation {
      return RunningStatistics(
        mean: mean.elements, standardDeviation: spread.elements, batchesTracked: batches)
    }
    return RunningStatistics(
      mean: mean.elements, variance: spread.elements, batchesTracked: batches,
      tracking: old.tracking)
  }

  /// A count, or nil and a note of why not.
  mutating func count(_ name: String) -> Int? {
    guard let value = value(name, shape: []) else { return nil }
    guard case .opaque(let tensor) = value, tensor.dtype == "I64", let number = tensor.integers?[0]
    else {
      note(.wrongType(name: name, expected: "I64", found: value.dtype))
      return nil
    }
    guard let count = Int(exactly: number), count >= 0 else {
      note(.invalidCount(name: name, found: number))
      return nil
    }
    return count
  }

  private mutating func value(_ name: String, shape: [Int]) -> NamedTensors.Value? {
    guard let value = dictionary.value(named: name) else {
      missing.append(name)
      return nil
    }
    used.insert(name)
    guard value.shape == shape else {
      note(.wrongShape(name: name, expected: shape, found: value.shape))
      return nil
    }
    return value
  }

  private mutating func note(_ error: NetworkError) {
    if problem == nil { problem = error }
  }

  /// Names first: a renamed layer explains more than what else follows from it.
  func finish() throws(NetworkError) {
    let unknown = dictionary.names.filter { !used.contains($0) }
    guard missing.isEmpty, unknown.isEmpty else {
      throw .otherNames(missing: missing, unknown: unknown)
    }
    if let problem { throw problem }
  }
}
