public import Normalization

/// Why a network refuses a request. It is unchanged.
public enum NetworkError: Error, Equatable, Sendable {
  /// Layers that cannot be frozen in this way, for lack of running statistics.
  case cannotFreeze(layers: [String], freezing: Freezing)
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
    }
  }

  private func list(_ names: [String]) -> String {
    names.map { "'\($0)'" }.joined(separator: ", ")
  }
}
