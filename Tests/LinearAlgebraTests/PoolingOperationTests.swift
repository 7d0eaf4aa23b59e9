import LinearAlgebra
import Tensors
import Testing

@Suite struct PoolingOperationTests {
  private static let kinds = [
    PoolingKind.maximum, .average(countsPadding: true), .average(countsPadding: false),
  ]

  @Test func `maximum and average worked out by hand`() {
    let input = Tensor<Float>([1, 5, 2, 2, 3, 4, -1, 8], shape: [1, 2, 4, 1])
    let window = SlidingWindow(kernel: [2, 2], stride: [2, 2])
    let maximum = PoolingOperation<Float>(.maximum, window, inputShape: input.shape)
    let (largest, record) = maximum(input)
    #expect(largest == Tensor([5, 8], shape: [1, 1, 2, 1]))
    #expect(
      maximum.inputGradient(outputGradient: Tensor([10, 20], shape: [1, 1, 2, 1]), record: record)
        == Tensor([0, 10, 0, 0, 0, 0, 0, 20], shape: [1, 2, 4, 1]))
    let average = PoolingOperation<Float>(
      .average(countsPadding: true), window, inputShape: input.shape)
    #expect(average(input).output == Tensor([3.25, 2.75], shape: [1, 1, 2, 1]))
  }

  @Test func `padding counts as zeros or not at all`() {
    let input = Tensor<Float>(repeating: 9, shape: [1, 2, 2, 1])
    let window = SlidingWindow(kernel: [3, 3], padding: [1, 1])
    for (counts, expected) in [(true, Float(4)), (false, 9)] {
      let pooling = PoolingOperation<Float>(
        .average(countsPadding: counts), window, inputShape: input.shape)
      #expect(pooling(input).output == Tensor(repeating: expected, shape: [1, 2, 2, 1]))
    }
    let negative = Tensor<Float>(repeating: -9, shape: [1, 2, 2, 1])
    let maximum = PoolingOperation<Float>(.maximum, window, inputShape: input.shape)
    #expect(maximum(negative).output == negative)
  }

  @Test(arguments: WindowCase.poolings, kinds)
  func `oneDNN agrees with plain loops in Float64`(example: WindowCase, kind: PoolingKind) {
    var generator = SeededGenerator(seed: 5)
    let input = Tensor<Float>(normal: example.input, using: &generator)
    let found = PoolingOperation<Float>(
      kind, example.window, inputShape: example.input, threadCount: 2)
    let wanted = PoolingOperation<Double>(kind, example.window, inputShape: example.input)
    let (output, record) = found(input)
    let (expected, reference) = wanted(input.converted(to: Double.self))
    // At most nine values of about 1, each rounded once.
    let tolerance = kind == .maximum ? 0 : 9 * 0x1p-23
    #expect(largestDifference(output, expected) <= tolerance)
    let gradient = Tensor<Float>(normal: output.shape, using: &generator)
    #expect(
      largestDifference(
        found.inputGradient(outputGradient: gradient, record: record),
        wanted.inputGradient(
          outputGradient: gradient.converted(to: Double.self), record: reference))
        <= 9 * 0x1p-22)
  }

  @Test func `padding with a dilation stops the program`() async {
    await #expect(processExitsWith: .failure) {
      _ = PoolingOperation<Float>(
        .average(countsPadding: false),
        SlidingWindow(kernel: [3, 3], padding: [1, 1], dilation: [2, 2]),
        inputShape: [1, 2, 2, 1])
    }
    // Without padding every window lies in the input: of nine ones the average is one.
    let pooling = PoolingOperation<Float>(
      .average(countsPadding: false), SlidingWindow(kernel: [3, 3], dilation: [2, 2]),
      inputShape: [1, 5, 5, 1])
    #expect(
      pooling(Tensor(repeating: 1, shape: [1, 5, 5, 1])).output
        == Tensor(repeating: 1, shape: [1, 1, 1, 1]))
  }

  @Test func `padding beyond half of the kernel stops the program`() async {
    await #expect(processExitsWith: .failure) {
      _ = PoolingOperation<Float>(
        .maximum, SlidingWindow(kernel: [2, 2], padding: [2, 2]), inputShape: [1, 4, 4, 1])
    }
  }
}
