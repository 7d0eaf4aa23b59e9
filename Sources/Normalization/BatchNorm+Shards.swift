public import NormalizationKernels
public import Tensors

/// Batches in parts: shards on several processes, or micro-batches one after the other whose gradients accumulate.
///
/// Sweeps over the parts give what one pass over the whole batch gives, to the bit where the parts are cut at block
/// boundaries (``samplesPerPart(of:)``), and to rounding elsewhere:
///
///     for part in parts { layer.absorb(part, into: &moments) }                       // statistics
///     for part in parts { pass = layer.trainingPass(part, using: moments) }          // outputs
///     for ...           { layer.absorb(outputGradient, of: pass, into: &sums) }      // gradient sums
///     for ...           { layer.gradients(of: pass, outputGradient: ..., sums: sums) }
///     layer.commit(moments)                                                          // once
extension BatchNorm {
  /// Normalises a part of a batch with the statistics of the whole (a frozen layer: with its running ones). Changes
  /// nothing.
  ///
  /// - Parameters:
  ///   - shard: the part; it may be empty.
  ///   - moments: the statistics of the whole batch.
  ///   - firstBlock: the number of the part's first block in the whole batch.
  ///   - addend: is added before the activation; in the shape of the part.
  ///   - activation: what follows.
  /// - Throws: ``NormalizationError`` for one value per channel over all parts and, unless the policy says otherwise,
  ///   for elements of any part that are not finite.
  /// - Precondition: the input has `featureCount` channels on `axis`, and the moments have as many.
  public func trainingPass(
    _ shard: Tensor<Scalar>, using moments: Moments, firstBlock: Int = 0,
    adding addend: Tensor<Scalar>? = nil, activation: FusedActivation = .identity
  ) throws(NormalizationError) -> TrainingPass {
    check(addend, shard.shape)
    let kernels = kernels(for: shard.shape)
    let frozen = try frozenStatistics()
    let (statistics, isFinite) =
      if let frozen { (frozen, true) } else { try usableStatistics(moments) }
    let transformation = transformation(activation)
    var mask: ActivationMask?
    let output = Tensor<Scalar>(unsafeUninitialized: shard.shape) { output in
      mask = kernels.apply(
        statistics, to: shard.span, adding: addend?.span, into: &output, transformation)
    }
    var record = PassRecord(
      shard.shape, statistics, transformation, mask, usesBatchStatistics: frozen == nil,
      isFinite: isFinite)
    record.firstBlock = firstBlock
    return TrainingPass(input: shard, output: output, record: record, hasAddend: addend != nil)
  }

  /// The samples after which blocks end: parts of a multiple of so many give the bits of the whole batch.
  ///
  /// - Precondition: the shape has `featureCount` channels on `axis`, and this is not axis 0.
  public func samplesPerPart(of shape: [Int]) -> Int {
    let layout = kernels(for: shape).layout
    precondition(
      resolvedAxis(axis, rank: shape.count) != 0,
      "The channels lie on axis 0, so the shape \(shape) has no samples to divide.")
    var rowsPerSample = 1
    for extent in shape.dropFirst().prefix((resolvedAxis(axis, rank: shape.count) ?? 1) - 1) {
      rowsPerSample *= extent
    }
    return layout.samplesPerPart(rowsPerSample: rowsPerSample)
  }

  /// The sums of the backward pass over a part of a batch, its blocks numbered as in the pass.
  ///
  /// - Precondition: `outputGradient` has the shape of the pass's input.
  public func gradientSums(
    of pass: TrainingPass, outputGradient: Tensor<Scalar>
  ) -> GradientSums {
    gradientSums(of: pass, outputGradient, firstBlock: pass.record.firstBlock)
  }

  /// Takes the part of a batch that follows into its gradient sums.
  ///
  /// - Precondition: `outputGradient` has the shape of the pass's input.
  public func absorb(
    _ outputGradient: Tensor<Scalar>, of pass: TrainingPass, into sums: inout GradientSums
  ) {
    sums.append(gradientSums(of: pass, outputGradient, firstBlock: sums.range.upperBound))
  }

  private func gradientSums(
    of pass: TrainingPass, _ outputGradient: Tensor<Scalar>, firstBlock: Int
  ) -> GradientSums {
    check(outputGradient, of: pass)
    let record = pass.record
    if let weights = pass.weights {
      return kernels(for: pass.shape).gradientSums(
        of: pass.input.span, weights: weights.span, record.statistics,
        outputGradient: outputGradient.span, firstBlock: firstBlock)
    }
    return kernels(for: pass.shape).gradientSums(
      of: pass.input.span, record.statistics, outputGradient: outputGradient.span,
      scale: record.scale, gate: record.gate, mask: record.mask, firstBlock: firstBlock)
  }

  /// Returns the gradients of a part of a batch for a gradient of its output, given the sums over the whole batch.
  ///
  ///     dx = scale * r * (g - sum(g)/m - n * sum(g * n)/m)
  ///
  /// over the m values of a channel in all parts. `input` and `addend` are of this part; `scale` and `shift` are those
  /// of the whole batch, the same for every part: take them once.
  ///
  /// - Precondition: `outputGradient` has the shape of the pass's input, and the sums are over all parts.
  public func gradients(
    of pass: TrainingPass, outputGradient: Tensor<Scalar>, sums: GradientSums
  ) -> Gradients {
    check(outputGradient, of: pass)
    let (record, kernels) = (pass.record, kernels(for: pass.shape))
    var parameters: ParameterSums = ([], [])
    var addend = pass.hasAddend ? outputGradient : nil
    let input = Tensor<Scalar>(unsafeUninitialized: pass.shape) { inputGradient in
      if let weights = pass.weights {
        parameters = kernels.gradients(
          of: pass.input.span, weights: weights.span, record.statistics,
          outputGradient: outputGradient.span, into: &inputGradient, scale: record.scale,
          throughStatistics: record.usesBatchStatistics, sums: sums)
        return
      }
      guard let mask = record.mask else {
        parameters = kernels.gradients(
          of: pass.input.span, record.statistics, outputGradient: outputGradient.span,
          into: &inputGradient, scale: record.scale,
          throughStatistics: record.usesBatchStatistics, gate: record.gate, sums: sums)
        return
      }
      addend = Tensor<Scalar>(unsafeUninitialized: pass.shape) { addendGradient in
        parameters = kernels.gradients(
          of: pass.input.span, record.statistics, outputGradient: outputGradient.span,
          into: &inputGradient, addendGradient: &addendGradient, scale: record.scale,
          throughStatistics: record.usesBatchStatistics, mask: mask, sums: sums)
      }
    }
    return gradients(
      input, record.correction?.gradients(parameters) ?? parameters, addend: addend)
  }

  private func check(_ outputGradient: Tensor<Scalar>, of pass: TrainingPass) {
    precondition(
      outputGradient.shape == pass.shape,
      "The output gradient has shape \(outputGradient.shape), but the input had \(pass.shape).")
  }
}

extension PassRecord {
  /// Which elements of an output gradient reach the normalization, where no mask says it.
  var gate: OutputGate { activation == .relu && mask == nil ? .relu(shift: shift) : .open }
}
