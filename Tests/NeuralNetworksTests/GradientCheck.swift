import NeuralNetworks
import Normalization
import Testing

/// Checks a layer's gradients against central differences, in Float64.
///
/// The loss is a weighted sum of the outputs with random weights: a plain sum has a gradient of zero behind a
/// normalization, and would prove nothing. The step 1e-4 has an error of about 1e-8 of the third derivative;
/// 1e-7 of the gradients' size is demanded. For steep functions, such as normalizations of small values one behind the
/// other, that is too much: differences over two steps then take out the third derivative, which leaves 1e-17 of the
/// fifth.
func expectGradientsMatchDifferences(
  of layer: some Layer<Double>, inputShape: [Int], seed: UInt64, isSteep: Bool = false
) throws {
  var generator = SeededGenerator(seed: seed)
  let input = Tensor<Double>(normal: inputShape, mean: 0.3, using: &generator)
  let pass = try layer.forward(input)
  let weights = Tensor<Double>(normal: pass.output.shape, using: &generator)
  let gradients = pass.pullback(weights)

  func loss(_ layer: some Layer<Double>, _ input: Tensor<Double>) throws -> Double {
    let output = try layer.forward(input).output
    return (0..<output.count).reduce(0) { $0 + weights[$1] * output[$1] }
  }
  func compare(_ found: Tensor<Double>, _ name: String, _ moved: (Int, Double) throws -> Double)
    throws
  {
    let step = 1e-4
    var error = 0.0
    var size = 0.0
    for i in 0..<found.count {
      var difference = (try moved(i, step) - moved(i, -step)) / (2 * step)
      if isSteep {
        let wide = (try moved(i, 2 * step) - moved(i, -2 * step)) / (4 * step)
        difference += (difference - wide) / 3
      }
      error += (found[i] - difference) * (found[i] - difference)
      size += difference * difference
    }
    #expect(size > 0, "the gradient of \(name) is zero and proves nothing (seed \(seed))")
    #expect(error.squareRoot() <= 1e-7 * size.squareRoot(), "\(name), seed \(seed)")
  }

  #expect(gradients.input.shape == inputShape)
  try compare(gradients.input, "input") { index, step in
    var moved = input
    moved[index] += step
    return try loss(layer, moved)
  }
  let parameters = layer.parameters
  #expect(gradients.parameters.count == parameters.count)
  for (number, parameter) in parameters.enumerated() {
    let gradient = try #require(gradients.parameters[number])
    #expect(gradient.shape == parameter.value.shape)
    try compare(gradient, parameter.info.name) { index, step in
      var moved = layer
      var current = 0
      moved.visitParameters { _, value in
        if current == number { value[index] += step }
        current += 1
      }
      return try loss(moved, input)
    }
  }
}
