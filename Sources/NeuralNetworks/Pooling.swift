public import LinearAlgebra
public import Normalization

/// The maximum or the average over every position of a window, channels-last. See `PoolingOperation` for the formulas.
///
/// Shapes:
/// - Input: [N, height, width, C] or [N, length, C].
/// - Output: the same with the extents that `SlidingWindow.outputExtents(of:)` gives.
public struct Pooling<Scalar: NetworkScalar>: Layer {
  /// What of the values under the window is taken.
  public let kind: PoolingKind
  /// What it looks at, and how that moves.
  public let window: SlidingWindow
  /// Threads.
  public var execution: Execution

  /// Creates a layer.
  ///
  /// - Parameters:
  ///   - kind: what of the values under the window is taken. PyTorch's average counts padding by default.
  ///   - window: what it looks at. Its padding is at most half of its kernel.
  ///   - execution: threads.
  public init(
    _ kind: PoolingKind, window: SlidingWindow, execution: Execution = .automatic
  ) {
    (self.kind, self.window, self.execution) = (kind, window, execution)
  }

  /// "MaxPooling" or "AveragePooling".
  public var kindName: String { kind == .maximum ? "MaxPooling" : "AveragePooling" }

  /// The pooled input.
  public func inference(_ input: Tensor<Scalar>) throws(NormalizationError) -> Tensor<Scalar> {
    operation(input.shape)(input).output
  }

  /// The pooled input; the gradient of a maximum goes to where it was.
  public func forward(_ input: Tensor<Scalar>) throws(NormalizationError) -> LayerPass<Scalar> {
    let operation = operation(input.shape)
    let (output, record) = operation(input)
    return LayerPass(output: output) { gradient in
      LayerGradients(
        input: operation.inputGradient(outputGradient: gradient, record: record), parameters: [])
    }
  }

  private func operation(_ inputShape: [Int]) -> PoolingOperation<Scalar> {
    PoolingOperation(
      kind, window, inputShape: inputShape, threadCount: execution.threadCount)
  }
}
