import LinearAlgebra
import Testing

@Suite struct SlidingWindowTests {
  @Test(arguments: [
    // kernel, stride, padding, dilation, input, output
    (3, 1, 1, 1, 8, 8), (3, 2, 1, 1, 8, 4), (3, 2, 1, 1, 7, 4), (1, 2, 0, 1, 6, 3),
    (5, 1, 0, 1, 5, 1),
    (2, 2, 0, 1, 7, 3), (3, 1, 2, 2, 9, 9), (3, 1, 0, 3, 7, 1), (1, 1, 0, 1, 1, 1),
  ])
  func `output extents are those of PyTorch's formula`(
    kernel: Int, stride: Int, padding: Int, dilation: Int, input: Int, output: Int
  ) {
    let window = SlidingWindow(
      kernel: [kernel], stride: [stride], padding: [padding], dilation: [dilation])
    #expect(window.outputExtents(of: [input]) == [output])
    // The extent counted: positions whose window begins and ends within the padded input.
    let reach = dilation * (kernel - 1)
    let positions = (0...input + padding).filter { $0 * stride - padding + reach < input + padding }
    #expect(positions.count == output)
  }

  @Test func `a window that does not fit stops the program`() async {
    await #expect(processExitsWith: .failure) {
      _ = SlidingWindow(kernel: [5, 3]).outputExtents(of: [4, 4])
    }
    await #expect(processExitsWith: .failure) { _ = SlidingWindow(kernel: [3, 3, 3]) }
    await #expect(processExitsWith: .failure) { _ = SlidingWindow(kernel: [3], stride: [0]) }
  }
}
