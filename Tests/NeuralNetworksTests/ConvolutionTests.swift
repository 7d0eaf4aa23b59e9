import LinearAlgebra
import NeuralNetworks
import Normalization
import Testing

@Suite struct ConvolutionTests {
  private static let windows: [(window: SlidingWindow, shape: [Int], groups: Int)] = [
    (.init(kernel: [3, 3], padding: [1, 1]), [2, 4, 5, 2], 1),
    (.init(kernel: [3, 2], stride: [2, 1]), [3, 5, 4, 4], 2),
    (.init(kernel: [3], padding: [1]), [3, 6, 4], 4),
  ]

  @Test(arguments: windows.indices, [true, false])
  func `gradients match central differences`(index: Int, hasBias: Bool) throws {
    let (window, shape, groups) = Self.windows[index]
    var generator = SeededGenerator(seed: 1)
    let layer = Convolution<Double>(
      inputChannels: shape[shape.count - 1], outputChannels: 4, window: window, groups: groups,
      hasBias: hasBias, using: &generator)
    try expectGradientsMatchDifferences(of: layer, inputShape: shape, seed: 2)
  }

  @Test func `initial weights have He's deviation, and the bias is 0`() {
    var generator = SeededGenerator(seed: 1)
    let layer = Convolution<Float>(
      inputChannels: 64, outputChannels: 64, window: .init(kernel: [3, 3]), using: &generator)
    let weights = layer.weight.elements.map { Double($0) }
    let square = weights.reduce(0) { $0 + $1 * $1 } / Double(weights.count)
    // 36,864 weights: their mean square is known to sqrt(2 / 36864) = 0.7 % of itself; five of that.
    #expect(abs(square * 576 / 2 - 1) < 0.037)
    #expect(layer.bias == Tensor(repeating: 0, shape: [64]))
    #expect(layer.weight.shape == [64, 64, 3, 3])
    #expect(layer.parameters.map(\.info.role) == [.weight, .bias])
  }

  @Test(arguments: [FusedActivation.identity, .relu], [true, false])
  func `an addend and ReLU in the pass do what separate layers do`(
    activation: FusedActivation, hasAddend: Bool
  ) throws {
    var generator = SeededGenerator(seed: 4)
    let layer = Convolution<Double>(
      inputChannels: 2, outputChannels: 3, window: .init(kernel: [3, 3], padding: [1, 1]),
      using: &generator)
    let input = Tensor<Double>(normal: [2, 4, 4, 2], using: &generator)
    let addend = hasAddend ? Tensor<Double>(normal: [2, 4, 4, 3], using: &generator) : nil
    let gradient = Tensor<Double>(normal: [2, 4, 4, 3], using: &generator)
    let fused = try layer.forward(input, adding: addend, activation: activation)

    let pass = try layer.forward(input)
    var sum = pass.output
    for i in 0..<sum.count { sum[i] += addend?[i] ?? 0 }
    let last = activation == .relu ? try Activation<Double>(.relu).forward(sum) : nil
    #expect(fused.output == last?.output ?? sum)
    #expect(
      try layer.inference(input, adding: addend, activation: activation) == fused.output)
    let passed = last?.pullback(gradient).input ?? gradient
    let expected = pass.pullback(passed)
    let found = fused.pullback(gradient)
    #expect(found.layer.input == expected.input)
    #expect(found.layer.parameters == expected.parameters)
    #expect(found.addend == (hasAddend ? passed : nil))
  }

  @Test func `gradients of the parameters alone are the same`() throws {
    var generator = SeededGenerator(seed: 4)
    let layer = Convolution<Float>(
      inputChannels: 3, outputChannels: 8, window: .init(kernel: [3, 3], padding: [1, 1]),
      using: &generator)
    let pass = try layer.forward(Tensor(normal: [2, 6, 6, 3], using: &generator))
    let gradient = Tensor<Float>(normal: pass.output.shape, using: &generator)
    #expect(pass.parameterGradients(gradient) == pass.pullback(gradient).parameters)
  }

  /// ReLU of nan is nan, also where oneDNN computes it with the convolution.
  @Test func `a fused ReLU lets nan through`() throws {
    var generator = SeededGenerator(seed: 4)
    let window = SlidingWindow(kernel: [1, 1])
    var layer = Convolution<Float>(
      inputChannels: 2, outputChannels: 3, window: window, using: &generator)
    var input = Tensor<Float>(normal: [1, 2, 2, 2], using: &generator)
    var elements = input.mutableSpan
    elements[2] = .nan
    let output = try layer.inference(input, adding: nil, activation: .relu).elements
    for (index, value) in output.enumerated() { #expect(value.isNaN == (3..<6).contains(index)) }
    let zeros = Tensor<Float>(repeating: 0, shape: [1, 2, 2, 2])
    let addend = Tensor<Float>((0..<12).map { $0 == 4 ? .nan : 1 }, shape: [1, 2, 2, 3])
    let sum = try layer.inference(zeros, adding: addend, activation: .relu).elements
    for (index, value) in sum.enumerated() { #expect(value.isNaN == (index == 4)) }
    // Infinite weights times zeros, and weights that are nan.
    for value in [Float.infinity, .nan] {
      layer.visitParameters { info, tensor in
        guard info.role == .weight else { return }
        var weights = tensor.mutableSpan
        weights[0] = value
      }
      let output = try layer.inference(zeros, adding: nil, activation: .relu).elements
      for (index, value) in output.enumerated() { #expect(value.isNaN == (index % 3 == 0)) }
    }
  }

  @Test func `an input of other channels or rank stops the program`() async {
    await #expect(processExitsWith: .failure) {
      var generator = SeededGenerator(seed: 4)
      let layer = Convolution<Float>(
        inputChannels: 3, outputChannels: 8, window: .init(kernel: [3, 3]), using: &generator)
      _ = try layer.inference(Tensor(repeating: 0, shape: [2, 6, 6, 4]))
    }
  }
}

@Suite struct PoolingTests {
  @Test(arguments: [
    PoolingKind.maximum, .average(countsPadding: true), .average(countsPadding: false),
  ])
  func `gradients match central differences`(kind: PoolingKind) throws {
    for (window, shape) in [
      (SlidingWindow(kernel: [2, 2], stride: [2, 2]), [2, 4, 5, 3]),
      (SlidingWindow(kernel: [3, 3], stride: [1, 1], padding: [1, 1]), [2, 4, 3, 2]),
      (SlidingWindow(kernel: [2], stride: [2]), [2, 6, 3]),
    ] {
      try expectGradientsMatchDifferences(
        of: Pooling<Double>(kind, window: window), inputShape: shape, seed: 3)
    }
  }

  @Test func `kinds have names of their own`() {
    let window = SlidingWindow(kernel: [2, 2])
    #expect(Pooling<Float>(.maximum, window: window).kindName == "MaxPooling")
    #expect(
      Pooling<Float>(.average(countsPadding: true), window: window).kindName == "AveragePooling")
  }
}
