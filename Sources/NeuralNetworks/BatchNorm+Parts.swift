public import Normalization

/// Batches in parts: layers that normalise over the batch take the statistics of all parts, and differentiate with the
/// sums over all parts.
///
/// To the bit what one pass over the whole batch gives where parts are cut at block boundaries
/// (`samplesPerPart(of:)`), and to rounding elsewhere.
extension BatchNorm where Scalar: NetworkScalar {
  /// A training pass with the statistics of all parts.
  ///
  /// - Precondition: the channels are not on axis 0.
  public func forward(
    parts: [Tensor<Scalar>]
  ) throws(NormalizationError) -> PartedPass<Scalar> {
    let moments = moments(ofParts: parts)
    var passes: [TrainingPass] = []
    for part in parts { passes.append(try trainingPass(part, using: moments)) }
    return partedPass(passes)
  }

  /// Takes the statistics of all parts into the running ones, once.
  public mutating func commit(parts pass: PartedPass<Scalar>) {
    guard let record = pass.record as? [PassRecord] else {
      preconditionFailure("The pass is of another layer than this batch normalization.")
    }
    if let first = record.first { commit(first) }
  }

  /// The statistics of all parts; nothing for a frozen layer, which does not use them.
  func moments(ofParts parts: [Tensor<Scalar>]) -> Moments {
    var moments = Moments()
    guard freezing == .none else { return moments }
    for part in parts {
      precondition(
        (axis + part.rank) % part.rank != 0,
        "The channels lie on axis 0, so a batch of shape \(part.shape) has no samples to divide.")
      absorb(part, into: &moments)
    }
    return moments
  }

  /// Passes over all parts as one.
  func partedPass(_ passes: [TrainingPass]) -> PartedPass<Scalar> {
    let layer = self
    return PartedPass(outputs: passes.map(\.output), record: passes.map(\.record)) { gradients in
      checkParts(gradients, passes.map(\.output))
      var sums = GradientSums()
      for (pass, gradient) in zip(passes, gradients) {
        layer.absorb(gradient, of: pass, into: &sums)
      }
      let parts = zip(passes, gradients).map {
        layer.gradients(of: $0, outputGradient: $1, sums: sums)
      }
      // Those of scale and shift are over all parts, the same in each.
      let parameters = parts.first.map { layer.layerGradients($0).parameters }
      return PartedGradients(inputs: parts.map(\.input), parameters: parameters ?? [])
    }
  }
}

extension BatchRenorm where Scalar: NetworkScalar {
  /// A training pass with the statistics of all parts, corrected toward the running ones.
  ///
  /// - Precondition: the channels are not on axis 0.
  public func forward(
    parts: [Tensor<Scalar>]
  ) throws(NormalizationError) -> PartedPass<Scalar> {
    let moments = batchNorm.moments(ofParts: parts)
    var passes: [BatchNorm<Scalar>.TrainingPass] = []
    for part in parts { passes.append(try trainingPass(part, using: moments)) }
    return batchNorm.partedPass(passes)
  }

  /// Takes the statistics of all parts into the running ones, once.
  public mutating func commit(parts pass: PartedPass<Scalar>) {
    batchNorm.commit(parts: pass)
  }
}

extension GhostBatchNorm where Scalar: NetworkScalar {
  /// Each part alone: its virtual batches are those of the whole batch where the parts before have multiples of
  /// `virtualBatchSize`.
  public func forward(
    parts: [Tensor<Scalar>]
  ) throws(NormalizationError) -> PartedPass<Scalar> {
    try forwardAlone(parts)
  }
}

extension InstanceNorm where Scalar: NetworkScalar {
  /// Takes the statistics of all parts' samples into the running ones, once.
  public mutating func commit(parts pass: PartedPass<Scalar>) {
    guard let passes = pass.record as? [LayerPass<Scalar>],
      case let records = passes.compactMap({ $0.record as? SampleRecord<Scalar> }),
      records.count == passes.count
    else { preconditionFailure("The pass is of another layer than this instance normalization.") }
    let isUsable = records.allSatisfy { $0.usesOwnStatistics && $0.isFinite }
    guard freezing == .none, isUsable, let first = records.first else { return }
    let samples = ChannelStatistics(
      count: first.statistics.count, mean: records.flatMap(\.statistics.mean),
      variance: records.flatMap(\.statistics.variance), epsilon: epsilon)
    let momentum = momentum
    runningStatistics?.absorb(instances: samples, momentum: momentum)
  }
}
