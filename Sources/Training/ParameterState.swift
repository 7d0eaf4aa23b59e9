import NeuralNetworks
import Normalization
import TensorFiles

/// What an optimiser keeps for each parameter: tensors of the parameter's shape, by its name.
struct ParameterState<Scalar: NetworkScalar>: Sendable {
  /// What it is called in a state dictionary, before the parameter's name.
  let kind: String
  private var tensors: [String: Tensor<Scalar>] = [:]

  init(_ kind: String) {
    self.kind = kind
  }

  mutating func forget(_ parameter: String) {
    tensors[parameter] = nil
  }

  /// Lets `body` change what is kept for a parameter, at first zeros, in place.
  mutating func update(_ parameter: String, shape: [Int], _ body: (inout Tensor<Scalar>) -> Void) {
    guard let index = tensors.index(forKey: parameter) else {
      var value = Tensor<Scalar>(repeating: 0, shape: shape)
      body(&value)
      tensors[parameter] = value
      return
    }
    precondition(
      tensors.values[index].shape == shape,
      """
      The optimiser's \(kind) of \(parameter) has shape \(tensors.values[index].shape), but the \
      parameter \(shape): the network is another one.
      """)
    body(&tensors.values[index])
  }

  /// Adds the tensors to a state dictionary, by name.
  func write(to dictionary: inout NamedTensors) {
    for (name, value) in tensors.sorted(by: { $0.key < $1.key }) {
      dictionary["\(kind).\(name)"] = AnyTensor(value)
    }
  }

  /// The same, read from a state dictionary.
  init(_ kind: String, from reader: inout OptimizerStateReader) throws(OptimizerStateError) {
    self.kind = kind
    for (name, shape) in reader.parameters {
      tensors[name] = try reader.tensor(Scalar.self, "\(kind).\(name)", shape: shape)
    }
  }

  var names: Set<String> { Set(tensors.keys) }
}

/// Takes tensors out of an optimiser's state dictionary.
struct OptimizerStateReader {
  /// The names and shapes of the network's parameters.
  let parameters: [(name: String, shape: [Int])]
  private let dictionary: NamedTensors
  private var used: Set<String> = []

  init(_ dictionary: NamedTensors, for network: some Layer) {
    self.dictionary = dictionary
    parameters = network.parameters.map { ($0.info.name, $0.value.shape) }
  }

  mutating func tensor<Scalar: TensorScalar>(
    _ type: Scalar.Type, _ name: String, shape: [Int]
  ) throws(OptimizerStateError) -> Tensor<Scalar>? {
    guard let value = try value(name, shape: shape) else { return nil }
    guard case .tensor(let any) = value, let tensor = any.tensor(of: type) else {
      let expected = AnyTensor(Tensor<Scalar>(repeating: 0, shape: [0])).dtype
      throw .wrongType(name: name, expected: expected, found: value.dtype)
    }
    return tensor
  }

  mutating func count(_ name: String) throws(OptimizerStateError) -> Int? {
    guard let value = try value(name, shape: []) else { return nil }
    guard case .opaque(let tensor) = value, tensor.dtype == "I64", let number = tensor.integers?[0]
    else { throw .wrongType(name: name, expected: "I64", found: value.dtype) }
    guard let count = Int(exactly: number), count > 0 else {
      throw .invalidCount(name: name, found: number)
    }
    return count
  }

  private mutating func value(
    _ name: String, shape: [Int]
  ) throws(OptimizerStateError) -> NamedTensors.Value? {
    guard let value = dictionary.value(named: name) else { return nil }
    used.insert(name)
    guard value.shape == shape else {
      throw .wrongShape(name: name, expected: shape, found: value.shape)
    }
    return value
  }

  func finish() throws(OptimizerStateError) {
    if let name = dictionary.names.first(where: { !used.contains($0) }) {
      throw .unknownName(name)
    }
  }
}
