public import Normalization

extension Sequential {
  /// Folds inference-mode normalization into linear layers next to it.
  ///
  ///     norm(W x + b)  and  W norm(x) + b        become        W' x + b'
  ///
  /// A normalization goes into the linear layer before it, else into the one behind it, through nested networks too;
  /// several can go into the same layer, whose weights are computed in Float64 and rounded once. Frozen layers fold as
  /// others do. The folded network is for inference: what is folded has no statistics to train any more.
  ///
  /// Every fold is tried on the probes, with the inputs that the layers get there in the original network. It is kept
  /// where the outputs differ by no more than `tolerance` times the largest, and by no more than rounding
  /// explains; see ``FoldingCertificate/bound``. Folding into the layer behind loses digits where a channel's mean is
  /// large beside its deviation: W' x and b' are then large and cancel, while the normalization took the mean off
  /// first. The bound shows it.
  ///
  /// - Parameters:
  ///   - probes: inputs to compare the networks on, such as a batch of the data that the network is for.
  ///   - tolerance: the largest difference of a fold's outputs, as a fraction of the largest output.
  /// - Returns: the folded network, and what was folded and what was not and why. This network is unchanged.
  /// - Precondition: there is at least one probe, none is empty, and the network takes them.
  public func folded(
    probes: [Tensor<Scalar>], tolerance: Double = 1e-3
  ) -> (network: Sequential, report: FoldingReport) {
    precondition(
      !probes.isEmpty && probes.allSatisfy { $0.count > 0 },
      "Folding is tried on probes that are not empty, but their shapes are \(probes.map(\.shape)).")
    var folder = Folder(self, probes: probes, tolerance: tolerance)
    folder.foldAll()
    let network = rebuilt(with: folder)
    return (network, folder.report(of: network, probes: probes))
  }

  /// Folds inference-mode normalization into linear layers next to it, tried on one batch of probes.
  ///
  /// See ``folded(probes:tolerance:)-([Tensor<Scalar>],_)``.
  public func folded(
    probes: Tensor<Scalar>, tolerance: Double = 1e-3
  ) -> (network: Sequential, report: FoldingReport) {
    folded(probes: [probes], tolerance: tolerance)
  }

  /// The layers behind each other, those of nested networks too.
  var chain: [(name: String, layer: any Layer<Scalar>)] {
    stages.flatMap { stage -> [(name: String, layer: any Layer<Scalar>)] in
      guard let nested = stage.layer as? Sequential else { return [(stage.name, stage.layer)] }
      return nested.chain.map { (layerName(stage.name, $0.name), $0.layer) }
    }
  }

  private func rebuilt(with folder: Folder<Scalar>) -> Sequential {
    var index = 0
    func rebuilt(_ network: Sequential) -> Sequential {
      var result = network
      result.stages = []
      for var stage in network.stages {
        if let nested = stage.layer as? Sequential {
          stage.layer = rebuilt(nested)
          result.stages.append(stage)
          continue
        }
        defer { index += 1 }
        if folder.isFolded(index) { continue }
        if let layer = folder.replacement(index) { stage.layer = layer }
        result.stages.append(stage)
      }
      return result
    }
    return rebuilt(self)
  }
}
