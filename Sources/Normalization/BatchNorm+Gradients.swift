import NormalizationKernels
public import Tensors

extension BatchNorm {
  /// Gradients of a loss, one for each variable of the layer; scale and shift are [C].
  public typealias Gradients = NormalizationGradients<Scalar>

  /// Returns the gradients of a training pass for a gradient of its output.
  ///
  ///     n      = (x - mean) * r             r = 1/sqrt(variance + epsilon)
  ///     g      = dy where the activation let the output through, else 0
  ///     dshift = sum(g)                     dscale = sum(g * n)
  ///     dx     = scale * r * (g - dshift/m - n * dscale/m)
  ///     daddend = g
  ///
  /// Sums run over the m values of a channel; `n` is computed again, not stored. A pass of a frozen layer
  /// treats mean and variance as constants: `dx = scale * r * g`. With weights see ``trainingPass(_:weights:)``.
  ///
  /// Shapes: `outputGradient` and `input` as the pass's input; `scale` and `shift` are [C].
  ///
  /// Accuracy: chains of at most sixteen additions in the element type, joined in Float64.
  /// Source: Ioffe and Szegedy 2015, arXiv:1502.03167, section 3.
  ///
  /// - Precondition: `outputGradient` has the shape of the pass's input.
  public func gradients(of pass: TrainingPass, outputGradient: Tensor<Scalar>) -> Gradients {
    precondition(
      outputGradient.shape == pass.shape,
      "The output gradient has shape \(outputGradient.shape), but the input had \(pass.shape).")
    if pass.record.isWeighted {
      return gradients(
        of: pass, outputGradient: outputGradient,
        sums: gradientSums(of: pass, outputGradient: outputGradient))
    }
    var sums: ParameterSums = ([], [])
    var addend: Tensor<Scalar>?
    let input = Tensor<Scalar>(unsafeUninitialized: pass.shape) { inputGradient in
      if pass.record.mask != nil {
        addend = Tensor<Scalar>(unsafeUninitialized: pass.shape) { addendGradient in
          sums = gradients(
            of: pass.record, input: pass.input.span, outputGradient: outputGradient.span,
            into: &inputGradient, addendGradient: &addendGradient)
        }
      } else {
        // Without an activation behind it the addend's gradient is the output's.
        addend = pass.hasAddend ? outputGradient : nil
        sums = gradients(
          of: pass.record, input: pass.input.span, outputGradient: outputGradient.span,
          into: &inputGradient)
      }
    }
    return gradients(input, sums, addend: addend)
  }

  func gradients(
    _ input: Tensor<Scalar>, _ sums: ParameterSums, addend: Tensor<Scalar>? = nil
  ) -> Gradients {
    let isFrozen = freezing == .statisticsAndParameters
    return Gradients(
      input: input, scale: isFrozen ? nil : Tensor(narrowing: sums.scale),
      shift: isFrozen ? nil : Tensor(narrowing: sums.shift), addend: addend)
  }

  /// Returns the gradients through inference, where mean and variance are constants.
  ///
  ///     dx = scale * dy * r        dscale = sum(dy * (x - running mean) * r)        dshift = sum(dy)
  ///
  /// Without running statistics, those of a training pass.
  ///
  /// - Throws: as ``inference(_:adding:activation:)``.
  /// - Precondition: `outputGradient` has the shape of `input`.
  public func inferenceGradients(
    input: Tensor<Scalar>, outputGradient: Tensor<Scalar>
  ) throws(NormalizationError) -> Gradients {
    precondition(
      outputGradient.shape == input.shape,
      "The output gradient has shape \(outputGradient.shape), but the input \(input.shape).")
    var result: Result<ParameterSums, NormalizationError>?
    let inputGradient = Tensor<Scalar>(unsafeUninitialized: input.shape) { inputGradient in
      do throws(NormalizationError) {
        let sums = try inferenceGradients(
          input: input.span, outputGradient: outputGradient.span, shape: input.shape,
          into: &inputGradient)
        result = .success(sums)
      } catch {
        result = .failure(error)
      }
    }
    guard let result else { preconditionFailure("The initialiser did not run.") }
    return gradients(inputGradient, try result.get())
  }

