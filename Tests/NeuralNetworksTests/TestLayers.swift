import NeuralNetworks
import Normalization

/// A normalization that takes its statistics of each sample, as the layer normalizations do: y = scale * (x - mean).
struct SampleCentering: NormalizationLayer {
  typealias Scalar = Double

  var scale: Tensor<Double>?
  var shift: Tensor<Double>?
  var freezing = Freezing.none
  var runningStatistics: RunningStatistics? {
    get { nil }
    set { precondition(newValue == nil, "A layer without running statistics was given some.") }
  }
  let epsilon = 0.0
  let statisticsSet = StatisticsSet.sample

  init(featureCount: Int) {
    scale = Tensor(repeating: 1, shape: [featureCount])
  }

  func canFreeze(_ freezing: Freezing) -> Bool { freezing != .statistics }

  func inference(_ input: Tensor<Double>) throws(NormalizationError) -> Tensor<Double> {
    let (rows, columns) = (input.shape[0], input.shape[1])
    var output = input
    for row in 0..<rows {
      let mean = (0..<columns).reduce(0) { $0 + input[row * columns + $1] } / Double(columns)
      for c in 0..<columns {
        output[row * columns + c] = (input[row * columns + c] - mean) * (scale?[c] ?? 1)
      }
    }
    return output
  }

  func forward(_ input: Tensor<Double>) throws(NormalizationError) -> LayerPass<Double> {
    let isFrozen = freezing == .statisticsAndParameters
    let ones = Tensor<Double>(repeating: 1, shape: scale?.shape ?? [0])
    return LayerPass(output: try inference(input)) { gradient in
      LayerGradients(input: gradient, parameters: [isFrozen ? nil : ones])
    }
  }

  mutating func visitParameters(_ visit: (ParameterInfo, inout Tensor<Double>) -> Void) {
    guard var value = scale else { return }
    let isFrozen = freezing == .statisticsAndParameters
    visit(ParameterInfo(name: "scale", role: .normalization, isFrozen: isFrozen), &value)
    scale = value
  }
}

/// A network of two levels with normalization on both:
/// `in`, `block.norm`, `block.dense`, `block.inner.norm`, `norm`.
func nestedNetwork(
  seed: UInt64, innermost: any Layer<Double> = BatchNorm<Double>(featureCount: 4)
) -> Sequential<Double> {
  var generator = SeededGenerator(seed: seed)
  func dense(_ inputs: Int, _ outputs: Int) -> Dense<Double> {
    Dense(inputCount: inputs, outputCount: outputs, deviation: 0.7, using: &generator)
  }
  let input = dense(3, 5)
  let block = Sequential<Double>([
    .init("norm", BatchNorm<Double>(featureCount: 5)),
    .init("dense", dense(5, 4)),
    .init("inner", Sequential<Double>([.init("norm", innermost)])),
  ])
  return Sequential([
    .init("in", input), .init("block", block), .init("activation", Activation(.tanh)),
    .init("norm", BatchNorm<Double>(featureCount: 4)),
  ])
}
