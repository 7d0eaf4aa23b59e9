public import Normalization

/// A layer that changes nothing. Shapes: any; the output as the input.
public struct Identity<Scalar: NetworkScalar>: Layer {
  /// Creates the layer.
  public init() {}

  /// The input.
  public func inference(_ input: Tensor<Scalar>) throws(NormalizationError) -> Tensor<Scalar> {
    input
  }

  /// The input; its gradient is the output's.
  public func forward(_ input: Tensor<Scalar>) throws(NormalizationError) -> LayerPass<Scalar> {
    LayerPass(output: input) { LayerGradients(input: $0, parameters: []) }
  }
}
