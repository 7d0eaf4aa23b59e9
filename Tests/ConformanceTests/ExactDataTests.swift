import Normalization
import TestSupport
import Testing

/// Equality, to the last bit, on data whose every number is exact: see `ExactData`.
@Suite struct ExactDataTests {
  /// The shapes of all networks, each once, and how many samples make exact blocks of them.
  static let images = Set(Architecture.allCases.flatMap(\.images)).sorted {
    ($0.extent, $0.channels) < ($1.extent, $1.channels)
  }

  private func samples(_ image: ImageShape) -> Int { image.area % 2 == 0 ? 2 : 4 }

  @Test func `the networks have the known numbers of shapes`() {
    #expect(Architecture.resNet50.images.count == 9 + 3)
    #expect(Architecture.googLeNet.images.count == 33 + 1)
    #expect(Architecture.denseNet121.images.count == 65)
    #expect(Self.images.count == 89 + 1)
  }

  @Test func `batch normalization is exact on the shapes of three networks`() throws {
    var tally = Tally("exact data, batch normalization")
    for image in Self.images {
      for layout in ImageLayout.allCases {
        let shape = layout.shape(image, samples: samples(image))
        check(ExactData(.batch, shape, axis: layout.axis), "epsilon 3*variance", &tally)
      }
    }
    for image in Architecture.resNet50.images {
      for layout in ImageLayout.allCases {
        let shape = layout.shape(image, samples: samples(image))
        let data = ExactData(.batch, shape, axis: layout.axis, vanishingEpsilon: true)
        check(data, "epsilon 0", &tally)
      }
    }
    tally.finish(expecting: [
      "forward, epsilon 3*variance": 180, "inference, epsilon 3*variance": 180,
      "backward, epsilon 3*variance": 180, "forward, epsilon 0": 24, "inference, epsilon 0": 24,
      "backward, epsilon 0": 24,
    ])
  }

  private func check(_ data: ExactData, _ kind: String, _ tally: inout Tally) {
    let (x, dy) = (data.input, data.outputGradient)
    var layer = BatchNorm<Float>(
      featureCount: data.channels, axis: data.axis, epsilon: data.epsilon)
    (layer.scale, layer.shift) = (data.parameter(data.scale), data.parameter(data.shift))
    tally.run("forward, \(kind)", data) { findings in
      let pass = try layer.trainingPass(x)
      check(pass.record.statistics, data, &findings)
      findings.requireEqual(pass.output, data, "output", data.output)
      checkRunning(layer, pass, data, &findings)
    }
    tally.run("inference, \(kind)", data) { try checkInference(layer, x, dy, data, &$0) }
    tally.run("backward, \(kind)", data) { findings in
      let pass = try layer.trainingPass(x)
      check(layer.gradients(of: pass, outputGradient: dy), data, &findings)
    }
  }

  private func check(
    _ found: ChannelStatistics, _ data: ExactData, _ findings: inout Findings
  ) {
    findings.requireEqual(found.mean, data.mean, "mean")
    findings.requireEqual(found.variance, data.deviation.map { $0 * $0 }, "variance")
    findings.requireEqual(found.inverseDeviation, data.inverse, "1/deviation")
  }

  private func check(
    _ found: NormalizationGradients<Float>, _ data: ExactData, _ findings: inout Findings
  ) {
    findings.requireEqual(found.input, data, "input gradient", data.inputGradient)
    let expected = data.parameterGradients()
    findings.requireEqual(found.scale, expected.scale, "scale gradient")
    guard data.norm != .rms else { return }
    findings.requireEqual(found.shift, expected.shift, "shift gradient")
  }

  // Halves of dyadic numbers are exact; m/(m-1) is not, but correctly rounded, and stays so times a power of four.
  private func checkRunning(
    _ layer: BatchNorm<Float>, _ pass: BatchNorm<Float>.TrainingPass, _ data: ExactData,
    _ findings: inout Findings
  ) {
    var layer = layer
    let (oldMean, oldVariance) = (0.75, 2.0)
    let old = RunningStatistics(
      mean: data.mean.map { _ in oldMean }, variance: data.mean.map { _ in oldVariance },
      tracking: .biasedVariance)
    layer.momentum = .keeping(0.5)
    layer.runningStatistics = old
    layer.commit(pass)
    findings.requireEqual(
      layer.runningStatistics?.mean ?? [], data.mean.map { (oldMean + $0) / 2 }, "running mean")
    findings.requireEqual(
      layer.runningStatistics?.variance ?? [],
      data.deviation.map { (oldVariance + $0 * $0) / 2 }, "biased running variance")
    layer.momentum = .keeping(0)
    layer.runningStatistics = RunningStatistics(featureCount: data.channels)
    layer.commit(pass)
    let factor = Double(data.valuesPerSet) / Double(data.valuesPerSet - 1)
    findings.requireEqual(
      layer.runningStatistics?.variance ?? [], data.deviation.map { $0 * $0 * factor },
      "unbiased running variance")
  }

