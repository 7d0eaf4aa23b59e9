import Datasets
import LinearAlgebra
import NeuralNetworks
import Normalization
import Training

/// A network for small images of one channel, small enough for many runs: two convolutions of 3x3 with 8 and 16 channels, each
/// with an activation and a maximum over 2x2, and a linear layer.
struct SmallConvolutionalNetwork {
  /// [height, width, 1], both at least 4.
  var imageShape: [Int]
  /// Whether batch normalization stands before the activations.
  var isNormalized: Bool
  /// Whether local response normalization stands behind them (Krizhevsky et al. 2012).
  var hasLocalResponse: Bool
  /// Before the last layer; 0 for none.
  var dropoutRate: Double
  /// Of the initial weights, which are the same whatever stands between them.
  var seed: UInt64
  var execution: Execution

  /// The network with its initial weights: those of He et al. 2015.
  var network: Sequential<Float> {
    var stages: [Sequential<Float>.Stage] = []
    for (index, (inputs, outputs)) in [(1, 8), (8, 16)].enumerated() {
      let number = index + 1
      var generator = SeededGenerator(seed: seed, stream: UInt64(number))
      stages.append(
        .init(
          "conv\(number)",
          Convolution<Float>(
            inputChannels: inputs, outputChannels: outputs,
            window: SlidingWindow(kernel: [3, 3], stride: [1, 1], padding: [1, 1]),
            hasBias: !isNormalized, using: &generator, execution: execution)))
      if isNormalized {
        stages.append(
          .init("norm\(number)", BatchNorm<Float>(featureCount: outputs, execution: execution)))
      }
      stages.append(.init("relu\(number)", Activation<Float>(.relu, execution: execution)))
      if hasLocalResponse {
        stages.append(
          .init("response\(number)", LocalResponseNormalization<Float>(size: 5, alpha: 5e-4, k: 2)))
      }
      stages.append(
        .init(
          "pool\(number)",
          Pooling<Float>(
            .maximum, window: SlidingWindow(kernel: [2, 2], stride: [2, 2]), execution: execution)))
    }
    let width = imageShape[0] / 4 * (imageShape[1] / 4) * 16
    stages.append(.init("flatten", Flatten()))
    if dropoutRate > 0 { stages.append(.init("dropout", Dropout(rate: dropoutRate, seed: seed))) }
    var generator = SeededGenerator(seed: seed, stream: 3)
    stages.append(
      .init(
        "output",
        Dense<Float>(
          inputCount: width, outputCount: 10, deviation: 1 / Double(width).squareRoot(),
          using: &generator, execution: execution)))
    return Sequential(stages)
  }
}

extension ExperimentData {
  /// The same as images [height, width, 1], which features of squares become.
  var asImages: ExperimentData {
    guard sampleShape.count == 1 else { return self }
    let extent = Int(Double(sampleShape[0]).squareRoot())
    let shape = [extent, extent, 1]
    return ExperimentData(
      training: training.shaped(shape), test: test.shaped(shape), sampleShape: shape)
  }
}

/// Batches that always hold the same samples together: one division, whose batches come in a new order in every epoch.
struct FixedDivision {
  /// The samples of each step.
  let batches: [[Int]]

  /// Divides the samples.
  init(sampleCount: Int, batchSize: Int, steps: Int, seed: UInt64) throws {
    var drawn = try Batches(sampleCount: sampleCount, batchSize: batchSize, seed: seed)
    let division = (0..<drawn.batchesPerEpoch).map { _ in drawn.next() }
    var generator = SeededGenerator(seed: seed, stream: 0x6f72_6465_7200)
    var batches: [[Int]] = []
    while batches.count < steps { batches += division.shuffled(using: &generator) }
    self.batches = Array(batches.prefix(steps))
  }
}
