import NormalizationKernels
public import Tensors

/// Weights of positions: masks of padded sequences, or how much each position counts.
///
///     W    = sum(w)
///     mean = sum(w * x)/W       variance = sum(w * (x - mean)^2)/W       W^2/(W^2 - sum(w^2)) makes it unbiased
///     dx   = scale * r * (dy - w/W * sum(dy) - w/W * n * sum(dy * n))    sums over the positions with w > 0
///
/// One weight for each position, shared by all channels: finite, 0 or more. A position of weight 0 enters no result,
/// whatever it holds (nan as well); its output and its gradient are 0. A common factor of all weights changes nothing,
/// a power of two not even a bit. Arithmetic is in Float64, so the bits may differ from those without weights where
/// all weights are 1; the bounds of ``BatchNorm`` hold. There is no fused addend or activation.
///
/// Shapes: weights have the shape of the input without the channel axis.
extension BatchNorm {
  /// Normalises a batch with its own weighted statistics (a frozen layer: with its running ones). Changes nothing.
  ///
  /// - Parameters:
  ///   - input: the batch.
  ///   - weights: a weight for each position: the shape of the input without the channel axis.
  /// - Throws: ``NormalizationError`` for weights that are negative or not finite, fewer than two positive ones, and,
  ///   unless the policy says otherwise, for elements of positive weight that are not finite.
  public func trainingPass(
    _ input: Tensor<Scalar>, weights: Tensor<Scalar>
  ) throws(NormalizationError) -> TrainingPass {
    try check(weights, input.shape)
    let moments =
      freezing == .none ? moments(of: input, checked: weights, firstBlock: 0) : Moments()
    return try weightedPass(input, weights, moments, firstBlock: 0)
  }

  /// Makes a training pass and takes its statistics into the running ones.
  ///
  /// - Throws: as ``trainingPass(_:weights:)``; the layer is then unchanged.
  public mutating func train(
    _ input: Tensor<Scalar>, weights: Tensor<Scalar>
  ) throws(NormalizationError) -> TrainingPass {
    let pass = try trainingPass(input, weights: weights)
    commit(pass)
    return pass
  }

  /// Normalises a part of a batch with the weighted statistics of the whole; otherwise as
  /// ``trainingPass(_:using:firstBlock:adding:activation:)``.
  ///
  /// - Throws: as ``trainingPass(_:weights:)``, judged over all parts.
  public func trainingPass(
    _ shard: Tensor<Scalar>, weights: Tensor<Scalar>, using moments: Moments, firstBlock: Int = 0
  ) throws(NormalizationError) -> TrainingPass {
    try check(weights, shard.shape)
    return try weightedPass(shard, weights, moments, firstBlock: firstBlock)
  }

  /// The weighted statistics of a batch, or of a part of it; otherwise as ``moments(of:firstBlock:)``.
  ///
  /// - Throws: ``NormalizationError`` for weights that are negative or not finite.
  public func moments(
    of input: Tensor<Scalar>, weights: Tensor<Scalar>, firstBlock: Int = 0
  ) throws(NormalizationError) -> Moments {
    try check(weights, input.shape)
    return moments(of: input, checked: weights, firstBlock: firstBlock)
  }

  /// Takes the part of a batch that follows into its weighted statistics.
  ///
  /// - Throws: ``NormalizationError`` for weights that are negative or not finite; the statistics are then unchanged.
  public func absorb(
    _ input: Tensor<Scalar>, weights: Tensor<Scalar>, into moments: inout Moments
  ) throws(NormalizationError) {
    moments.append(
      try self.moments(of: input, weights: weights, firstBlock: moments.range.upperBound))
  }

  /// Normalises with the running statistics (without these, with the batch's own weighted ones): 0 at positions of
  /// weight 0.
  ///
  /// - Throws: as ``inference(_:adding:activation:)``, and for weights that are negative or not finite.
  public func inference(
    _ input: Tensor<Scalar>, weights: Tensor<Scalar>
  ) throws(NormalizationError) -> Tensor<Scalar> {
    try inferencePass(input, weights).output
  }

  /// Returns the gradients through inference, where mean and variance are constants; otherwise as
  /// ``inferenceGradients(input:outputGradient:)``.
  ///
  /// - Throws: as ``inference(_:weights:)``.
  /// - Precondition: `outputGradient` has the shape of `input`.
  public func inferenceGradients(
    input: Tensor<Scalar>, weights: Tensor<Scalar>, outputGradient: Tensor<Scalar>
  ) throws(NormalizationError) -> Gradients {
    gradients(of: try inferencePass(input, weights), outputGradient: outputGradient)
  }

