public import Normalization

/// Which normalization the layers of a network have.
public enum NetworkNormalization: String, CaseIterable, Codable, Sendable {
  /// None; layers that would be normalised have a bias instead.
  case none
  /// Batch normalization.
  case batch
  /// All features of a sample together; over images with a scale and a shift for each channel, as Wu and He 2018 compare it.
  case layer
  /// The root of the mean square over the channels, at each position on its own.
  case rms
  /// Each channel of a sample on its own. For images only: a single value has no deviation.
  case instance
  /// Groups of at least four channels, at most 32 of them.
  case group
  /// Batch renormalization with the limits of its paper, 3 and 5.
  case renorm
  /// Batch normalization over virtual batches of 32 samples.
  case ghost

  /// Whether a layer takes the statistics of a batch, so that it needs more than one sample.
  public var usesBatchStatistics: Bool {
    switch self {
    case .batch, .renorm, .ghost: true
    case .none, .layer, .rms, .instance, .group: false
    }
  }

  /// A layer for channels on the last axis, or nil for none.
  ///
  /// - Parameters:
  ///   - channelCount: the number of channels.
  ///   - isSpatial: whether there are positions beside samples and channels.
  ///   - execution: threads and instructions.
  /// - Precondition: instance normalization has positions to normalise over.
  public func layer<Scalar: NetworkScalar>(
    channelCount: Int, isSpatial: Bool, execution: Execution
  ) -> (any Layer<Scalar>)? {
    let batchNorm = BatchNorm<Scalar>(featureCount: channelCount, execution: execution)
    switch self {
    case .none:
      return nil
    case .batch:
      return batchNorm
    case .layer where isSpatial:
      return GroupNorm<Scalar>(featureCount: channelCount, groupCount: 1, execution: execution)
    case .layer:
      return LayerNorm<Scalar>(normalizedShape: [channelCount], execution: execution)
    case .rms:
      return RMSNorm<Scalar>(normalizedShape: [channelCount], execution: execution)
    case .instance:
      precondition(isSpatial, "Instance normalization needs positions, but features have none.")
      return InstanceNorm<Scalar>(featureCount: channelCount, execution: execution)
    case .group:
      let groupCount = Self.groupCount(channelCount)
      return GroupNorm<Scalar>(
        featureCount: channelCount, groupCount: groupCount, execution: execution)
    case .renorm:
      return BatchRenorm<Scalar>(featureCount: channelCount, execution: execution)
    case .ghost:
      return GhostBatchNorm(batchNorm, virtualBatchSize: 32)
    }
  }

  /// The most groups up to 32 that divide the channels into parts of at least four.
  static func groupCount(_ channelCount: Int) -> Int {
    (1...32).last { channelCount % $0 == 0 && channelCount / $0 >= 4 } ?? 1
  }
}

/// Where a layer is normalised.
public enum NormalizationPlacement: String, CaseIterable, Codable, Sendable {
  /// Between the linear part and the activation, as the paper has it.
  case before
  /// After the activation.
  case after
}