  /// The gradients through inference over plain memory, as `inferenceGradients` of tensors.
  ///
  /// - Parameters:
  ///   - input: the elements of the input in row-major order.
  ///   - outputGradient: as many elements as the input.
  ///   - shape: the shape of the input.
  ///   - inputGradient: as many elements as the input.
  public func inferenceGradients(
    input: Span<Scalar>, outputGradient: Span<Scalar>, shape: [Int],
    into inputGradient: inout MutableSpan<Scalar>
  ) throws(NormalizationError) -> ParameterSums {
    let record: PassRecord
    if let running = runningStatistics {
      record = PassRecord(
        shape, try inferenceStatistics(running), transformation(.identity), nil,
        usesBatchStatistics: false)
    } else {
      // As inference does: the batch's own statistics, and non-finite elements propagate. The output is not
      // needed; the gradient takes its place.
      var layer = self
      layer.nonFinitePolicy = .propagate
      record = try layer.trainingPass(input, shape: shape, into: &inputGradient)
    }
    return gradients(
      of: record, input: input, outputGradient: outputGradient, into: &inputGradient)
  }

  /// The gradients over plain memory: writes the input's and returns those of scale and shift.
  ///
  /// - Parameters:
  ///   - record: what the training pass returned.
  ///   - input: the elements of the pass's input.
  ///   - outputGradient: as many elements as the input.
  ///   - inputGradient: as many elements as the input.
  /// - Precondition: the pass had no addend before a ReLU, or `addendGradient` takes its gradient.
  public func gradients(
    of record: PassRecord, input: Span<Scalar>, outputGradient: Span<Scalar>,
    into inputGradient: inout MutableSpan<Scalar>
  ) -> ParameterSums {
    gradients(record, input, outputGradient, &inputGradient)
  }

  /// The same with the input's gradient in the place of the output's.
  public func gradients(
    of record: PassRecord, input: Span<Scalar>, inPlace gradient: inout MutableSpan<Scalar>
  ) -> ParameterSums {
    gradients(record, input, nil, &gradient)
  }

  /// The same for a pass with an addend before a ReLU: writes the addend's gradient too.
  public func gradients(
    of record: PassRecord, input: Span<Scalar>, outputGradient: Span<Scalar>,
    into inputGradient: inout MutableSpan<Scalar>, addendGradient: inout MutableSpan<Scalar>
  ) -> ParameterSums {
    guard let mask = record.mask else {
      preconditionFailure("The pass had no addend before a ReLU: its gradient is the output's.")
    }
    checkWholeness(record)
    let sums = kernels(for: record.shape).gradients(
      of: input, record.statistics, outputGradient: outputGradient, into: &inputGradient,
      addendGradient: &addendGradient, scale: record.scale,
      throughStatistics: record.usesBatchStatistics, mask: mask)
    return record.correction?.gradients(sums) ?? sums
  }

  private func checkWholeness(_ record: PassRecord) {
    precondition(
      !record.isWeighted, "The pass had weights, but its gradients are asked for without them.")
    let count = kernels(for: record.shape).layout.valuesPerChannel
    precondition(
      !record.usesBatchStatistics || record.statistics.count == count,
      """
      The pass is over \(count) values per channel of a batch of \(record.statistics.count): its \
      gradients need the sums over the whole batch.
      """)
  }

  private func gradients(
    _ record: PassRecord, _ input: Span<Scalar>, _ outputGradient: Span<Scalar>?,
    _ inputGradient: inout MutableSpan<Scalar>
  ) -> ParameterSums {
    precondition(
      record.mask == nil,
      "The pass had an addend before a ReLU: ask for its gradient, addendGradient, too.")
    checkWholeness(record)
    let sums = kernels(for: record.shape).gradients(
      of: input, record.statistics, outputGradient: outputGradient, into: &inputGradient,
      scale: record.scale, throughStatistics: record.usesBatchStatistics,
      gate: record.gate)
    return record.correction?.gradients(sums) ?? sums
  }
}
