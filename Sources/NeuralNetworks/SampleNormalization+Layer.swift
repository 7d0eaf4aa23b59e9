public import Normalization

/// What layer, RMS, group and instance normalization have in common as layers of a network.
extension NormalizationLayer where Self: SampleNormalization {
  /// A training pass.
  public func forward(_ input: Tensor<Scalar>) throws(NormalizationError) -> LayerPass<Scalar> {
    let pass: SamplePass<Scalar> = try trainingPass(input)
    let layer = self
    return LayerPass(output: pass.output, record: pass.record) { gradient in
      layer.layerGradients(layer.gradients(of: pass, outputGradient: gradient))
    }
  }

  /// None: nothing is averaged over the batches.
  public var runningStatistics: RunningStatistics? {
    get { nil }
    set {
      precondition(
        newValue == nil, "A \(kindName) keeps no running statistics, but was given some.")
    }
  }

  /// Whether nothing is frozen, or the parameters are; statistics can be only where there are running ones.
  public func canFreeze(_ freezing: Freezing) -> Bool {
    freezing != .statistics || runningStatistics != nil
  }
}

extension LayerNorm: Layer, NormalizationLayer where Scalar: NetworkScalar {
  /// All elements of the last axes of a sample.
  public var statisticsSet: StatisticsSet { .sample }
}

extension RMSNorm: Layer, NormalizationLayer where Scalar: NetworkScalar {
  /// All elements of the last axes of a sample.
  public var statisticsSet: StatisticsSet { .sample }
}

extension GroupNorm: Layer, NormalizationLayer where Scalar: NetworkScalar {
  /// The channels of a group in a sample.
  public var statisticsSet: StatisticsSet { .sample }
}

extension InstanceNorm: Layer, NormalizationLayer where Scalar: NetworkScalar {
  /// The values of a channel in a sample.
  public var statisticsSet: StatisticsSet { .instance(channelAxis: axis) }

  /// Takes the pass's statistics into the running ones, where such are kept.
  public mutating func commit(_ pass: LayerPass<Scalar>) {
    guard let record = pass.record as? SampleRecord<Scalar> else {
      preconditionFailure("The pass is of another layer than this instance normalization.")
    }
    commit(record)
  }
}
