public import Normalization

/// Why a network refuses a request. It is unchanged.
public enum NetworkError: Error, Equatable, Sendable {
  /// Layers that cannot be frozen in this way, for lack of running statistics.
  case cannotFreeze(layers: [String], freezing: Freezing)
  /// Layers that take the statistics of the batch in inference, for lack of running ones.
  case dependsOnBatch(layers: [String])
  /// A state dictionary that lacks tensors of the network, or holds others.
  case otherNames(missing: [String], unknown: [String])
  /// A tensor of a state dictionary has another shape than the network's.
  case wrongShape(name: String, expected: [Int], found: [Int])
  /// A tensor of a state dictionary has another element type, as safetensors files name them.
  case wrongType(name: String, expected: String, found: String)
  /// The running statistics average something else than the layer's.
  case wrongTracking(name: String, expected: String, found: String)
  /// A number of batches or passes that is negative or too large.
  case invalidCount(name: String, found: Int64)
  /// A layer that PyTorch cannot have with its order of features.
  case noPyTorchForm(layer: String, reason: String)
  /// A running statistic does not fit the element type in which PyTorch keeps it.
  case beyondType(name: String, channel: Int, value: Double, type: String)
}

extension NetworkError: CustomStringConvertible {
  /// What is wrong and what to do.
  public var description: String {
    switch self {
    case .cannotFreeze(let layers, let freezing):
      """
      \(list(layers)) cannot be frozen (\(freezing.rawValue)): without running statistics there is \
      nothing to keep or to normalise with; leave such layers out, or give them running statistics
      """
    case .dependsOnBatch(let layers):
      """
      \(list(layers)) would normalise with the statistics of the batch, so that outputs would depend on how it is \
      divided; give them running statistics
      """
    case .otherNames(let missing, let unknown):
      """
      the state dictionary is not of this network: missing are \(list(missing)), unknown are \
      \(list(unknown)); build the network as it was when the dictionary was made, or rename
      """
    case .wrongShape(let name, let expected, let found):
      """
      '\(name)' of the state dictionary has the shape \(found), but the network needs \(expected); \
      build the network as it was when the dictionary was made
      """
    case .wrongType(let name, let expected, let found):
      """
      '\(name)' of the state dictionary is of type \(found), but the network needs \(expected); \
      convert the file, or build the network with that element type
      """
    case .wrongTracking(let name, let expected, let found):
      """
      '\(name)' of the state dictionary averages: \(found), but the layer: \(expected); \
      build the layer as it was when the dictionary was made
      """
    case .invalidCount(let name, let found):
      "'\(name)' of the state dictionary is \(found), but a count is 0 or more"
    case .noPyTorchForm(let layer, let reason):
      "'\(layer)' cannot be given to PyTorch: \(reason); save the network's own state dictionary"
    case .beyondType(let name, let channel, let value, let type):
      """
      '\(name)' of channel \(channel) is \(value), which \(type) cannot hold; save the network's own state \
      dictionary
      """
    }
  }

  /// The first names, in quotation marks.
  private func list(_ names: [String]) -> String {
    if names.isEmpty { return "none" }
    let first = names.prefix(12).map { "'\($0)'" }.joined(separator: ", ")
    return names.count > 12 ? "\(first) and \(names.count - 12) more" : first
  }
}