  private func checkInference(
    _ given: BatchNorm<Float>, _ x: Tensor<Float>, _ dy: Tensor<Float>, _ data: ExactData,
    _ findings: inout Findings
  ) throws {
    // Running variances whose sum with epsilon is a power of four.
    let a = (data.epsilon / 3).squareRoot()
    let roots = (0..<data.channels).map {
      data.epsilon > 0 ? a * [2, 4, 8][$0 % 3] : [0.5, 1, 2][$0 % 3]
    }
    let means = data.mean.enumerated().map { $1 + 0.5 * Double($0 % 3 - 1) }
    var layer = given
    layer.runningStatistics = RunningStatistics(
      mean: means, variance: roots.map { $0 * $0 - data.epsilon })
    let inverse = roots.map { 1 / $0 }
    findings.requireEqual(try layer.inference(x), data, "output") {
      data.inferredOutput($0, $1, $2, mean: means, inverse: inverse)
    }
    let found = try layer.inferenceGradients(input: x, outputGradient: dy)
    findings.requireEqual(found.input, data, "input gradient") {
      data.inferredInputGradient($0, $1, $2, inverse: inverse)
    }
    let expected = data.parameterGradients((means, inverse))
    findings.requireEqual(found.scale, expected.scale, "scale gradient")
    findings.requireEqual(found.shift, expected.shift, "shift gradient")
  }

  @Test func `instance and group normalization are exact on shapes of ResNet-50`() throws {
    var tally = Tally("exact data, instance and group normalization")
    for image in Architecture.resNet50.images where image.area % 2 == 0 {
      for layout in ImageLayout.allCases {
        let shape = layout.shape(image, samples: 2)
        let instances = ExactData(.instance, shape, axis: layout.axis)
        var instance = InstanceNorm<Float>(
          featureCount: image.channels, axis: layout.axis, epsilon: instances.epsilon)
        (instance.scale, instance.shift) = parameters(instances)
        check(instance, instances, "instance", &tally)
        let groups = ExactData(.group(32), shape, axis: layout.axis)
        var group = GroupNorm<Float>(
          featureCount: image.channels, groupCount: 32, axis: layout.axis, epsilon: groups.epsilon)
        (group.scale, group.shift) = parameters(groups)
        check(group, groups, "group", &tally)
      }
    }
    tally.finish(expecting: ["instance": 20, "group": 20])
  }

  @Test func `layer and RMS normalization are exact`() throws {
    var tally = Tally("exact data, layer and RMS normalization")
    // Rows of transformers, and whole feature maps.
    let shapes: [(shape: [Int], axis: Int)] = [
      ([2, 128, 768], 2), ([512, 1024], 1), ([16, 4096], 1), ([3, 49, 384], 2), ([9, 8], 1),
      ([2, 64, 28, 28], 1), ([4, 16, 16], 0),
    ]
    for (shape, axis) in shapes {
      let last = Array(shape[axis...])
      let data = ExactData(.layer, shape, axis: axis)
      var layer = LayerNorm<Float>(normalizedShape: last, epsilon: data.epsilon)
      (layer.scale, layer.shift) = parameters(data)
      check(layer, data, "layer", &tally)
      let squares = ExactData(.rms, shape, axis: axis)
      var rms = RMSNorm<Float>(normalizedShape: last, epsilon: squares.epsilon)
      rms.scale = squares.parameter(squares.scale)
      check(rms, squares, "RMS", &tally)
    }
    tally.finish(expecting: ["layer": 7, "RMS": 7])
  }

  private func parameters(_ data: ExactData) -> (Tensor<Float>, Tensor<Float>) {
    (data.parameter(data.scale), data.parameter(data.shift))
  }

  private func check(
    _ layer: some SampleNormalization<Float>, _ data: ExactData, _ kind: String,
    _ tally: inout Tally
  ) {
    tally.run(kind, data) { findings in
      let pass = try layer.trainingPass(data.input)
      check(pass.record.statistics, data, &findings)
      findings.requireEqual(pass.output, data, "output", data.output)
      check(layer.gradients(of: pass, outputGradient: data.outputGradient), data, &findings)
    }
  }
}
