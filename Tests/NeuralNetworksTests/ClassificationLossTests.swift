import NeuralNetworks
import Normalization
import Testing

@Suite struct ClassificationLossTests {
  private let outputs = Tensor<Float>([3, 1, 0.5, 0.5], shape: [2, 2])

  @Test func `cross-entropy is that of the outputs`() {
    let expected = SoftmaxCrossEntropy.evaluate(outputs, labels: [0, 1], smoothing: 0.25)
    let found = ClassificationLoss.crossEntropy(smoothing: 0.25).evaluate(outputs, labels: [0, 1])
    #expect(found.loss == expected.loss)
    #expect(found.gradient == expected.gradient)
    #expect(found.correctCount == expected.correctCount)
  }

  /// Squares 4, 1, 1/4, 1/4; of the equal outputs the first counts.
  @Test func `the squared error is against 1 for the class and 0 for the others`() {
    let found = ClassificationLoss.meanSquaredError.evaluate(outputs, labels: [0, 1])
    #expect(found.loss == 5.5 / 4)
    #expect(found.gradient == Tensor([1, 0.5, 0.25, -0.25], shape: [2, 2]))
    #expect(found.correctCount == 1)
  }

  @Test func `losses say what they are`() {
    let losses: [ClassificationLoss] = [
      .crossEntropy(), .crossEntropy(smoothing: 0.1), .meanSquaredError,
    ]
    #expect(
      losses.map(\.description) == [
        "cross-entropy", "cross-entropy smoothed by 0.1", "mean squared error",
      ])
  }

  @Test func `a label that is no class is a programmer's mistake`() async {
    await #expect(processExitsWith: .failure) {
      _ = ClassificationLoss.meanSquaredError.evaluate(
        Tensor<Float>(repeating: 0, shape: [1, 2]), labels: [2])
    }
  }
}
