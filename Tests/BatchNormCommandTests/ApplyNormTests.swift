import Normalization
import TensorFiles
import Testing

/// `apply --norm` of the whole family: what the layers give, to the bit, under the names of the interface. The layers
/// themselves are held to the formulas in NormalizationTests.
@Suite struct ApplyNormTests {
  private let shape = [4, 3, 5, 6]
  private static let kinds = ["F32", "F64"]

  /// Runs the command on `given` and a random input and output gradient.
  private func apply<Scalar: NormalizationScalar>(
    _ options: [String], _ given: KeyValuePairs<String, Tensor<Scalar>>
  ) async throws -> (input: Tensor<Scalar>, gradient: Tensor<Scalar>, tensors: NamedTensors) {
    let place = try Workplace()
    var tensors = NamedTensors()
    let (input, gradient): (Tensor<Scalar>, Tensor<Scalar>) = (random(shape, 1), random(shape, 2))
    tensors["input"] = AnyTensor(input)
    tensors["output_gradient"] = AnyTensor(gradient)
    for (name, tensor) in given { tensors[name] = AnyTensor(tensor) }
    try place.write(tensors, to: "in.safetensors")
    try await place.succeed(["apply", "in.safetensors", "--output", "out.safetensors"] + options)
    return (input, gradient, try place.tensors(of: "out.safetensors"))
  }

  private func random<Scalar: TensorScalar>(_ shape: [Int], _ seed: UInt64) -> Tensor<Scalar> {
    var generator = SeededGenerator(seed: seed)
    return Tensor(normal: shape, mean: 1, deviation: 2, using: &generator)
  }

  private func expect<Scalar: NormalizationScalar>(
    _ found: NamedTensors, _ expected: KeyValuePairs<String, Tensor<Scalar>?>
  ) {
    #expect(Set(found.names) == Set(expected.map(\.key)))
    for (name, tensor) in expected {
      #expect(found[name] == tensor.map { AnyTensor($0) }, "\(name)")
    }
  }

  private func numbers<Scalar: NormalizationScalar>(
    _ values: [Double]?, _ shape: [Int]
  ) -> Tensor<Scalar>? {
    values.map { Tensor(narrowing: $0).reshaped(to: shape) }
  }

  private func forBoth(
    _ dtype: String, _ float: () async throws -> Void, _ double: () async throws -> Void
  ) async throws {
    if dtype == "F32" { try await float() } else { try await double() }
  }

  @Test(arguments: kinds) func `layer and rms normalise the axes from the given one on`(
    dtype: String
  ) async throws {
    func check<Scalar: NormalizationScalar>(_ type: Scalar.Type) async throws {
      let (scale, shift): (Tensor<Scalar>, Tensor<Scalar>) = (
        random([5, 6], 3), random([5, 6], 4)
      )
      var layer = LayerNorm<Scalar>(normalizedShape: [5, 6], epsilon: 1e-3)
      (layer.scale, layer.shift) = (scale, shift)
      let options = ["--axis", "2", "--epsilon", "1e-3", "--norm"]
      var run = try await apply(options + ["layer"], ["scale": scale, "shift": shift])
      var pass = try layer.trainingPass(run.input)
      var gradients = layer.gradients(of: pass, outputGradient: run.gradient)
      expect(
        run.tensors,
        [
          "output": pass.output, "mean": numbers(pass.record.statistics.mean, [4, 3]),
          "variance": numbers(pass.record.statistics.variance, [4, 3]),
          "input_gradient": gradients.input, "scale_gradient": gradients.scale,
          "shift_gradient": gradients.shift,
        ])

      // The mode is ignored; without a scale its gradient is still written.
      let rms = RMSNorm<Scalar>(normalizedShape: [5, 6], epsilon: 1e-3, hasScale: false)
      run = try await apply(options + ["rms", "--mode", "inference"], [:])
      pass = try rms.trainingPass(run.input)
      gradients = rms.gradients(of: pass, outputGradient: run.gradient)
      expect(
        run.tensors,
        [
          "output": pass.output, "variance": numbers(pass.record.statistics.variance, [4, 3]),
          "input_gradient": gradients.input, "scale_gradient": gradients.scale,
        ])
    }
    try await forBoth(dtype) {
      try await check(Float.self)
    } _: {
      try await check(Double.self)
    }
  }

