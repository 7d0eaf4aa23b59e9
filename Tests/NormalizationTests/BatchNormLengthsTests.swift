import Normalization
import Testing
import TestSupport

/// Weights of padded sequences from their lengths.
@Suite struct BatchNormLengthsTests {
  @Test func `weights are 1 up to the length along any axis`() throws {
    let last = BatchNorm<Float>(featureCount: 5)
    #expect(
      try last.weights(lengths: [2, 0, 3], of: [3, 3, 5])
        == Tensor([1, 1, 0, 0, 0, 0, 1, 1, 1], shape: [3, 3]))
    #expect(
      try last.weights(lengths: [1, 2], of: [2, 2, 3, 5], along: -3)
        == Tensor([1, 1, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1], shape: [2, 2, 3]))
    #expect(
      try last.weights(lengths: [1, 2], of: [2, 2, 3, 5], along: 2)
        == Tensor([1, 0, 0, 1, 0, 0, 1, 1, 0, 1, 1, 0], shape: [2, 2, 3]))
    let first = BatchNorm<Double>(featureCount: 5, axis: 1)
    #expect(
      try first.weights(lengths: [1, 3], of: [2, 5, 3], along: -1)
        == Tensor([1, 0, 0, 1, 1, 1], shape: [2, 3]))
    #expect(try first.weights(lengths: [], of: [0, 5, 3], along: 2).shape == [0, 3])
  }

  @Test(arguments: [-1, 4])
  func `a length outside the axis is refused, naming the sequence`(length: Int) {
    let layer = BatchNorm<Float>(featureCount: 5)
    let expected = NormalizationError.invalidLength(sample: 1, found: length, extent: 3)
    #expect(throws: expected) { try layer.weights(lengths: [0, length], of: [2, 3, 5]) }
    #expect(expected.description.contains("0...3"))
  }

  @Test func `padding changes nothing, however long it is`() throws {
    var generator = SeededGenerator(seed: 1)
    let x = Tensor<Float>(normal: [2, 3, 4], using: &generator)
    let layer = BatchNorm<Float>(featureCount: 4)
    let expected = try layer.trainingPass(
      x, weights: layer.weights(lengths: [2, 3], of: [2, 3, 4]))
    var longer = Tensor<Float>(repeating: .nan, shape: [2, 7, 4])
    for sample in 0..<2 {
      for index in 0..<12 { longer[sample * 28 + index] = x[sample * 12 + index] }
    }
    let pass = try layer.trainingPass(
      longer, weights: layer.weights(lengths: [2, 3], of: [2, 7, 4]))
    for sample in 0..<2 {
      for index in 0..<28 {
        let found = pass.output[sample * 28 + index]
        #expect(found == (index < 12 ? expected.output[sample * 12 + index] : 0))
      }
    }
  }
}
