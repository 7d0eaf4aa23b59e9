/// What ``Sequential/folded(probes:tolerance:)-([Tensor<Scalar>],_)`` did.
public struct FoldingReport: Sendable {
  /// One for each linear layer that took in normalization layers, in the order of the network.
  public internal(set) var certificates: [FoldingCertificate] = []
  /// One for each normalization layer that is still there, in the order of the network.
  public internal(set) var refusals: [FoldingRefusal] = []
  /// The largest absolute difference between the outputs of the original and of the folded network on the probes; nil
  /// where the original refuses them.
  ///
  /// There is no bound on it: how layers that are not folded pass differences on is theirs.
  public internal(set) var networkDifference: Double?
}

/// What a fold changed on the probes, and what it can have changed at most.
public struct FoldingCertificate: Equatable, Sendable {
  /// The linear layer that took the others in.
  public let layer: String
  /// The normalization layers that are now in it, in the order of the network.
  public let normalizations: [String]
  /// The largest absolute difference between the outputs of the original layers and of the folded one, for the inputs
  /// that they get on the probes.
  public let largestDifference: Double
  /// The largest output of the original layers there, by magnitude.
  public let largestOutput: Double
  /// The largest, over the elements of the output on the probes, of what rounding can have changed at most: see
  /// `Documentation/Networks.md`. Known before anything is compared.
  public let bound: Double
  /// The largest quotient of difference and bound of the same element; at most 1.
  public let shareOfBound: Double
}

/// A normalization layer that was not folded, and why.
public struct FoldingRefusal: Equatable, Sendable {
  /// The layer's name.
  public let name: String
  /// What it is: ``Layer/kindName``.
  public let kind: String
  /// Why.
  public let obstacle: FoldingObstacle
}

extension FoldingReport: CustomStringConvertible {
  /// A line for each layer, and one for the network.
  public var description: String {
    var lines = certificates.map { "\($0)" } + refusals.map { "\($0)" }
    lines.append(
      networkDifference.map { "network: outputs differ by at most \($0) on the probes" }
        ?? "network: refuses the probes")
    return lines.joined(separator: "\n")
  }
}

extension FoldingCertificate: CustomStringConvertible {
  /// Which layers went where, and the numbers.
  public var description: String {
    """
    \(normalizations.joined(separator: ", ")) into \(layer): outputs of up to \(largestOutput) differ by at \
    most \(largestDifference) on the probes; bound \(bound)
    """
  }
}

extension FoldingRefusal: CustomStringConvertible {
  /// Which layer stays, and why.
  public var description: String { "\(name) (\(kind)) stays: \(obstacle)" }
}
