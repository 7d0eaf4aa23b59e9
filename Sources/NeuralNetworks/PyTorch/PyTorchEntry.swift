import Normalization
import TensorFiles

/// A tensor of a network with the name, shape and order that it has in PyTorch.
struct PyTorchEntry<Scalar: NetworkScalar> {
  /// What a tensor is, as far as it is stored differently.
  enum Content {
    /// In the network's type on both sides.
    case parameter
    /// Float64 here.
    case mean, variance
    /// Float64 here, and squared there.
    case deviation
    /// One integer.
    case count
  }

  /// Its name in the network's state dictionary.
  let ownName: String
  /// Its name in PyTorch.
  let name: String
  let content: Content
  /// Its shape in PyTorch.
  private(set) var shape: [Int]
  /// The number of channels of the features, where those are in another order there.
  var channelCount: Int?
  /// Whether the features are the columns of a matrix, or all elements there are.
  private var isMatrix = false

  init(ownName: String, name: String, content: Content, shape: [Int], channelCount: Int? = nil) {
    (self.ownName, self.name, self.content, self.shape) = (ownName, name, content, shape)
    self.channelCount = channelCount
  }

  /// Notes the order of a parameter's features: those of the layer's input.
  mutating func reorder(_ info: ParameterInfo, _ inputShape: [Int], _ order: PyTorchOrder) {
    switch order {
    case .same: break
    case .channelsFirst:
      // Only what belongs to all elements of a sample, as of a LayerNorm over [H, W, C].
      guard shape.count > 1, shape == Array(inputShape.dropFirst()),
        info.role == .normalization
      else { return }
      channelCount = shape.removeLast()
      shape = [channelCount ?? 1] + shape
    case .flattened(let channels):
      switch info.role {
      case .weight: (channelCount, isMatrix) = (channels, true)
      case .normalization: channelCount = channels
      case .bias: break
      }
    }
  }

  private var type: String { AnyTensor(Tensor<Scalar>(repeating: 0, shape: [0])).dtype }

  /// Puts the tensor into PyTorch's form.
  func write(_ own: NamedTensors, into tensors: inout NamedTensors) throws(NetworkError) {
    switch content {
    case .count:
      tensors.setIntegers(integers(own.value(named: ownName)), shape: [], named: name)
    case .parameter:
      guard let value = own[ownName]?.tensor(of: Scalar.self) else { wrongName() }
      tensors[name] = AnyTensor(reordered(value))
    case .mean, .variance, .deviation:
      guard let value = own[ownName]?.tensor(of: Double.self) else { wrongName() }
      tensors[name] = AnyTensor(reordered(try rounded(value)))
    }
  }

  /// Takes the tensor from PyTorch's form.
  func read(_ tensors: NamedTensors, into own: inout NamedTensors) throws(NetworkError) {
    guard let value = tensors.value(named: name) else { wrongName() }
    guard value.shape == shape else {
      throw .wrongShape(name: name, expected: shape, found: value.shape)
    }
    if case .count = content {
      guard value.dtype == "I64" else {
        throw .wrongType(name: name, expected: "I64", found: value.dtype)
      }
      let number = integers(value)[0]
      guard number >= 0, Int(exactly: number) != nil else {
        throw .invalidCount(name: name, found: number)
      }
      return own.setIntegers([number], shape: [], named: ownName)
    }
    guard case .tensor(let any) = value, let found = any.tensor(of: Scalar.self) else {
      throw .wrongType(name: name, expected: type, found: value.dtype)
    }
    let tensor = orderedBack(found, like: own[ownName]?.shape ?? shape)
    switch content {
    case .parameter: own[ownName] = AnyTensor(tensor)
    case .deviation:
      own[ownName] = .double(Tensor(tensor.elements.map { Double($0).squareRoot() }))
    default: own[ownName] = .double(Tensor(tensor.elements.map { Double($0) }))
    }
  }

  private func integers(_ value: NamedTensors.Value?) -> [Int64] {
    guard case .opaque(let tensor)? = value, let integers = tensor.integers else {
      wrongName()
    }
    return integers
  }

  /// Running statistics in the network's type.
  private func rounded(_ values: Tensor<Double>) throws(NetworkError) -> Tensor<Scalar> {
    let isDeviation = if case .deviation = content { true } else { false }
    var result: [Scalar] = []
    for (channel, value) in values.elements.enumerated() {
      let value = isDeviation ? value * value : value
      result.append(Scalar(value))
      guard result[channel].isFinite || !value.isFinite else {
        throw .beyondType(name: name, channel: channel, value: value, type: type)
      }
    }
    return Tensor(result)
  }

  private func reordered(_ tensor: Tensor<Scalar>) -> Tensor<Scalar> {
    guard let channelCount else { return tensor }
    return rows(tensor).featuresChannelsFirst(channelCount: channelCount).reshaped(to: shape)
  }

  private func orderedBack(_ tensor: Tensor<Scalar>, like shape: [Int]) -> Tensor<Scalar> {
    guard let channelCount else { return tensor }
    return rows(tensor).featuresChannelsLast(channelCount: channelCount).reshaped(to: shape)
  }

  /// A normalization's parameter is a single row, whatever axes it has.
  private func rows(_ tensor: Tensor<Scalar>) -> Tensor<Scalar> {
    isMatrix ? tensor : tensor.reshaped(to: [1, tensor.count])
  }

  private func wrongName() -> Never {
    preconditionFailure("The network has no tensor '\(ownName)', which it had before.")
  }
}
