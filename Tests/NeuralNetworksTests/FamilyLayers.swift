import NeuralNetworks
import Normalization

/// The layers of the family beside batch normalization, for samples of eight numbers; instance normalization sees four
/// positions of two channels in them.
enum FamilyKind: String, CaseIterable {
  case layer, rms, group, instance, tracking, renorm, ghost

  static let withStatistics: [FamilyKind] = [.tracking, .renorm, .ghost]
  static let withoutStatistics: [FamilyKind] = [.layer, .rms, .group, .instance]

  /// Whether it takes its statistics over positions.
  var isOfInstances: Bool { self == .instance || self == .tracking }

  /// The layer as it is made.
  private func fresh<Scalar: NetworkScalar>(
    _ type: Scalar.Type, _ epsilon: Double
  ) -> any NormalizationLayer<Scalar> {
    switch self {
    case .layer: LayerNorm<Scalar>(normalizedShape: [8], epsilon: epsilon)
    case .rms: RMSNorm<Scalar>(normalizedShape: [8], epsilon: epsilon)
    case .group: GroupNorm<Scalar>(featureCount: 8, groupCount: 2, epsilon: epsilon)
    case .instance: InstanceNorm<Scalar>(featureCount: 2, epsilon: epsilon)
    case .tracking:
      InstanceNorm<Scalar>(featureCount: 2, epsilon: epsilon, tracking: .unbiasedVariance)
    case .renorm: BatchRenorm<Scalar>(featureCount: 8, epsilon: epsilon)
    case .ghost:
      GhostBatchNorm(BatchNorm<Scalar>(featureCount: 8, epsilon: epsilon), virtualBatchSize: 3)
    }
  }

  /// The layer with random scale and shift.
  func layer<Scalar: NetworkScalar>(
    _ type: Scalar.Type, seed: UInt64, epsilon: Double = 1e-5
  ) -> any NormalizationLayer<Scalar> {
    var generator = SeededGenerator(seed: seed)
    var layer = fresh(type, epsilon)
    layer.visitParameters { info, value in
      value = Tensor(
        normal: value.shape, mean: info.name == "scale" ? 1.5 : 0, deviation: 0.5, using: &generator
      )
    }
    return layer
  }

  /// The layer as stages of a network whose values are [N, 8].
  func stages<Scalar: NetworkScalar>(
    _ type: Scalar.Type, seed: UInt64, epsilon: Double = 1e-5
  ) -> [Sequential<Scalar>.Stage] {
    let layer = layer(type, seed: seed, epsilon: epsilon)
    let stage = Sequential<Scalar>.Stage(rawValue, layer)
    guard isOfInstances else { return [stage] }
    return [
      .init("\(rawValue)Positions", Reshaping<Scalar>([4, 2])), stage,
      .init("\(rawValue)Flat", Reshaping<Scalar>([8])),
    ]
  }
}

/// A network [N, 6] to [N, 3] with the given normalizations between a dense layer and a tanh.
func familyNetwork<Scalar: NetworkScalar>(
  _ type: Scalar.Type, _ kinds: [FamilyKind] = FamilyKind.allCases, seed: UInt64,
  epsilon: Double = 1e-5
) -> Sequential<Scalar> {
  var generator = SeededGenerator(seed: seed)
  func dense(_ inputs: Int, _ outputs: Int) -> Dense<Scalar> {
    Dense(
      inputCount: inputs, outputCount: outputs, hasBias: false, deviation: 1, using: &generator)
  }
  let first = dense(6, 8)
  let stages = kinds.enumerated().flatMap {
    $1.stages(type, seed: seed + 10 + UInt64($0), epsilon: epsilon)
  }
  return Sequential<Scalar>(
    [.init("in", first)] + stages + [
      .init("tanh", Activation(.tanh)), .init("out", dense(8, 3)),
    ])
}
