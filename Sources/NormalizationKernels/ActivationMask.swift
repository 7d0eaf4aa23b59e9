/// What follows a normalization in the same pass over memory.
public enum FusedActivation: String, CaseIterable, Sendable {
  /// Nothing.
  case identity
  /// max(output, 0); nan stays nan.
  case relu
}

/// Which outputs of a pass with an addend its ReLU let through: a bit for each, in words of the kernels' vectors.
///
/// Without an addend the backward pass computes the output again; with one it would have to read the addend, 32
/// times as many bytes as this.
public struct ActivationMask: Equatable, Sendable {
  var words: [UInt16]
}

/// Which elements of an output gradient reach a normalization behind an activation.
public enum OutputGate: Equatable, Sendable {
  /// All: no activation.
  case open
  /// Where ReLU did not cut the output off; it is computed again from the shift (nil: 0) and the other arguments.
  case relu(shift: [Double]?)
}
