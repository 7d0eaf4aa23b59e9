public import Normalization

/// Puts all elements of a sample in one row. Nothing moves.
///
/// Shapes: [N, ...] to [N, features]; images [N, H, W, C] to [N, H * W * C]. The gradient gets the input's shape back.
///
/// The features are in channels-last order: feature (h * W + w) * C + c. PyTorch flattens [N, C, H, W], where the same
/// value is feature (c * H + h) * W + w. The weights of a ``Dense`` layer behind have to be permuted for PyTorch:
/// `featuresChannelsFirst(channelCount:)` of `Tensor`, and `featuresChannelsLast(channelCount:)` back.
public struct Flatten<Scalar: NetworkScalar>: Layer {
  /// Creates a layer.
  public init() {}

  /// The input as rows.
  public func inference(_ input: Tensor<Scalar>) throws(NormalizationError) -> Tensor<Scalar> {
    precondition(input.rank >= 1, "Flatten takes [N, ...], but the input has no axis.")
    return input.reshaped(to: [input.shape[0], input.shape.dropFirst().reduce(1, *)])
  }

  /// The input as rows, and the way back.
  public func forward(_ input: Tensor<Scalar>) throws(NormalizationError) -> LayerPass<Scalar> {
    let shape = input.shape
    return LayerPass(output: try inference(input)) { gradient in
      LayerGradients(input: gradient.reshaped(to: shape), parameters: [])
    }
  }
}
