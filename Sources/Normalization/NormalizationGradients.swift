public import NormalizationKernels
public import Tensors

/// Gradients of a loss, one for each variable of a normalization layer.
public struct NormalizationGradients<Scalar: NormalizationScalar>: Sendable {
  /// As the input.
  public let input: Tensor<Scalar>
  /// As the layer's scale; nil where the parameters are frozen. There also for a layer without a scale, as if it
  /// were 1.
  public let scale: Tensor<Scalar>?
  /// As the layer's shift; nil where the parameters are frozen or a layer knows no shift. There also for a layer that
  /// was made without one, as if it were 0.
  public let shift: Tensor<Scalar>?
  /// As the input; nil where the pass added nothing.
  public let addend: Tensor<Scalar>?
}

/// Gradients of scale and shift in Float64, one number for each of their elements.
public typealias ParameterSums = (scale: [Double], shift: [Double])
