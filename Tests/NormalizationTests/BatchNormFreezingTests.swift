import Normalization
import Testing
import TestSupport

/// The two kinds of freezing, and what the parameters can represent.
@Suite struct BatchNormFreezingTests {
  private func frozen(_ freezing: Freezing, _ kind: AxisKind) -> BatchNorm<Double> {
    var layer = BatchNorm<Double>(featureCount: 3, axis: kind.axis)
    layer.scale = parameters(count: 3, seed: 1)
    layer.shift = parameters(count: 3, seed: 2)
    layer.runningStatistics = RunningStatistics(
      mean: [0.5, -1, 2], variance: [2, 0.5, 1], batchesTracked: 7)
    layer.freezing = freezing
    return layer
  }

  @Test(arguments: [Freezing.statistics, .statisticsAndParameters], AxisKind.allCases)
  func `a frozen layer trains with its running statistics and keeps them`(
    freezing: Freezing, kind: AxisKind
  ) throws {
    var layer = frozen(freezing, kind)
    let before = LayerState(layer)
    let x: Tensor<Double> = normalTensor(kind, channels: 3, values: 150, seed: 3)
    let pass = try layer.train(x)
    #expect(pass.output == (try layer.inference(x)))
    #expect(!pass.record.usesBatchStatistics)
    layer.commit(pass)
    layer.commit(pass.record)
    #expect(LayerState(layer) == before)
    // Nor does it take in a pass from before it was frozen.
    var thawed = layer
    thawed.freezing = .none
    let old = try thawed.trainingPass(x)
    layer.commit(old)
    #expect(LayerState(layer) == before)
  }

  @Test(arguments: [Freezing.statistics, .statisticsAndParameters], AxisKind.allCases)
  func `the gradients of a frozen layer treat its statistics as constants`(
    freezing: Freezing, kind: AxisKind
  ) throws {
    let layer = frozen(freezing, kind)
    let x: Tensor<Double> = normalTensor(kind, channels: 3, values: 150, seed: 3)
    let dy: Tensor<Double> = normalTensor(kind, channels: 3, values: 150, seed: 4)
    let found = layer.gradients(of: try layer.trainingPass(x), outputGradient: dy)
    let inference = try layer.inferenceGradients(input: x, outputGradient: dy)
    let running = try #require(layer.runningStatistics)
    let reference = BatchNormReference(
      x, axis: kind.axis, scale: layer.scale, statistics: (running.mean, running.variance))
    #expect(found.input.shape == x.shape)
    let worst = reference.gradients(dy).deviation(
      reference.view, input: found.input, scale: found.scale, shift: found.shift)
    #expect(worst.isTolerable, "\(worst)")
    #expect(inference.input == found.input)
    #expect(inference.scale == found.scale)
    #expect(inference.shift == found.shift)
    #expect((found.scale == nil) == (freezing == .statisticsAndParameters))
    #expect((found.shift == nil) == (freezing == .statisticsAndParameters))
  }

  @Test func `a frozen layer takes batches of one value`() throws {
    let layer = frozen(.statistics, .columns)
    let one = Tensor<Double>([1, 2, 3], shape: [1, 3])
    #expect(try layer.trainingPass(one).output == layer.inference(one))
  }

  // scale = sqrt(variance + epsilon), shift = mean undo the normalisation.
  @Test(arguments: AxisKind.allCases, ElementType.allCases)
  func `scale and shift can give the input back`(kind: AxisKind, element: ElementType) throws {
    func check<Scalar: NormalizationScalar>(_ type: Scalar.Type) throws {
      let x: Tensor<Scalar> = normalTensor(kind, channels: 4, values: 100, seed: 5)
      var layer = BatchNorm<Scalar>(featureCount: 4, axis: kind.axis)
      let statistics = try layer.trainingPass(x).record.statistics
      layer.scale = Tensor(
        statistics.variance.map { Scalar(($0 + layer.epsilon).squareRoot()) })
      layer.shift = Tensor(statistics.mean.map { Scalar($0) })
      let y = try layer.trainingPass(x).output
      #expect(y.shape == x.shape)
      // The bound of outputs, and half a unit each for rounding scale and shift.
      let unit = 10 * Scalar.ulpOfOne
      let shift = try #require(layer.shift)
      let view = ChannelView(shape: x.shape, axis: kind.axis)
      var worst: Scalar = 0
      for index in 0..<x.count {
        let mean = abs(shift[view.channel(of: index)])
        let size = max(1, abs(x[index] - shift[view.channel(of: index)]) + mean)
        worst = max(worst, abs(y[index] - x[index]) / (unit * size))
      }
      #expect(worst <= (Scalar.self == Float.self ? 1 : 7))
    }
    try check(element.type)
  }

  // A batch of one sample: each channel's statistics are those of that sample, instance normalization.
  @Test(arguments: [AxisKind.channelsLast, .channelsFirst, .volumes])
  func `a batch of one sample is normalised by the sample's own statistics`(kind: AxisKind) throws {
    let shape =
      kind.axis == -1 ? [1, 5, 7, 3] : kind == .volumes ? [1, 3, 5, 1, 7] : [1, 3, 5, 7]
    var generator = SeededGenerator(seed: 6)
    let one = Tensor<Float>(normal: shape, mean: 3, deviation: 2, using: &generator)
    let other = Tensor<Float>(normal: shape, mean: -1, deviation: 1, using: &generator)
    let layer = BatchNorm<Float>(featureCount: 3, axis: kind.axis)
    let worst = BatchNormReference(one, axis: kind.axis).deviation(
      of: try layer.trainingPass(one).output)
    #expect(worst.isTolerable, "\(worst)")
    // Two samples in one batch share their statistics: each is normalised otherwise.
    let both = Tensor(one.elements + other.elements, shape: [2] + shape.dropFirst())
    let joint = try layer.trainingPass(both).output.elements[..<one.count]
    #expect(Array(joint) != (try layer.trainingPass(one).output.elements))
  }
}