  @Test(arguments: kinds) func `group and instance normalise within samples`(
    dtype: String
  ) async throws {
    func check<Scalar: NormalizationScalar>(_ type: Scalar.Type) async throws {
      let (scale, shift): (Tensor<Scalar>, Tensor<Scalar>) = (random([6], 3), random([6], 4))
      var group = GroupNorm<Scalar>(featureCount: 6, groupCount: 2)
      (group.scale, group.shift) = (scale, shift)
      var run = try await apply(
        ["--norm", "group", "--groups", "2"], ["scale": scale, "shift": shift])
      var pass = try group.trainingPass(run.input)
      var gradients = group.gradients(of: pass, outputGradient: run.gradient)
      expect(
        run.tensors,
        [
          "output": pass.output, "mean": numbers(pass.record.statistics.mean, [4, 2]),
          "variance": numbers(pass.record.statistics.variance, [4, 2]),
          "input_gradient": gradients.input, "scale_gradient": gradients.scale,
          "shift_gradient": gradients.shift,
        ])

      // Running statistics are written where there were some.
      let (mean, variance) = ([1, 2, 3.0], [0.5, 1, 2.0])
      var instance = InstanceNorm<Scalar>(featureCount: 3, axis: 1, tracking: .unbiasedVariance)
      instance.runningStatistics = RunningStatistics(mean: mean, variance: variance)
      for isTracked in [true, false] {
        if !isTracked { instance.runningStatistics = nil }
        run = try await apply(
          ["--norm", "instance", "--axis", "1"],
          isTracked
            ? [
              "running_mean": .init(narrowing: mean),
              "running_variance": .init(narrowing: variance),
            ]
            : [:])
        pass = try instance.train(run.input)
        gradients = instance.gradients(of: pass, outputGradient: run.gradient)
        let running = instance.runningStatistics
        let tensors = run.tensors
        #expect(tensors.contains("running_mean") == isTracked)
        #expect(
          tensors["running_mean"]
            == numbers(running?.mean, [3]).map { AnyTensor($0 as Tensor<Scalar>) })
        #expect(
          tensors["running_variance"]
            == numbers(running?.variance, [3]).map { AnyTensor($0 as Tensor<Scalar>) })
        #expect(tensors["output"] == AnyTensor(pass.output))
        #expect(tensors["mean"]?.shape == [4, 3])
        #expect(tensors["input_gradient"] == AnyTensor(gradients.input))
      }
    }
    try await forBoth(dtype) {
      try await check(Float.self)
    } _: {
      try await check(Double.self)
    }
  }

  @Test(arguments: kinds) func `renorm corrects toward the running statistics`(
    dtype: String
  ) async throws {
    func check<Scalar: NormalizationScalar>(_ type: Scalar.Type) async throws {
      let (mean, variance) = ([1, 2, -30.0], [0.5, 64, 2.0])
      let scale: Tensor<Scalar> = random([3], 3)
      var layer = BatchRenorm<Scalar>(
        featureCount: 3, axis: 1, momentum: .updating(0.25),
        schedule: .constant(RenormLimits(rmax: 2, dmax: 4)))
      layer.batchNorm.scale = scale
      layer.batchNorm.runningStatistics = RunningStatistics(
        mean: mean, variance: variance, tracking: .biasedVariance)
      let run = try await apply(
        ["--norm", "renorm", "--axis", "1", "--rmax", "2", "--dmax", "4", "--update", "0.25"],
        [
          "scale": scale, "running_mean": .init(narrowing: mean),
          "running_variance": .init(narrowing: variance),
        ])
      let pass = try layer.train(run.input)
      let gradients = layer.gradients(of: pass, outputGradient: run.gradient)
      let running = layer.batchNorm.runningStatistics
      expect(
        run.tensors,
        [
          "output": pass.output, "mean": numbers(pass.record.statistics.mean, [3]),
          "variance": numbers(pass.record.statistics.variance, [3]),
          "running_mean": numbers(running?.mean, [3]),
          "running_variance": numbers(running?.variance, [3]), "input_gradient": gradients.input,
          "scale_gradient": gradients.scale, "shift_gradient": gradients.shift,
        ])
    }
    try await forBoth(dtype) {
      try await check(Float.self)
    } _: {
      try await check(Double.self)
    }
  }

  @Test(arguments: kinds) func `ghost normalises virtual batches`(dtype: String) async throws {
    func check<Scalar: NormalizationScalar>(_ type: Scalar.Type) async throws {
      let run: (input: Tensor<Scalar>, gradient: Tensor<Scalar>, tensors: NamedTensors) =
        try await apply(
          ["--norm", "ghost", "--virtual-batch", "3", "--axis", "1", "--cumulative"], [:])
      var layer = GhostBatchNorm(
        BatchNorm<Scalar>(featureCount: 3, axis: 1, momentum: .cumulative), virtualBatchSize: 3)
      let pass = try layer.train(run.input)
      let gradients = layer.gradients(of: pass, outputGradient: run.gradient)
      let running = layer.batchNorm.runningStatistics
      expect(
        run.tensors,
        [
          "output": pass.output,
          "mean": numbers(pass.records.flatMap(\.statistics.mean), [2, 3]),
          "variance": numbers(pass.records.flatMap(\.statistics.variance), [2, 3]),
          "running_mean": numbers(running?.mean, [3]),
          "running_variance": numbers(running?.variance, [3]),
          "batches_tracked": numbers([2], []), "input_gradient": gradients.input,
          "scale_gradient": gradients.scale, "shift_gradient": gradients.shift,
        ])
    }
    try await forBoth(dtype) {
      try await check(Float.self)
    } _: {
      try await check(Double.self)
    }
  }

  @Test(arguments: ["renorm", "ghost", "instance"], kinds)
  func `inference is that of batch normalization`(norm: String, dtype: String) async throws {
    func check<Scalar: NormalizationScalar>(_ type: Scalar.Type) async throws {
      let (mean, variance) = ([1, 2, -30.0], [0.5, 64, 2.0])
      var layer = BatchNorm<Scalar>(featureCount: 3, axis: 1)
      layer.runningStatistics = RunningStatistics(mean: mean, variance: variance)
      let options = norm == "ghost" ? ["--virtual-batch", "2"] : []
      let run = try await apply(
        ["--norm", norm, "--axis", "1", "--mode", "inference"] + options,
        [
          "running_mean": Tensor<Scalar>(narrowing: mean),
          "running_variance": .init(narrowing: variance),
        ])
      let gradients = try layer.inferenceGradients(
        input: run.input, outputGradient: run.gradient)
      expect(
        run.tensors,
        [
          "output": try layer.inference(run.input), "input_gradient": gradients.input,
          "scale_gradient": gradients.scale, "shift_gradient": gradients.shift,
        ])
    }
    try await forBoth(dtype) {
      try await check(Float.self)
    } _: {
      try await check(Double.self)
    }
  }

  @Test(arguments: ["training", "inference"], kinds)
  func `weights leave positions out`(mode: String, dtype: String) async throws {
    func check<Scalar: NormalizationScalar>(_ type: Scalar.Type) async throws {
      let weights = Tensor<Scalar>(
        (0..<4 * 5 * 6).map { Scalar($0 % 3) }, shape: [4, 5, 6])
      let running = (mean: [0, 1, 2.0], variance: [1, 2, 3.0])
      let run = try await apply(
        ["--axis", "1", "--mode", mode],
        [
          "weights": weights, "running_mean": .init(narrowing: running.mean),
          "running_variance": .init(narrowing: running.variance),
        ])
      var layer = BatchNorm<Scalar>(featureCount: 3, axis: 1)
      layer.runningStatistics = RunningStatistics(mean: running.mean, variance: running.variance)
      if mode == "inference" {
        let output = try layer.inference(run.input, weights: weights)
        #expect(run.tensors["output"] == AnyTensor(output))
        #expect(!run.tensors.contains("mean"))
        return
      }
      let pass = try layer.train(run.input, weights: weights)
      let gradients = layer.gradients(of: pass, outputGradient: run.gradient)
      expect(
        run.tensors,
        [
          "output": pass.output, "mean": numbers(pass.record.statistics.mean, [3]),
          "variance": numbers(pass.record.statistics.variance, [3]),
          "running_mean": numbers(layer.runningStatistics?.mean, [3]),
          "running_variance": numbers(layer.runningStatistics?.variance, [3]),
          "input_gradient": gradients.input, "scale_gradient": gradients.scale,
          "shift_gradient": gradients.shift,
        ])
    }
    try await forBoth(dtype) {
      try await check(Float.self)
    } _: {
      try await check(Double.self)
    }
  }

  @Test func `tables name what is normalised together`() async throws {
    let place = try Workplace()
    try place.write("1,3,5\n2,2,8\n", to: "in.csv")
    #expect(
      try await place.succeed(["apply", "in.csv", "--norm", "layer", "--epsilon", "0"])
        == """
        Input      F0      F1      F2
        1      1.0000  3.0000  5.0000
        2      2.0000  2.0000  8.0000

        Normalised       F0       F1      F2
        1           -1.2247   0.0000  1.2247
        2           -0.7071  -0.7071  1.4142

        Output       F0       F1      F2
        1       -1.2247   0.0000  1.2247
        2       -0.7071  -0.7071  1.4142

        Row    mean  variance  deviation
        1    3.0000    2.6667     1.6330
        2    4.0000    8.0000     2.8284

        """)
    let ghost = try await place.succeed([
      "apply", "in.csv", "--norm", "ghost", "--virtual-batch", "2",
    ])
    #expect(
      ghost.hasSuffix(
        """
        Virtual batch, channel    mean  variance  deviation
        1, F0                   1.5000    0.2500     0.5000
        1, F1                   2.5000    0.2500     0.5000
        1, F2                   6.5000    2.2500     1.5000

        Channel  running mean  running variance
        F0             0.1500            0.9500
        F1             0.2500            0.9500
        F2             0.6500            1.3500

        """))
  }

  @Test func `running statistics that a normalization has no use for are noted`() async throws {
    let place = try Workplace()
    let two = AnyTensor(Tensor<Double>([1, 2], shape: [2]))
    try place.write(
      [
        "input": AnyTensor(Tensor<Double>([1, 2, 3, 4], shape: [2, 2])), "running_mean": two,
        "running_variance": two,
      ], to: "in.safetensors")
    let outcome = try await place.run("apply", "in.safetensors", "--norm", "layer")
    #expect(outcome.exitCode == 0)
    #expect(
      outcome.standardError
        == "note: running_mean and running_variance are not used by --norm layer\n")
  }
}
