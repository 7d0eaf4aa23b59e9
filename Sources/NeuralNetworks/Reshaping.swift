public import Normalization

/// Gives every sample another shape of as many elements. Nothing moves.
///
/// Shapes: [N, ...] to [N] + `sampleShape`. The gradient gets the input's shape back.
public struct Reshaping<Scalar: NetworkScalar>: Layer {
  /// The shape of a sample in the output.
  public let sampleShape: [Int]

  /// Creates a layer whose output is [N] + `sampleShape`.
  public init(_ sampleShape: [Int]) {
    self.sampleShape = sampleShape
  }

  /// The input in the other shape.
  public func inference(_ input: Tensor<Scalar>) throws(NormalizationError) -> Tensor<Scalar> {
    precondition(
      input.rank >= 1
        && input.shape.dropFirst().reduce(1, *) == sampleShape.reduce(1, *),
      "Samples of shape \(sampleShape) cannot be made of an input of shape \(input.shape).")
    return input.reshaped(to: [input.shape[0]] + sampleShape)
  }

  /// The input in the other shape, and the way back.
  public func forward(_ input: Tensor<Scalar>) throws(NormalizationError) -> LayerPass<Scalar> {
    let shape = input.shape
    return LayerPass(output: try inference(input)) { gradient in
      LayerGradients(input: gradient.reshaped(to: shape), parameters: [])
    }
  }
}
