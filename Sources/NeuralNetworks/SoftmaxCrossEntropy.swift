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
///     q = (1 - smoothing) [class = label] + smoothing / classCount
///     loss = average over samples of -sum over classes of q log p        dz = (p - q) / N
///
/// Without smoothing the loss of a sample is -log p[label]. With it no output gains by growing without end (Szegedy,
/// Vanhoucke, Ioffe, Shlens and Wojna 2015, arXiv:1512.00567, section 7; PyTorch's `label_smoothing`).
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
  /// - Parameters:
  ///   - outputs: [N, classCount].
  ///   - labels: N numbers of classes.
  ///   - smoothing: the part of each label that all classes share evenly, in 0...1.
  /// - Precondition: as many labels as samples, each the number of a class.
  public static func evaluate<Scalar: NetworkScalar>(
    _ outputs: Tensor<Scalar>, labels: [Int], smoothing: Double = 0
  ) -> Result<Scalar> {
    precondition(
      (0...1).contains(smoothing), "Label smoothing lies in 0...1, but is \(smoothing).")
    return softmaxCrossEntropy(outputs, labels, smoothing)
  }
}

@specialized(where Scalar == Float)
private func softmaxCrossEntropy<Scalar: NetworkScalar>(
  _ outputs: Tensor<Scalar>, _ labels: [Int], _ smoothing: Double
) -> SoftmaxCrossEntropy.Result<Scalar> {
  precondition(
    outputs.rank == 2 && outputs.shape[0] == labels.count,
    "\(labels.count) labels need outputs of shape [\(labels.count), classes], not \(outputs.shape)."
  )
  let (samples, classes) = (outputs.shape[0], outputs.shape[1])
  var loss = 0.0
  var correctCount = 0
  let z = outputs.span
  let share = smoothing / Double(classes)
  let gradient = Tensor<Scalar>(unsafeUninitialized: outputs.shape) { gradient in
    var exponentials = [Double](repeating: 0, count: classes)
    for sample in 0..<samples {
      let (start, label) = (sample * classes, labels[sample])
      precondition(
        (0..<classes).contains(label), "Label \(label) is none of the \(classes) classes.")
      let best = recognizedClass(in: z, from: start, count: classes)
      if best == label { correctCount += 1 }
      let largest = Double(z[start + best])
      var sum = 0.0
      var distance = 0.0
      for c in 0..<classes {
        let z = Double(z[start + c]) - largest
        exponentials[c] = exp(z)
        sum += exponentials[c]
        distance += z
      }
      // -sum of q (z - log sum): the weights q sum to 1.
      loss += log(sum) - (1 - smoothing) * (Double(z[start + label]) - largest)
      if smoothing > 0 { loss -= share * distance }
      for c in 0..<classes {
        let target = c == label ? 1 - smoothing + share : share
        gradient[start + c] = Scalar((exponentials[c] / sum - target) / Double(samples))
      }
    }
  }
  return .init(
    loss: samples == 0 ? 0 : loss / Double(samples), correctCount: correctCount,
    gradient: gradient)
}
