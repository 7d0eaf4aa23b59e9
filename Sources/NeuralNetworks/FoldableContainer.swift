public import Normalization

/// A layer that consists of networks with something between or behind them, which can be folded each on its own.
public protocol FoldableContainer<Scalar>: Layer {
  /// The layer with its networks folded, and what became of their normalization layers, by their names in the layer.
  ///
  /// - Parameters:
  ///   - probes: inputs of the layer.
  ///   - tolerance: see ``Sequential/folded(probes:tolerance:)-([Tensor<Scalar>],_)``.
  func folded(
    probes: [Tensor<Scalar>], tolerance: Double
  ) -> (layer: any Layer<Scalar>, report: FoldingReport)
}

extension Residual: FoldableContainer {
  /// The block with body and shortcut folded.
  public func folded(
    probes: [Tensor<Scalar>], tolerance: Double
  ) -> (layer: any Layer<Scalar>, report: FoldingReport) {
    var result = self
    var report: FoldingReport
    (result.body, report) = body.folded(probes: probes, tolerance: tolerance)
    if let shortcut {
      let past = shortcut.folded(probes: probes, tolerance: tolerance)
      result.shortcut = past.network
      report.add(past.report, inside: Self.shortcutName)
    }
    return (result, report)
  }
}

extension FoldingReport {
  /// Adds what was done inside of a layer.
  mutating func add(_ inner: FoldingReport, inside name: String) {
    certificates += inner.certificates.map { certificate in
      FoldingCertificate(
        layer: layerName(name, certificate.layer),
        normalizations: certificate.normalizations.map { layerName(name, $0) },
        largestDifference: certificate.largestDifference,
        largestOutput: certificate.largestOutput, bound: certificate.bound,
        shareOfBound: certificate.shareOfBound)
    }
    refusals += inner.refusals.map { refusal in
      FoldingRefusal(
        name: layerName(name, refusal.name), kind: refusal.kind, obstacle: refusal.obstacle)
    }
  }
}
