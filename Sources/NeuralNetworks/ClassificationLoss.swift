public import Normalization

/// The loss that a classifier is trained with.
public enum ClassificationLoss: Equatable, Codable, Sendable, CustomStringConvertible {
  /// ``SoftmaxCrossEntropy``. The smoothing, in 0...1, is the part of each label that all classes share evenly.
  case crossEntropy(smoothing: Double = 0)
  /// ``MeanSquaredError`` against 1 for the label's class and 0 for the others.
  case meanSquaredError

  /// "cross-entropy", "cross-entropy smoothed by 0.1" or "mean squared error".
  public var description: String {
    switch self {
    case .crossEntropy(smoothing: 0): "cross-entropy"
    case .crossEntropy(let smoothing): "cross-entropy smoothed by \(smoothing)"
    case .meanSquaredError: "mean squared error"
    }
  }

  /// The loss of outputs [N, classCount] for labels.
  ///
  /// - Precondition: as many labels as samples, each the number of a class.
  public func evaluate<Scalar: NetworkScalar>(
    _ outputs: Tensor<Scalar>, labels: [Int]
  ) -> SoftmaxCrossEntropy.Result<Scalar> {
    switch self {
    case .crossEntropy(let smoothing):
      return SoftmaxCrossEntropy.evaluate(outputs, labels: labels, smoothing: smoothing)
    case .meanSquaredError:
      let targets = oneHot(labels, like: outputs)
      let result = MeanSquaredError.evaluate(outputs, targets: targets)
      let correctCount = zip(outputs.recognizedClasses, labels).count { $0 == $1 }
      return .init(loss: result.loss, correctCount: correctCount, gradient: result.gradient)
    }
  }
}

/// 1 for the label's class and 0 for the others.
private func oneHot<Scalar: NetworkScalar>(
  _ labels: [Int], like outputs: Tensor<Scalar>
) -> Tensor<Scalar> {
  precondition(
    outputs.rank == 2 && outputs.shape[0] == labels.count,
    "\(labels.count) labels need outputs of shape [\(labels.count), classes], not \(outputs.shape)."
  )
  let classes = outputs.shape[1]
  var targets = Tensor<Scalar>(repeating: 0, shape: outputs.shape)
  for (sample, label) in labels.enumerated() {
    precondition((0..<classes).contains(label), "Label \(label) is none of the \(classes) classes.")
    targets[sample * classes + label] = 1
  }
  return targets
}
