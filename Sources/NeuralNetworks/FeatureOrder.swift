public import Normalization

extension Tensor {
  /// The columns of a matrix, from channels-last to channels-first order: the weights of a ``Dense`` layer behind
  /// ``Flatten`` as PyTorch needs them.
  ///
  ///     column p * C + c   becomes   column c * P + p        p = h * W + w of P = H * W positions
  ///
  /// Shapes: [rows, P * C], and the same again. Works as well for the flattened features themselves.
  ///
  /// - Precondition: the rank is 2, and `channelCount` divides the number of columns.
  public func featuresChannelsFirst(channelCount: Int) -> Tensor {
    exchanged(outer: positions(channelCount), inner: channelCount)
  }

  /// The columns of a matrix, from channels-first to channels-last order: the weights of PyTorch's linear layer behind
  /// its flattening, for a ``Dense`` layer behind ``Flatten``.
  ///
  ///     column c * P + p   becomes   column p * C + c        p = h * W + w of P = H * W positions
  ///
  /// Shapes: [rows, C * P], and the same again.
  ///
  /// - Precondition: the rank is 2, and `channelCount` divides the number of columns.
  public func featuresChannelsLast(channelCount: Int) -> Tensor {
    exchanged(outer: channelCount, inner: positions(channelCount))
  }

  private func positions(_ channelCount: Int) -> Int {
    precondition(
      rank == 2 && channelCount > 0 && shape[1] % channelCount == 0,
      "\(channelCount) channels need a matrix [rows, \(channelCount) * positions], not \(shape).")
    return shape[1] / channelCount
  }

  /// Each row [outer, inner] as [inner, outer].
  private func exchanged(outer: Int, inner: Int) -> Tensor {
    Tensor(unsafeUninitialized: shape) { result in
      let source = span
      for start in stride(from: 0, to: count, by: outer * inner) {
        for o in 0..<outer {
          for i in 0..<inner { result[start + i * outer + o] = source[start + o * inner + i] }
        }
      }
    }
  }
}
