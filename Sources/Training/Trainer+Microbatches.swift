import NeuralNetworks
public import Normalization

extension Trainer {
  /// Trains on one batch that comes in parts, as if it came as a whole.
  ///
  /// Each layer takes all parts before the next one begins, so that batch normalization has the statistics of the
  /// whole batch, forward and backward. Usual accumulation normalises each part with its own, which is another
  /// function of the input; see Documentation/Statistics.md. The loss is taken over all samples at once, so that parts
  /// may have different sizes.
  ///
  /// Normalization layers give the bits of the whole batch where parts are cut at block boundaries; sums over samples
  /// in other layers, such as the gradients of weights, are those of the whole batch to rounding. Activations of all
  /// parts are kept until the backward pass has used them, so the memory saved is what layers need besides.
  ///
  /// - Parameter microbatches: the parts: features whose first axis counts samples, and as many labels.
  /// - Returns: the score of the whole batch before the parameters moved.
  /// - Throws: what a normalization layer refuses; nothing has changed then.
  /// - Precondition: there is a part.
  public mutating func train(
    microbatches: [(features: Tensor<Float>, labels: [Int])]
  ) throws(NormalizationError) -> Score {
    precondition(!microbatches.isEmpty, "A batch in parts needs at least one, but there is none.")
    return try train(on: microbatches)
  }

  /// Forward, backward and running statistics of a batch in parts.
  mutating func differentiate(
    _ parts: [(features: Tensor<Float>, labels: [Int])], _ onlyIfFinite: Bool
  ) throws(NormalizationError) -> Derivative {
    let labels = parts.flatMap(\.labels)
    let pass = try network.forward(parts: parts.map(\.features))
    let result = loss.evaluate(Tensor(joining: pass.outputs), labels: labels)
    let score = Score(result, count: labels.count)
    guard result.loss.isFinite || !onlyIfFinite else { return (score, nil) }
    var start = 0
    let outputGradients = parts.map { part in
      defer { start += part.labels.count }
      return result.gradient.samples(start..<start + part.labels.count)
    }
    let gradients = pass.pullback(outputGradients).parameters
    network.commit(parts: pass)
    return (score, gradients)
  }
}