  /// The weights of padded sequences: 1 for the first `lengths[i]` positions of sample i, 0 for the others.
  ///
  /// - Parameters:
  ///   - lengths: one for each sample.
  ///   - shape: the shape of the input.
  ///   - sequenceAxis: the axis of the input along which sequences run; negative ones count from the end.
  /// - Throws: ``NormalizationError/invalidLength(sample:found:extent:)`` for a length that is negative or beyond the
  ///   axis.
  /// - Precondition: as many lengths as samples, and the sequence axis is neither that of the samples nor that of the
  ///   channels.
  public func weights(
    lengths: [Int], of shape: [Int], along sequenceAxis: Int = 1
  ) throws(NormalizationError) -> Tensor<Scalar> {
    let channelAxis = checkedAxis(shape)
    let sequenceAxis = resolvedAxis(sequenceAxis, rank: shape.count) ?? -1
    precondition(
      sequenceAxis > 0 && sequenceAxis != channelAxis && channelAxis > 0,
      """
      Sequences along axis \(sequenceAxis) need an input with samples on axis 0 and channels on another axis, but \
      the shape \(shape) has channels on axis \(channelAxis).
      """)
    precondition(
      lengths.count == shape[0],
      "There are \(lengths.count) lengths, but \(shape[0]) samples in the shape \(shape).")
    let extent = shape[sequenceAxis]
    for (sample, length) in lengths.enumerated() where !(0...extent).contains(length) {
      throw .invalidLength(sample: sample, found: length, extent: extent)
    }
    let positions = shape.removing(channelAxis)
    let inner = shape.removing(channelAxis, from: sequenceAxis + 1).reduce(1, *)
    let perSample = positions.dropFirst().reduce(1, *)
    return Tensor(unsafeUninitialized: positions) { weights in
      for index in weights.indices {
        let (sample, position) = index.quotientAndRemainder(dividingBy: perSample)
        weights[index] = position / inner % extent < lengths[sample] ? 1 : 0
      }
    }
  }
}

/// What the weighted passes share.
extension BatchNorm {
  func moments(
    of input: Tensor<Scalar>, checked weights: Tensor<Scalar>, firstBlock: Int
  ) -> Moments {
    kernels(for: input.shape).moments(
      of: input.span, weights: weights.span, firstBlock: firstBlock,
      marksVanishing: epsilon < ChannelStatistics.smallEpsilon)
  }

  /// A pass whose weights are known to be valid.
  private func weightedPass(
    _ input: Tensor<Scalar>, _ weights: Tensor<Scalar>, _ moments: Moments, firstBlock: Int
  ) throws(NormalizationError) -> TrainingPass {
    if let frozen = try frozenStatistics() {
      return weightedPass(
        input, weights, frozen, usesBatchStatistics: false, firstBlock: firstBlock)
    }
    let (statistics, isFinite) = try usableStatistics(moments)
    return weightedPass(input, weights, statistics, isFinite: isFinite, firstBlock: firstBlock)
  }

  private func weightedPass(
    _ input: Tensor<Scalar>, _ weights: Tensor<Scalar>, _ statistics: ChannelStatistics,
    usesBatchStatistics: Bool = true, isFinite: Bool = true, firstBlock: Int = 0
  ) -> TrainingPass {
    let transformation = transformation(.identity)
    let output = Tensor<Scalar>(unsafeUninitialized: input.shape) { output in
      kernels(for: input.shape).apply(
        statistics, to: input.span, weights: weights.span, into: &output,
        scale: transformation.scale, shift: transformation.shift)
    }
    var record = PassRecord(
      input.shape, statistics, transformation, nil, usesBatchStatistics: usesBatchStatistics,
      isFinite: isFinite)
    (record.firstBlock, record.isWeighted) = (firstBlock, true)
    return TrainingPass(
      input: input, output: output, record: record, hasAddend: false, weights: weights)
  }

  private func inferencePass(
    _ input: Tensor<Scalar>, _ weights: Tensor<Scalar>
  ) throws(NormalizationError) -> TrainingPass {
    try check(weights, input.shape)
    if let running = runningStatistics {
      return weightedPass(
        input, weights, try inferenceStatistics(running), usesBatchStatistics: false)
    }
    // The batch's own statistics, and non-finite elements propagate.
    var layer = self
    layer.nonFinitePolicy = .propagate
    return try layer.trainingPass(input, weights: weights)
  }

  /// Checks weights, and their shape, for an input of a shape.
  func check(_ weights: Tensor<Scalar>, _ shape: [Int]) throws(NormalizationError) {
    let axis = checkedAxis(shape)
    precondition(
      weights.shape == shape.removing(axis),
      """
      The weights have shape \(weights.shape), but the input of shape \(shape) without its channels on \
      axis \(axis) has \(shape.removing(axis)).
      """)
    guard let index = kernels(for: shape).firstInvalidWeight(in: weights.span) else { return }
    var (position, rest) = ([Int](), index)
    for extent in weights.shape.reversed() {
      position.insert(rest % extent, at: 0)
      rest /= extent
    }
    throw .invalidWeight(position: position, found: Double(weights[index]))
  }

  private func checkedAxis(_ shape: [Int]) -> Int {
    _ = kernels(for: shape)  // says what is wrong with the axis
    return resolvedAxis(axis, rank: shape.count) ?? 0
  }
}

extension [Int] {
  /// The extents without that of an axis, from another axis on.
  fileprivate func removing(_ axis: Int, from first: Int = 0) -> [Int] {
    indices.filter { $0 != axis && $0 >= first }.map { self[$0] }
  }
}
