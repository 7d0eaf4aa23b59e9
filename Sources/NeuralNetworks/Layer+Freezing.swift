public import Normalization

extension Layer {
  /// Freezes normalization layers of the network, so that neither training nor an optimiser moves them:
  ///
  /// - `.statistics`: they normalise with their running statistics, in training too, and keep them. Scale and
  ///   shift still learn.
  /// - `.statisticsAndParameters`: scale and shift stay as well. A velocity that an optimiser gathered before
  ///   does not move them either.
  ///
  /// A pass that was made before it was frozen no longer changes a layer.
  ///
  /// - Parameters:
  ///   - freezing: what is frozen; `.none` makes the layers learn again, as ``unfreeze(where:)``.
  ///   - isChosen: which layers, by name; all by default.
  /// - Throws: ``NetworkError/cannotFreeze(layers:freezing:)`` where layers have no running statistics to
  ///   normalise with; nothing has changed then.
  public mutating func freeze(
    _ freezing: Freezing, where isChosen: (String) -> Bool = { _ in true }
  ) throws(NetworkError) {
    var refused: [String] = []
    var frozen = self
    frozen.visitNormalizations { name, layer in
      guard isChosen(name) else { return }
      guard layer.canFreeze(freezing) else { return refused.append(name) }
      layer.freezing = freezing
    }
    guard refused.isEmpty else { throw .cannotFreeze(layers: refused, freezing: freezing) }
    self = frozen
  }

  /// Makes normalization layers learn again: the running statistics go on from where they were kept.
  ///
  /// - Parameter isChosen: which layers, by name; all by default.
  public mutating func unfreeze(where isChosen: (String) -> Bool = { _ in true }) {
    visitNormalizations { name, layer in
      if isChosen(name) { layer.freezing = .none }
    }
  }
}
