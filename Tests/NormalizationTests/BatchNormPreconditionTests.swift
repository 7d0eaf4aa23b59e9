import Normalization
import Testing

/// Programmers' mistakes stop the program: no result could be right.
@Suite struct BatchNormPreconditionTests {
  @Test func `a momentum outside 0 to 1 stops the program`() async {
    await #expect(processExitsWith: .failure) { _ = Momentum.keeping(-0.1) }
    await #expect(processExitsWith: .failure) { _ = Momentum.keeping(1.01) }
    await #expect(processExitsWith: .failure) { _ = Momentum.updating(-1e-9) }
    await #expect(processExitsWith: .failure) { _ = Momentum.updating(10) }
    await #expect(processExitsWith: .failure) { _ = Momentum.keeping(.nan) }
  }

  @Test func `an epsilon that is negative or not finite stops the program`() async {
    await #expect(processExitsWith: .failure) {
      _ = BatchNorm<Float>(featureCount: 1, epsilon: -1e-9)
    }
    await #expect(processExitsWith: .failure) {
      _ = BatchNorm<Float>(featureCount: 1, epsilon: .nan)
    }
    await #expect(processExitsWith: .failure) {
      var layer = BatchNorm<Float>(featureCount: 1)
      layer.epsilon = .infinity
    }
  }

  @Test func `shapes that do not fit the layer stop the program`() async {
    await #expect(processExitsWith: .failure) { _ = BatchNorm<Float>(featureCount: 0) }
    await #expect(processExitsWith: .failure) {
      _ = try? BatchNorm<Float>(featureCount: 3).trainingPass(Tensor(repeating: 1, shape: [3, 4]))
    }
    await #expect(processExitsWith: .failure) {
      _ = try? BatchNorm<Float>(featureCount: 3, axis: 2).inference(
        Tensor(repeating: 1, shape: [3, 3]))
    }
    await #expect(processExitsWith: .failure) {
      let layer = BatchNorm<Float>(featureCount: 3)
      let pass = try layer.trainingPass(Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3]))
      _ = layer.gradients(of: pass, outputGradient: Tensor(repeating: 1, shape: [3, 2]))
    }
    await #expect(processExitsWith: .failure) {
      var layer = BatchNorm<Float>(featureCount: 3)
      layer.scale = Tensor([1, 2])
    }
    await #expect(processExitsWith: .failure) {
      var layer = BatchNorm<Float>(featureCount: 3)
      layer.runningStatistics = RunningStatistics(featureCount: 2)
    }
    await #expect(processExitsWith: .failure) {
      _ = RunningStatistics(mean: [1, 2], variance: [1])
    }
  }

  @Test func `spans shorter than their shape stop the program`() async {
    await #expect(processExitsWith: .failure) {
      let input: [Float] = [1, 2, 3, 4, 5]
      var output: [Float] = [0, 0, 0, 0, 0, 0]
      var target = output.mutableSpan
      try BatchNorm<Float>(featureCount: 3).inference(input.span, shape: [2, 3], into: &target)
    }
    await #expect(processExitsWith: .failure) {
      let input: [Float] = [1, 2, 3, 4, 5, 6]
      var output: [Float] = [0, 0, 0, 0, 0]
      var target = output.mutableSpan
      try BatchNorm<Float>(featureCount: 3).inference(input.span, shape: [2, 3], into: &target)
    }
  }

  @Test func `a layer without running statistics cannot be frozen`() async {
    await #expect(processExitsWith: .failure) {
      var layer = BatchNorm<Float>(featureCount: 3, tracking: nil)
      layer.freezing = .statistics
    }
    await #expect(processExitsWith: .failure) {
      var layer = BatchNorm<Float>(featureCount: 3)
      layer.freezing = .statisticsAndParameters
      layer.runningStatistics = nil
    }
  }

  @Test func `a record of another layer stops the program before it is read`() async {
    await #expect(processExitsWith: .failure) {
      let four = BatchNorm<Float>(featureCount: 4, axis: 0, hasScale: false)
      let eight = BatchNorm<Float>(featureCount: 8, axis: 1, hasScale: false)
      let x = Tensor<Float>((0..<32).map { Float($0) }, shape: [4, 8])
      guard let pass = try? four.trainingPass(x) else { return }
      _ = eight.gradients(of: pass, outputGradient: x)
    }
    await #expect(processExitsWith: .failure) {
      _ = ChannelStatistics(count: 2, mean: [1], variance: [1, 2, 3], epsilon: 0)
    }
  }

  @Test func `negative extents stop the program, also where their product fits`() async {
    await #expect(processExitsWith: .failure) {
      let layer = BatchNorm<Float>(featureCount: 2, axis: 1)
      var output = Tensor<Float>(repeating: 0, shape: [12])
      var target = output.mutableSpan
      _ = try? layer.trainingPass(
        Tensor<Float>(repeating: 1, shape: [12]).span, shape: [-2, 2, -3], into: &target)
    }
  }
}
