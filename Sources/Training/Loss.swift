public import NeuralNetworks
public import Normalization

/// What a classifier is trained on: a number for outputs and labels, and its gradient.
public struct Loss: Sendable {
  /// A loss, what led to it, and its gradient.
  public struct Result: Sendable {
    /// The average over the samples.
    public var loss: Double
    /// How many samples have their label's output as the largest.
    public var correctCount: Int
    /// With respect to the outputs, in their shape.
    public var gradient: Tensor<Float>

    /// Puts a result together.
    public init(loss: Double, correctCount: Int, gradient: Tensor<Float>) {
      (self.loss, self.correctCount, self.gradient) = (loss, correctCount, gradient)
    }
  }

  private let evaluation: @Sendable (Tensor<Float>, [Int]) -> Result

  /// Creates a loss from a function of the outputs [N, classes] and N labels.
  public init(
    _ evaluation: @escaping @Sendable (_ outputs: Tensor<Float>, _ labels: [Int]) -> Result
  ) {
    self.evaluation = evaluation
  }

  /// The loss of outputs [N, classes] for N labels.
  public func callAsFunction(_ outputs: Tensor<Float>, labels: [Int]) -> Result {
    evaluation(outputs, labels)
  }

  /// `SoftmaxCrossEntropy`.
  public static let softmaxCrossEntropy = Loss(.crossEntropy())

  /// A loss by name, such as `Loss(.crossEntropy(smoothing: 0.1))`.
  public init(_ loss: ClassificationLoss) {
    self.init { outputs, labels in
      let result = loss.evaluate(outputs, labels: labels)
      return Result(
        loss: result.loss, correctCount: result.correctCount, gradient: result.gradient)
    }
  }
}
