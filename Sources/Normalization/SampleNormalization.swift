public import NormalizationKernels
public import Tensors

/// A normalization of sets of values within each sample: layer, RMS, group and instance normalization.
///
/// What one sample gives does not depend on the others, so training and inference are the same; only
/// ``InstanceNorm`` may keep running statistics, and then differs. The requirements work over plain memory, what
/// follows from them over tensors.
public protocol SampleNormalization<Scalar>: Sendable {
  /// The element type.
  associatedtype Scalar: NormalizationScalar

  /// The shape of scale and shift for the layer.
  var parameterShape: [Int] { get }
  /// What of the layer is kept as it is.
  var freezing: Freezing { get }

  /// The output for use.
  func inference(_ input: Tensor<Scalar>) throws(NormalizationError) -> Tensor<Scalar>

  /// Normalises with the statistics of each set. Changes nothing.
  ///
  /// - Parameters:
  ///   - input: the elements of the input in row-major order.
  ///   - shape: the shape of the input.
  ///   - output: as many elements as the input. After an error its contents are unspecified.
  /// - Returns: what the backward pass needs besides the input.
  func trainingPass(
    _ input: Span<Scalar>, shape: [Int], into output: inout MutableSpan<Scalar>
  ) throws(NormalizationError) -> SampleRecord<Scalar>

  /// Writes the gradient of the input and returns those of scale and shift.
  ///
  /// - Parameters:
  ///   - record: what the training pass returned.
  ///   - input: the elements of the pass's input.
  ///   - outputGradient: as many elements as the input.
  ///   - inputGradient: as many elements as the input, in memory of its own.
  func gradients(
    of record: SampleRecord<Scalar>, input: Span<Scalar>, outputGradient: Span<Scalar>,
    into inputGradient: inout MutableSpan<Scalar>
  ) -> ParameterSums
}

/// What a pass leaves for the backward pass, besides the input: a few numbers for each set.
public struct SampleRecord<Scalar: NormalizationScalar>: Equatable, Sendable {
  /// The shape of the input.
  public let shape: [Int]
  /// The statistics of the sets, in the order of memory.
  public let statistics: ChannelStatistics
  /// Whether these are the input's own; a frozen ``InstanceNorm`` uses its running ones.
  public let usesOwnStatistics: Bool
  /// Whether every element was finite, so that the statistics may enter running ones.
  public let isFinite: Bool
  /// The layer's scale at that time.
  let scale: Tensor<Scalar>?

  init(
    shape: [Int], statistics: ChannelStatistics, scale: Tensor<Scalar>?,
    usesOwnStatistics: Bool = true, isFinite: Bool = true
  ) {
    self.shape = shape
    self.statistics = statistics
    self.scale = scale
    self.usesOwnStatistics = usesOwnStatistics
    self.isFinite = isFinite
  }
}

/// A pass of a ``SampleNormalization`` over a tensor.
public struct SamplePass<Scalar: NormalizationScalar>: Sendable {
  /// The input of the pass. Shares the caller's memory.
  public let input: Tensor<Scalar>
  /// The normalised, scaled and shifted input.
  public let output: Tensor<Scalar>
  /// Everything else.
  public let record: SampleRecord<Scalar>
}

extension SampleNormalization {
  /// Normalises with the statistics of each set; the same in training and in use.
  ///
  /// - Throws: as `trainingPass`.
  public func inference(_ input: Tensor<Scalar>) throws(NormalizationError) -> Tensor<Scalar> {
    try trainingPass(input).output
  }

  /// Normalises with the statistics of each set and keeps what the backward pass needs. Changes nothing.
  ///
  /// - Throws: ``NormalizationError`` for sets that can have no statistics.
  /// - Precondition: the input has the shape that the layer is for.
  public func trainingPass(
    _ input: Tensor<Scalar>
  ) throws(NormalizationError) -> SamplePass<Scalar> {
    var result: Result<SampleRecord<Scalar>, NormalizationError>?
    let output = Tensor<Scalar>(unsafeUninitialized: input.shape) { output in
      do throws(NormalizationError) {
        result = .success(try trainingPass(input.span, shape: input.shape, into: &output))
      } catch {
        result = .failure(error)
      }
    }
    guard let result else { preconditionFailure("The initialiser did not run.") }
    return SamplePass(input: input, output: output, record: try result.get())
  }

  /// Returns the gradients of a pass for a gradient of its output.
  ///
  ///     n      = (x - mean) * r            r = 1/sqrt(variance + epsilon)        g = scale * dy
  ///     dx     = r * (g - average(g) - n * average(g * n))
  ///     dscale = sum(dy * n)               dshift = sum(dy)
  ///
  /// Averages run over the values of a set, sums over all values that share a scale and a shift. Without a mean to
  /// subtract (RMS normalization), `average(g)` falls away. `n` is computed again, not stored.
  ///
  /// Shapes: `outputGradient` and `input` as the pass's input; `scale` and `shift` as the layer's.
  ///
  /// - Precondition: `outputGradient` has the shape of the pass's input.
  public func gradients(
    of pass: SamplePass<Scalar>, outputGradient: Tensor<Scalar>
  ) -> NormalizationGradients<Scalar> {
    let shape = pass.record.shape
    precondition(
      outputGradient.shape == shape,
      "The output gradient has shape \(outputGradient.shape), but the input had \(shape).")
    var sums: ParameterSums = ([], [])
    let input = Tensor<Scalar>(unsafeUninitialized: shape) { inputGradient in
      sums = gradients(
        of: pass.record, input: pass.input.span, outputGradient: outputGradient.span,
        into: &inputGradient)
    }
    return gradients(input, sums)
  }

  func gradients(
    _ input: Tensor<Scalar>, _ sums: ParameterSums
  ) -> NormalizationGradients<Scalar> {
    func parameter(_ sums: [Double]) -> Tensor<Scalar>? {
      guard freezing != .statisticsAndParameters, !sums.isEmpty else { return nil }
      return Tensor(narrowing: sums).reshaped(to: parameterShape)
    }
    return NormalizationGradients(
      input: input, scale: parameter(sums.scale), shift: parameter(sums.shift), addend: nil)
  }

  func check(_ parameter: Tensor<Scalar>?, _ name: String) {
    guard let parameter else { return }
    precondition(
      parameter.shape == parameterShape,
      "The \(name) has shape \(parameter.shape), but the layer needs \(parameterShape).")
  }
}

/// - Precondition: `epsilon` is finite and not negative.
func checkEpsilon(_ epsilon: Double) {
  precondition(
    epsilon >= 0 && epsilon.isFinite,
    "Epsilon must be finite and not negative, but is \(epsilon).")
}
