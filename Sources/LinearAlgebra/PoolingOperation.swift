public import Tensors

/// The pooling of inputs of one shape, channels-last: a maximum or an average over every position of a window.
///
///     maximum: y[n, p, c] = max of x[n, q, c]            dx[n, q, c] = sum of dy[n, p, c] where q is the first largest
///     average: y[n, p, c] = sum of x[n, q, c] / count    dx[n, q, c] = sum of dy[n, p, c] / count
///
/// with q = p * stride - padding + k * dilation over the kernel positions k. A maximum passes over numbers that are
/// not-a-number.
///
/// Shapes: input [N, height, width, C] or [N, length, C]; output the same with other extents.
public struct PoolingOperation<Scalar: WindowScalar>: Sendable {
  private let kind: PoolingKind
  private let shape: WindowShape

  /// Describes the pooling of an input.
  ///
  /// - Parameters:
  ///   - kind: what is taken of the values under the window.
  ///   - window: what it looks at. Its padding is at most half of its kernel, and without padding where it has a
  ///     dilation, so that every position holds a value.
  ///   - inputShape: [N, height, width, C] or [N, length, C].
  ///   - threadCount: the most threads to use.
  public init(
    _ kind: PoolingKind, _ window: SlidingWindow, inputShape: [Int], threadCount: Int = 1
  ) {
    precondition(
      zip(window.padding, window.kernel).allSatisfy { 2 * $0 <= $1 },
      "The padding \(window.padding) must be at most half of the kernel \(window.kernel).")
    precondition(
      window.padding.allSatisfy { $0 == 0 } || window.dilation.allSatisfy { $0 == 1 },
      """
      With a dilation of \(window.dilation) and a padding of \(window.padding) a window can lie beside the \
      input; pool without one of them.
      """)
    self.kind = kind
    let channels = inputShape.last ?? 0
    shape = WindowShape(
      window, inputShape: inputShape, outputChannels: channels, groups: 1,
      threadCount: threadCount)
  }

  /// The pooled input, and what its gradient needs to know.
  public func callAsFunction(
    _ input: Tensor<Scalar>
  ) -> (output: Tensor<Scalar>, record: PoolingRecord) {
    precondition(
      input.shape == shape.inputShape,
      "The pooling needs the shape \(shape.inputShape) of the input, but it is \(input.shape).")
    return Scalar._pooling(kind, shape, input)
  }

  /// The gradient of the input for a gradient of the output.
  public func inputGradient(
    outputGradient: Tensor<Scalar>, record: PoolingRecord
  ) -> Tensor<Scalar> {
    precondition(
      outputGradient.shape == shape.outputShape,
      """
      The pooling needs the shape \(shape.outputShape) of the output gradient, but it is \
      \(outputGradient.shape).
      """)
    return Scalar._poolingGradient(kind, shape, outputGradient, record)
  }
}
