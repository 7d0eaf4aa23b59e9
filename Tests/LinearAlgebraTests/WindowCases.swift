import LinearAlgebra
import Tensors

/// A window over an input, and channels.
struct WindowCase: CustomStringConvertible, Sendable {
  var input: [Int]
  var outputChannels: Int
  var groups = 1
  var window: SlidingWindow

  var description: String { "\(input) -> \(outputChannels), \(groups) groups, \(window)" }

  /// Strides, padding, groups, depthwise, dilation, one axis, single elements, channels that fill no vector.
  static let convolutions: [WindowCase] = [
    .init(
      input: [2, 5, 6, 3], outputChannels: 4, window: .init(kernel: [3, 3], padding: [1, 1])),
    .init(input: [1, 1, 1, 1], outputChannels: 1, window: .init(kernel: [1, 1])),
    .init(
      input: [3, 8, 8, 16], outputChannels: 32,
      window: .init(kernel: [3, 3], stride: [2, 2], padding: [1, 1])),
    .init(
      input: [2, 7, 6, 16], outputChannels: 16, window: .init(kernel: [1, 1], stride: [2, 2])),
    .init(
      input: [2, 6, 5, 8], outputChannels: 12, groups: 4,
      window: .init(kernel: [3, 2], padding: [1, 0])),
    .init(
      input: [2, 6, 6, 6], outputChannels: 6, groups: 6,
      window: .init(kernel: [3, 3], padding: [1, 1])),
    .init(
      input: [2, 6, 6, 16], outputChannels: 32, groups: 16,
      window: .init(kernel: [3, 3], stride: [2, 1], padding: [1, 1])),
    .init(
      input: [2, 9, 9, 4], outputChannels: 5,
      window: .init(kernel: [3, 3], padding: [2, 2], dilation: [2, 2])),
    .init(input: [4, 10, 3], outputChannels: 7, window: .init(kernel: [3], padding: [1])),
    .init(
      input: [2, 11, 8], outputChannels: 8, groups: 8, window: .init(kernel: [5], stride: [3])),
  ]

  static let poolings: [WindowCase] = [
    .init(input: [2, 4, 6, 3], outputChannels: 3, window: .init(kernel: [2, 2], stride: [2, 2])),
    .init(
      input: [2, 7, 5, 16], outputChannels: 16, window: .init(kernel: [2, 2], stride: [2, 2])),
    .init(
      input: [1, 5, 5, 20], outputChannels: 20,
      window: .init(kernel: [3, 3], stride: [2, 2], padding: [1, 1])),
    .init(input: [3, 9, 4], outputChannels: 4, window: .init(kernel: [3], stride: [1])),
    .init(input: [1, 1, 1, 1], outputChannels: 1, window: .init(kernel: [1, 1])),
  ]
}

/// How far a tensor of Float32 is from one of Float64, with all elements counted; infinite for another shape.
func largestDifference(_ found: Tensor<Float>, _ expected: Tensor<Double>) -> Double {
  guard found.shape == expected.shape else { return .infinity }
  return (0..<found.count).map { abs(Double(found[$0]) - expected[$0]) }.max() ?? 0
}
