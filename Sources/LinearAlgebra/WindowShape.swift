/// A window over an input of a certain shape: everything that a computation depends on but for its numbers.
///
/// Always two spatial axes; one alone is the width of an input one high.
public struct WindowShape: Hashable, Sendable {
  let batch: Int
  let inputChannels: Int
  let outputChannels: Int
  let groups: Int
  let input: [Int]
  let output: [Int]
  let kernel: [Int]
  let stride: [Int]
  let padding: [Int]
  let dilation: [Int]
  var threadCount: Int
  /// Spatial axes as the caller has them.
  private let rank: Int

  init(
    _ window: SlidingWindow, inputShape: [Int], outputChannels: Int, groups: Int, threadCount: Int
  ) {
    precondition(
      inputShape.count == window.rank + 2,
      """
      A window over \(window.rank) axes needs an input [N\(window.rank == 2 ? ", height" : ""), \
      \(window.rank == 2 ? "width" : "length"), C], but the input's shape is \(inputShape).
      """)
    let extents = Array(inputShape[1...window.rank])
    func widened(_ values: [Int], _ first: Int) -> [Int] {
      values.count == 2 ? values : [first] + values
    }
    rank = window.rank
    batch = inputShape[0]
    inputChannels = inputShape[inputShape.count - 1]
    self.outputChannels = outputChannels
    self.groups = groups
    input = widened(extents, 1)
    output = widened(window.outputExtents(of: extents), 1)
    kernel = widened(window.kernel, 1)
    stride = widened(window.stride, 1)
    padding = widened(window.padding, 0)
    dilation = widened(window.dilation, 1)
    self.threadCount = threadCount
  }

  /// [N, spatial axes, C] of the input.
  var inputShape: [Int] { [batch] + input.suffix(rank) + [inputChannels] }
  /// [N, spatial axes, C] of the output.
  var outputShape: [Int] { [batch] + output.suffix(rank) + [outputChannels] }
  /// [outputs, inputs of a group, spatial axes] of a convolution's weights.
  var weightShape: [Int] { [outputChannels, inputChannels / groups] + kernel.suffix(rank) }

  /// The input position of a kernel position, or nil outside of the input.
  func position(_ axis: Int, output: Int, kernel: Int) -> Int? {
    let position = output * stride[axis] - padding[axis] + kernel * dilation[axis]
    return (0..<input[axis]).contains(position) ? position : nil
  }
}
