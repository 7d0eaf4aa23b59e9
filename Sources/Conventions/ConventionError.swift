/// Why the parameters of a layer could not be read or written. Nothing has changed.
public enum ConventionError: Error, Equatable, Sendable {
  /// Tensors that the layer needs are not there; `available` are the names that are.
  case missing(names: [String], available: [String], path: String)
  /// A tensor has another shape than one channel each of `reference` asks for.
  case wrongShape(name: String, found: [Int], expected: [Int], reference: String)
  /// The first tensor of a layer, which says how many channels it has, is no row of numbers.
  case noRow(name: String, found: [Int])
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
