import NeuralNetworks
import Normalization

/// A dense layer with normally distributed weights and bias.
func sampleDense<Scalar: NetworkScalar>(
  _ inputs: Int, _ outputs: Int, hasBias: Bool = true, using generator: inout SeededGenerator
) -> Dense<Scalar> {
  var dense = Dense<Scalar>(
    inputCount: inputs, outputCount: outputs, hasBias: hasBias,
    deviation: 1 / Double(inputs).squareRoot(), using: &generator)
  if hasBias { dense.bias = Tensor(normal: [outputs], using: &generator) }
  return dense
}

/// A normalization whose statistics, scale and shift are random; means and deviations of the size of the given ones.
func sampleNorm<Scalar: NetworkScalar>(
  _ count: Int, mean: Double = 1, deviation: Double = 1, epsilon: Double = 1e-5,
  using generator: inout SeededGenerator
) -> BatchNorm<Scalar> {
  var norm = BatchNorm<Scalar>(featureCount: count, epsilon: epsilon)
  norm.scale = Tensor(normal: [count], mean: 1, deviation: 0.5, using: &generator)
  norm.shift = Tensor(normal: [count], using: &generator)
  let means = (0..<count).map { _ in mean * (0.5 + generator.uniform()) }
  let deviations = (0..<count).map { _ in deviation * (0.5 + generator.uniform()) }
  norm.runningStatistics = RunningStatistics(
    mean: means, variance: deviations.map { $0 * $0 }, batchesTracked: 5)
  return norm
}

/// A layer around another that networks know nothing of.
struct Wrapper<Scalar: NetworkScalar>: Layer {
  var inner: any Layer<Scalar>

  func inference(_ input: Tensor<Scalar>) throws(NormalizationError) -> Tensor<Scalar> {
    try inner.inference(input)
  }

  func forward(_ input: Tensor<Scalar>) throws(NormalizationError) -> LayerPass<Scalar> {
    try inner.forward(input)
  }

  mutating func visitLayers(_ visit: (String, inout any Layer<Scalar>) -> Void) {
    inner.visitLayers { name, layer in visit(layerName("inner", name), &layer) }
  }
}
