public import Normalization

/// Why running statistics were not taken anew. The network is unchanged.
public enum RecalibrationError: Error, Equatable, Sendable {
  /// There is no batch, or none any more when the sweep for this layer began.
  case noBatches(layer: String)
  /// A layer refused a batch, counted from 1; no layer where it was another than a normalization.
  case refused(layer: String?, batch: Int, NormalizationError)
  /// All batches together have `found` values per channel, too few for a variance.
  case tooFewValues(layer: String, found: Int)
  /// Layers whose input no one sees, because a layer around them does not pass an observer on.
  case notReached(layers: [String])
}

extension RecalibrationError: CustomStringConvertible {
  /// What was expected, what was found, what to do.
  public var description: String {
    switch self {
    case .noBatches(let layer):
      """
      no batch for the layer '\(layer)': the statistics need at least one, and a sequence that can be gone \
      through once for each layer, such as an array
      """
    case .refused(let layer, let batch, let error):
      "batch \(batch)\(layer.map { ", layer '\($0)'" } ?? ""): \(error)"
    case .tooFewValues(let layer, let found):
      """
      all batches together have \(found) values per channel for the layer '\(layer)', but a variance needs at \
      least 2; use more samples
      """
    case .notReached(let layers):
      """
      the inputs of \(layers.map { "'\($0)'" }.joined(separator: ", ")) are not seen: no batch has samples \
      for them, or the layer around them does not implement inference with an observer
      """
    }
  }
}
