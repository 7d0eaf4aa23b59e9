import LinearAlgebra
import Synchronization
import Tensors
import Testing

@Suite struct ConvolutionOperationTests {
  @Test func `a convolution worked out by hand`() {
    // [[1, 2, 3], [4, 5, 6], [7, 8, 9]] with [[1, 0], [0, -1]]: x[i][j] - x[i+1][j+1] = -4 everywhere, plus a bias of 10.
    let input = Tensor<Float>((1...9).map { Float($0) }, shape: [1, 3, 3, 1])
    let weight = Tensor<Float>([1, 0, 0, -1], shape: [1, 1, 2, 2])
    let convolution = ConvolutionOperation<Float>(
      SlidingWindow(kernel: [2, 2]), inputShape: [1, 3, 3, 1], outputChannels: 1)
    #expect(
      convolution(input, weight: weight) == Tensor(repeating: -4, shape: [1, 2, 2, 1]))
    let bias = ConvolutionEpilogue<Float>(bias: Tensor([10]))
    #expect(
      convolution(input, weight: weight, epilogue: bias)
        == Tensor(repeating: 6, shape: [1, 2, 2, 1]))
    let rectified = ConvolutionEpilogue<Float>(
      addend: Tensor([0, 1, 4, 9], shape: [1, 2, 2, 1]), isRectified: true)
    #expect(
      convolution(input, weight: weight, epilogue: rectified)
        == Tensor([0, 0, 0, 5], shape: [1, 2, 2, 1]))
  }

  @Test(arguments: WindowCase.convolutions, [1, 2])
  func `oneDNN agrees with plain loops in Float64`(example: WindowCase, threads: Int) {
    var generator = SeededGenerator(seed: 7)
    let convolution = operation(example, Float.self, threads)
    let reference = operation(example, Double.self, 1)
    let inputs = example.input[example.input.count - 1] / example.groups
    let weightShape = [example.outputChannels, inputs] + example.window.kernel
    let input = Tensor<Float>(normal: example.input, using: &generator)
    let weight = Tensor<Float>(normal: weightShape, using: &generator)
    let gradient = Tensor<Float>(normal: convolution.outputShape, using: &generator)
    let bias = Tensor<Float>(normal: [example.outputChannels], using: &generator)
    let addend = Tensor<Float>(normal: convolution.outputShape, using: &generator)
    func wide(_ tensor: Tensor<Float>) -> Tensor<Double> { tensor.converted(to: Double.self) }
    // Each of the products is about 1, and rounding adds up to at most a unit in the last place for each.
    func tolerance(_ products: Int) -> Double { Double(products) * 0x1p-23 * 4 }

    let products = weightShape.dropFirst().reduce(1, *)
    for (epilogue, expected) in [
      (ConvolutionEpilogue<Float>(), ConvolutionEpilogue<Double>()),
      (.init(bias: bias), .init(bias: wide(bias))),
      (.init(bias: bias, isRectified: true), .init(bias: wide(bias), isRectified: true)),
      (
        .init(bias: bias, addend: addend, isRectified: true),
        .init(bias: wide(bias), addend: wide(addend), isRectified: true)
      ),
      (.init(addend: addend), .init(addend: wide(addend))),
    ] {
      let found = convolution(input, weight: weight, epilogue: epilogue)
      let wanted = reference(wide(input), weight: wide(weight), epilogue: expected)
      #expect(largestDifference(found, wanted) <= tolerance(products + 2))
    }
    let outputs = products / inputs * example.outputChannels / example.groups
    #expect(
      largestDifference(
        convolution.inputGradient(outputGradient: gradient, weight: weight),
        reference.inputGradient(outputGradient: wide(gradient), weight: wide(weight)))
        <= tolerance(outputs))
    let positions = gradient.count / example.outputChannels
    for hasBias in [false, true] {
      let found = convolution.parameterGradients(
        input: input, outputGradient: gradient, hasBias: hasBias)
      let wanted = reference.parameterGradients(
        input: wide(input), outputGradient: wide(gradient), hasBias: hasBias)
      #expect(largestDifference(found.weight, wanted.weight) <= tolerance(positions))
      #expect((found.bias == nil) == !hasBias)
      if let bias = found.bias, let expected = wanted.bias {
        #expect(largestDifference(bias, expected) <= tolerance(positions))
      }
    }
  }

  @Test func `of no samples there is no output, and gradients of parameters are zero`() {
    let convolution = ConvolutionOperation<Float>(
      SlidingWindow(kernel: [3, 3], padding: [1, 1]), inputShape: [0, 4, 4, 2], outputChannels: 3)
    let empty = Tensor<Float>(repeating: 0, shape: [0, 4, 4, 2])
    let weight = Tensor<Float>(repeating: 1, shape: [3, 2, 3, 3])
    let output = convolution(empty, weight: weight)
    #expect(output.shape == [0, 4, 4, 3])
    let gradients = convolution.parameterGradients(
      input: empty, outputGradient: output, hasBias: true)
    #expect(gradients.weight == Tensor(repeating: 0, shape: [3, 2, 3, 3]))
    #expect(gradients.bias == Tensor(repeating: 0, shape: [3]))
  }

  /// The library's threads cannot be had within a region that has them already, and waited for they never come.
  @Test func `within a parallel region one thread computes`() throws {
    var generator = SeededGenerator(seed: 3)
    let shape = [16, 8, 8, 16]
    func operation(_ threads: Int) -> ConvolutionOperation<Float> {
      ConvolutionOperation(
        SlidingWindow(kernel: [3, 3], padding: [1, 1]), inputShape: shape, outputChannels: 16,
        threadCount: threads)
    }
    let input = Tensor<Float>(normal: shape, using: &generator)
    let gradient = Tensor<Float>(normal: shape, using: &generator)
    let expected = operation(1).parameterGradients(
      input: input, outputGradient: gradient, hasBias: true)
    struct Work {
      var body: () -> Void
    }
    let isSame = Mutex([Bool]())
    let work = Work {
      let found = operation(2).parameterGradients(
        input: input, outputGradient: gradient, hasBias: true)
      isSame.withLock { $0.append(found == expected) }
    }
    let hasThreads = withUnsafePointer(to: work) { work in
      runOnLibraryThreads(
        2, { $0?.assumingMemoryBound(to: Work.self).pointee.body() },
        UnsafeMutableRawPointer(mutating: work))
    }
    try #require(hasThreads)
    #expect(isSame.withLock { $0 } == [true, true])
  }

  @Test func `the same call gives the same bits`() {
    var generator = SeededGenerator(seed: 3)
    let convolution = ConvolutionOperation<Float>(
      SlidingWindow(kernel: [3, 3], padding: [1, 1]), inputShape: [16, 8, 8, 16],
      outputChannels: 16, threadCount: 2)
    let input = Tensor<Float>(normal: [16, 8, 8, 16], using: &generator)
    let gradient = Tensor<Float>(normal: [16, 8, 8, 16], using: &generator)
    let weight = Tensor<Float>(normal: [16, 16, 3, 3], using: &generator)
    let first = convolution(input, weight: weight)
    let gradients = convolution.parameterGradients(
      input: input, outputGradient: gradient, hasBias: true)
    for _ in 0..<5 {
      #expect(convolution(input, weight: weight) == first)
      let again = convolution.parameterGradients(
        input: input, outputGradient: gradient, hasBias: true)
      #expect(again.weight == gradients.weight && again.bias == gradients.bias)
    }
  }

  @Test func `shapes that do not fit stop the program`() async {
    await #expect(processExitsWith: .failure) {
      let convolution = ConvolutionOperation<Float>(
        SlidingWindow(kernel: [3, 3]), inputShape: [1, 4, 4, 2], outputChannels: 2)
      _ = convolution(
        Tensor(repeating: 0, shape: [1, 4, 4, 2]),
        weight: Tensor(repeating: 0, shape: [2, 2, 2, 3]))
    }
    await #expect(processExitsWith: .failure) {
      _ = ConvolutionOperation<Float>(
        SlidingWindow(kernel: [3, 3]), inputShape: [1, 4, 4, 3], outputChannels: 4, groups: 2)
    }
  }

  private func operation<Scalar: WindowScalar>(
    _ example: WindowCase, _ type: Scalar.Type, _ threads: Int
  ) -> ConvolutionOperation<Scalar> {
    ConvolutionOperation(
      example.window, inputShape: example.input, outputChannels: example.outputChannels,
      groups: example.groups, threadCount: threads)
  }
}
