public import Normalization

/// The last step of each sequence.
///
/// Shapes: [N, T, F] with at least one step to [N, F]. The gradient of the other steps is 0.
public struct LastStep<Scalar: NetworkScalar>: Layer {
  /// Creates a layer.
  public init() {}

  /// The last steps.
  public func inference(_ input: Tensor<Scalar>) throws(NormalizationError) -> Tensor<Scalar> {
    precondition(
      input.rank == 3 && input.shape[1] > 0,
      "The layer takes [N, T, F] with at least one step, but the input's shape is \(input.shape).")
    let (steps, features) = (input.shape[1], input.shape[2])
    return input.reshaped(to: [input.shape[0], steps * features])
      .columns((steps - 1) * features..<steps * features)
  }

  /// The last steps, and the way back.
  public func forward(_ input: Tensor<Scalar>) throws(NormalizationError) -> LayerPass<Scalar> {
    let shape = input.shape
    return LayerPass(output: try inference(input)) { gradient in
      let earlier = Tensor<Scalar>(repeating: 0, shape: [shape[0], (shape[1] - 1) * shape[2]])
      return LayerGradients(
        input: joinedColumns([earlier, gradient]).reshaped(to: shape), parameters: [])
    }
  }
}
