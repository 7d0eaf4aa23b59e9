public import Normalization

/// The loss of a regression: the square of the error, averaged over all elements.
///
///     loss = sum (y - t)^2 / n        dy = 2 (y - t) / n        n = the number of elements
///
/// Shapes: any; targets and gradient as the outputs. PyTorch's `MSELoss` with its reduction by the mean.
public enum MeanSquaredError {
  /// A loss and its gradient.
  public struct Result<Scalar: NetworkScalar>: Sendable {
    /// The average over the elements; 0 for none.
    public let loss: Double
    /// With respect to the outputs.
    public let gradient: Tensor<Scalar>
  }

  /// The loss of outputs for targets. Computed in Float64.
  ///
  /// - Precondition: the targets have the outputs' shape.
  public static func evaluate<Scalar: NetworkScalar>(
    _ outputs: Tensor<Scalar>, targets: Tensor<Scalar>
  ) -> Result<Scalar> {
    precondition(
      outputs.shape == targets.shape,
      "The targets have shape \(targets.shape), but the outputs \(outputs.shape).")
    return meanSquaredError(outputs, targets)
  }
}

@specialized(where Scalar == Float)
private func meanSquaredError<Scalar: NetworkScalar>(
  _ outputs: Tensor<Scalar>, _ targets: Tensor<Scalar>
) -> MeanSquaredError.Result<Scalar> {
  let count = Double(max(1, outputs.count))
  var sum = 0.0
  let gradient = Tensor<Scalar>(unsafeUninitialized: outputs.shape) { gradient in
    let (y, t) = (outputs.span, targets.span)
    for i in y.indices {
      let error = Double(y[i]) - Double(t[i])
      sum += error * error
      gradient[i] = Scalar(2 * error / count)
    }
  }
  return .init(loss: sum / count, gradient: gradient)
}
