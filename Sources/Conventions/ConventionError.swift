/// Why the parameters of a layer could not be read or written. Nothing has changed.
public enum ConventionError: Error, Equatable, Sendable {
  /// Tensors that the layer needs are not there; `available` are the names that are.
  case missing(names: [String], available: [String], path: String)
  /// A tensor has another shape than one channel each of `reference` asks for.
  case wrongShape(name: String, found: [Int], expected: [Int], reference: String)
  /// The first tensor of a layer, which says how many channels it has, is no row of numbers.
  case noRow(name: String, found: [Int])
  /// The first tensor of a layer, whose shape is that of the normalised axes, has no axis or no element.
  case noAxes(name: String, found: [Int])
  /// The channels cannot be divided into so many groups.
  case wrongGroups(channels: Int, groups: Int)
  /// MLX puts every G-th channel into a group, where groups here are neighbouring channels.
  case interleavedGroups(channels: Int, groups: Int)
  /// The system normalises the last axis alone, but the layer several.
  case lastAxisOnly(system: String, shape: [Int])
  /// A tensor is of a type that the layer cannot take without rounding.
  case wrongType(name: String, found: String, expected: String)
  /// A number of batches that is negative or too large.
  case invalidCount(name: String, found: Int64)
  /// A number of the layer does not fit the element type.
  case beyondType(name: String, channel: Int, value: Double, type: String)
}

extension ConventionError: CustomStringConvertible {
  /// What was expected, what was found, what to do.
  public var description: String {
    switch self {
    case .missing(let names, let available, let path):
      """
      \(path): expected tensors named \(list(names)), found \(list(available)); \
      check the prefix and the convention, or rename
      """
    case .wrongShape(let name, let found, let expected, let reference):
      """
      '\(name)' has the shape \(found), but '\(reference)' asks for \(expected); \
      both have to be of the same layer
      """
    case .noRow(let name, let found):
      "'\(name)' has the shape \(found), but one number for each channel is expected: [C]"
    case .noAxes(let name, let found):
      "'\(name)' has the shape \(found), but that of the normalised axes is expected, none of them empty"
    case .wrongGroups(let channels, let groups):
      "\(channels) channels cannot be divided into \(groups) groups; give the layer's number of groups"
    case .interleavedGroups(let channels, let groups):
      """
      MLX puts every \(groups). of the \(channels) channels into a group, unless the layer was made with \
      pytorch_compatible=True, but groups here are neighbouring channels; if it was made so, say so, else \
      reorder the channels of the layers around it
      """
    case .lastAxisOnly(let system, let shape):
      """
      \(system) normalises the last axis alone, but the layer the last \(shape.count), of extents \(shape); \
      reshape parameters and input to one axis
      """
    case .wrongType(let name, let found, let expected):
      "'\(name)' is of type \(found), but \(expected) is expected; convert the file first"
    case .invalidCount(let name, let found):
      "'\(name)' is \(found), but a number of batches is 0 or more"
    case .beyondType(let name, let channel, let value, let type):
      "'\(name)' of channel \(channel) is \(value), which \(type) cannot hold; write another type"
    }
  }

  private func list(_ names: [String]) -> String {
    if names.isEmpty { return "none" }
    let first = names.prefix(12).map { "'\($0)'" }.joined(separator: ", ")
    return names.count > 12 ? "\(first) and \(names.count - 12) more" : first
  }
}
