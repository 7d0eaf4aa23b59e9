import NeuralNetworks
import Normalization
import TestSupport

/// A layer like dropout: in training every other element is doubled and the others are 0, in inference nothing happens.
struct EveryOther: Layer {
  typealias Scalar = Double

  func inference(_ input: Tensor<Double>) throws(NormalizationError) -> Tensor<Double> { input }

  func forward(_ input: Tensor<Double>) throws(NormalizationError) -> LayerPass<Double> {
    var output = input
    for index in 0..<output.count { output[index] *= index % 2 == 0 ? 2 : 0 }
    return LayerPass(output: output) { LayerGradients(input: $0, parameters: []) }
  }
}

/// A layer that shows no one what is in it.
struct Hiding: Layer {
  typealias Scalar = Double
  var inner: BatchNorm<Double>

  func inference(_ input: Tensor<Double>) throws(NormalizationError) -> Tensor<Double> {
    try inner.inference(input)
  }
  func forward(_ input: Tensor<Double>) throws(NormalizationError) -> LayerPass<Double> {
    try inner.forward(input)
  }
  mutating func visitLayers(_ visit: (String, inout any Layer<Double>) -> Void) {
    inner.visitLayers(visit)
  }
}

/// in, norm1, dropout, tanh, block.dense, block.norm2, norm3.
func recalibrationNetwork(
  seed: UInt64, tracking: RunningStatistics.Tracking = .unbiasedVariance,
  dropout: any Layer<Double> = EveryOther()
) -> Sequential<Double> {
  var generator = SeededGenerator(seed: seed)
  func dense(_ inputs: Int, _ outputs: Int) -> Dense<Double> {
    Dense(inputCount: inputs, outputCount: outputs, deviation: 0.8, using: &generator)
  }
  func norm(_ count: Int) -> BatchNorm<Double> {
    var norm = BatchNorm<Double>(featureCount: count, tracking: tracking)
    norm.scale = Tensor(normal: [count], mean: 1, deviation: 0.3, using: &generator)
    norm.shift = Tensor(normal: [count], using: &generator)
    return norm
  }
  let input = dense(3, 6)
  let first = norm(6)
  let block = Sequential<Double>([.init("dense", dense(6, 4)), .init("norm2", norm(4))])
  return Sequential([
    .init("in", input), .init("norm1", first), .init("dropout", dropout),
    .init("tanh", Activation(.tanh)), .init("block", block), .init("norm3", norm(4)),
  ])
}

/// Batches of the given sizes, of data whose mean drifts from batch to batch.
func raggedBatches(_ sizes: [Int], seed: UInt64, drift: Double = 1) -> [Tensor<Double>] {
  var generator = SeededGenerator(seed: seed)
  return sizes.enumerated().map { index, size in
    Tensor(normal: [size, 3], mean: drift * Double(index % 3) - 2, using: &generator)
  }
}

/// The samples of all batches as one.
func joined(_ batches: [Tensor<Double>]) -> Tensor<Double> {
  let rows = batches.reduce(0) { $0 + $1.shape[0] }
  return Tensor(batches.flatMap(\.elements), shape: [rows, batches[0].shape[1]])
}

/// Mean and biased variance of the columns of some matrices together, summed in two passes in the widest type.
func pooledReference(_ batches: [Tensor<Double>]) -> (mean: [Double], variance: [Double]) {
  let columns = batches[0].shape[1]
  var (means, variances): ([Double], [Double]) = ([], [])
  for column in 0..<columns {
    let values = batches.flatMap { batch in
      (0..<batch.shape[0]).map { Wide(batch[$0 * columns + column]) }
    }
    let mean = values.reduce(0, +) / Wide(values.count)
    let squares = values.map { ($0 - mean) * ($0 - mean) }
    means.append(Double(mean))
    variances.append(Double(squares.reduce(0, +) / Wide(values.count)))
  }
  return (means, variances)
}
