import NeuralNetworks
import Normalization

extension Sequential where Scalar == Float {
  /// The cross-entropy of a batch, with its statistics where the network has batch normalization, and the gradients of
  /// all parameters, in their order.
  func lossAndGradients(
    _ features: Tensor<Float>, labels: [Int]
  ) throws(NormalizationError) -> (loss: Double, gradients: [Tensor<Float>?]) {
    let pass = try forward(features)
    let result = SoftmaxCrossEntropy.evaluate(pass.output, labels: labels)
    return (result.loss, pass.parameterGradients(result.gradient))
  }

  /// Moves all parameters along a direction.
  mutating func move(_ step: Double, along direction: [Tensor<Float>?]) {
    var index = 0
    visitParameters { _, value in
      defer { index += 1 }
      guard let part = direction[index] else { return }
      let source = part.span
      var target = value.mutableSpan
      for i in source.indices { target[i] += Float(step) * source[i] }
    }
  }
}

extension Tensor where Scalar == Float {
  /// The sum of the squares, in Float64.
  var squaredLength: Double {
    let elements = span
    return elements.indices.reduce(0) { $0 + Double(elements[$1]) * Double(elements[$1]) }
  }

  /// The root of the sum of the squares.
  var length: Double { squaredLength.squareRoot() }

  /// The sum of the squared differences, in Float64.
  func squaredDistance(to other: Tensor) -> Double {
    let (left, right) = (span, other.span)
    return left.indices.reduce(0) {
      let difference = Double(left[$1]) - Double(right[$1])
      return $0 + difference * difference
    }
  }
}
