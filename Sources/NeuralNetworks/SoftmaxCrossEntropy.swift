public import Normalization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The loss of a classifier: the cross-entropy of the softmax of its outputs, averaged over the samples.
///
///     p = exp(z - max z) / sum exp(z - max z)
///     loss = average over samples of -log p[label]        dz = (p - [class = label]) / N
///
/// Shapes: outputs and gradient [N, classCount]; labels N numbers in 0..<classCount.
public enum SoftmaxCrossEntropy {
  /// A loss, what led to it, and its gradient.
  public struct Result<Scalar: NetworkScalar>: Sendable {
    /// The average over the samples, in nats.
    public let loss: Double
    /// How many samples have their label's output as the largest.
    public let correctCount: Int
    /// With respect to the outputs.
    public let gradient: Tensor<Scalar>
  }

  /// The loss of outputs for labels. Computed in Float64.
  ///
  /// - Precondition: as many labels as samples, each the number of a class.
  public static func evaluate<Scalar: NetworkScalar>(
    _ outputs: Tensor<Scalar>, labels: [Int]
  ) -> Result<Scalar> {
    softmaxCrossEntropy(outputs, labels)
  }
}

@specialized(where Scalar == Float)
private func softmaxCrossEntropy<Scalar: NetworkScalar>(
  _ outputs: Tensor<Scalar>, _ labels: [Int]
) -> SoftmaxCrossEntropy.Result<Scalar> {
  precondition(
    outputs.rank == 2 && outputs.shape[0] == labels.count,
    "\(labels.count) labels need outputs of shape [\(labels.count), classes], not \(outputs.shape)."
  )
  let (samples, classes) = (outputs.shape[0], outputs.shape[1])
  var loss = 0.0
  var correctCount = 0
  let z = outputs.span
  let gradient = Tensor<Scalar>(unsafeUninitialized: outputs.shape) { gradient in
    var exponentials = [Double](repeating: 0, count: classes)
    for sample in 0..<samples {
      let (start, label) = (sample * classes, labels[sample])
      precondition(
        (0..<classes).contains(label), "Label \(label) is none of the \(classes) classes.")
      var best = 0
      for c in 1..<max(1, classes) where z[start + c] > z[start + best] { best = c }
      if best == label { correctCount += 1 }
      var sum = 0.0
      for c in 0..<classes {
        exponentials[c] = exp(Double(z[start + c]) - Double(z[start + best]))
        sum += exponentials[c]
      }
      loss += log(sum) - (Double(z[start + label]) - Double(z[start + best]))
      for c in 0..<classes {
        let target = c == label ? 1.0 : 0.0
        gradient[start + c] = Scalar((exponentials[c] / sum - target) / Double(samples))
      }
    }
  }
  return .init(
    loss: samples == 0 ? 0 : loss / Double(samples), correctCount: correctCount,
    gradient: gradient)
}
