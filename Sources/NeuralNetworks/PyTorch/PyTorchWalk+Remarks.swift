import Conventions
import Normalization

extension PyTorchWalk {
  /// What PyTorch's module has to be told to be this layer.
  func remarks(on norm: any NormalizationLayer<Scalar>) -> [String] {
    let convention = NormalizationConvention.pyTorch
    let (kind, momentum) = description(norm)
    var sentences: [String] = []
    if norm is BatchRenorm<Scalar> || norm is GhostBatchNorm<Scalar> {
      sentences.append(
        "\(norm.kindName) is not in PyTorch: BatchNorm gives the same in eval(), but trains otherwise"
      )
    }
    let usual = convention.epsilon(of: kind) ?? Double(Scalar.ulpOfOne)
    if norm.epsilon != usual {
      sentences.append("epsilon is \(norm.epsilon), PyTorch's default \(usual)")
    }
    sentences += affineRemarks(norm, kind)
    guard let running = norm.runningStatistics else {
      return sentences + (kind == .batch ? ["track_running_stats=False"] : [])
    }
    if kind == .instance { sentences.append("track_running_stats=True") }
    if let momentum, momentum != convention.momentum {
      let number = convention.number(for: momentum).map { "\($0)" } ?? "None"
      sentences.append("momentum=\(number)")
    }
    if running.tracking != convention.tracking {
      sentences.append(
        "running_var averages the biased variance, PyTorch the unbiased one: numbers unchanged")
    }
    return sentences
  }

  private func description(
    _ norm: any NormalizationLayer<Scalar>
  ) -> (kind: NormalizationKind, momentum: Momentum?) {
    switch norm {
    case let norm as BatchNorm<Scalar>: (.batch, norm.momentum)
    case let norm as any BatchNormVariant<Scalar>: (.batch, norm.batchNorm.momentum)
    case let norm as InstanceNorm<Scalar>: (.instance, norm.momentum)
    case is GroupNorm<Scalar>: (.group, nil)
    case is RMSNorm<Scalar>: (.rms, nil)
    case is LayerNorm<Scalar>: (.layer, nil)
    default: (.batch, nil)
    }
  }

  private func affineRemarks(
    _ norm: any NormalizationLayer<Scalar>, _ kind: NormalizationKind
  ) -> [String] {
    switch (norm.scale != nil, norm.shift != nil) {
    case (true, true): kind == .instance ? ["affine=True"] : []
    case (false, false):
      switch kind {
      case .instance: []
      case .layer, .rms: ["elementwise_affine=False"]
      case .batch, .group: ["affine=False"]
      }
    case (true, false) where kind == .layer: ["bias=False"]
    case (true, false): kind == .rms ? [] : ["PyTorch's module has a bias: set it to 0"]
    case (false, true): ["PyTorch's module has a weight: set it to 1"]
    }
  }
}
