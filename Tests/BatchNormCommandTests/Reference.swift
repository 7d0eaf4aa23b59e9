import TensorFiles
import Tensors
import Testing

/// Batch normalization of `Documentation/Accuracy.md`, formula by formula in Float64.
struct Reference {
  let shape: [Int]
  let channels: Int
  private let inner: Int
  let input: [Double]
  var scale: [Double]
  var shift: [Double]
  var epsilon = 1e-5
  /// What normalises: the batch's own statistics, or running ones.
  var mean: [Double]
  var variance: [Double]

  init(_ input: [Double], shape: [Int], axis: Int, scale: [Double]? = nil, shift: [Double]? = nil) {
    let axis = axis < 0 ? axis + shape.count : axis
    self.shape = shape
    channels = shape[axis]
    inner = shape[(axis + 1)...].reduce(1, *)
    self.input = input
    self.scale = scale ?? Array(repeating: 1, count: channels)
    self.shift = shift ?? Array(repeating: 0, count: channels)
    (mean, variance) = ([], [])
    mean = averages { input[$0] }
    variance = averages { (input[$0] - mean[channel($0)]) * (input[$0] - mean[channel($0)]) }
  }

  func channel(_ index: Int) -> Int { index / inner % channels }

  /// Values of a channel.
  var count: Double { Double(input.count / channels) }

  func sums(_ value: (Int) -> Double) -> [Double] {
    var sums = Array(repeating: 0.0, count: channels)
    for index in input.indices { sums[channel(index)] += value(index) }
    return sums
  }

  func averages(_ value: (Int) -> Double) -> [Double] { sums(value).map { $0 / count } }

  /// 1/sqrt(variance + epsilon), and 0 for 1/0.
  func factor(_ channel: Int) -> Double {
    let sum = variance[channel] + epsilon
    return sum == 0 ? 0 : 1 / sum.squareRoot()
  }

  func normalised(_ index: Int) -> Double {
    (input[index] - mean[channel(index)]) * factor(channel(index))
  }

  var output: [Double] {
    input.indices.map { scale[channel($0)] * normalised($0) + shift[channel($0)] }
  }

  /// What the error of the output is relative to: |scale*n| + |shift|.
  var outputSizes: [Double] {
    input.indices.map { abs(scale[channel($0)] * normalised($0)) + abs(shift[channel($0)]) }
  }

  /// Returns the gradients for the batch's own statistics, or for constant ones.
  func gradients(
    _ dy: [Double], isFrozen: Bool = false
  ) -> (input: [Double], scale: [Double], shift: [Double]) {
    let (dscale, dshift) = (sums { dy[$0] * normalised($0) }, sums { dy[$0] })
    let dx = input.indices.map { index in
      let c = channel(index)
      let pull = isFrozen ? 0 : dshift[c] / count + normalised(index) * dscale[c] / count
      return scale[c] * factor(c) * (dy[index] - pull)
    }
    return (dx, dscale, dshift)
  }
}

/// The number of an element type whose distance from 1 is its precision.
func precision(of tensor: AnyTensor) -> Double {
  tensor.dtype == "F32" ? 0x1p-23 : 0x1p-52
}

/// Expects a shape, a type and values whose error is at most `4 * 2^-23` (Float32) or `64 * 2^-52`
/// (Float64) times `max(1, size)`, as the contract has it for outputs.
///
/// The bound of Float64 holds against a reference of higher precision; the one here errs as well, so
/// twice that is allowed.
///
/// - Parameter sizes: what the error is relative to; by default the expected values.
func expect(
  _ tensor: AnyTensor?, shape: [Int], dtype: String, _ expected: [Double],
  sizes: [Double]? = nil, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let tensor = try #require(tensor, sourceLocation: sourceLocation)
  #expect(tensor.shape == shape, sourceLocation: sourceLocation)
  #expect(tensor.dtype == dtype, sourceLocation: sourceLocation)
  let values = tensor.converted(to: Double.self).elements
  try #require(values.count == expected.count, sourceLocation: sourceLocation)
  let bound = (dtype == "F32" ? 4 : 128) * precision(of: tensor)
  for (index, (value, wanted)) in zip(values, expected).enumerated() {
    #expect(
      abs(value - wanted) <= bound * max(1, sizes?[index] ?? abs(wanted)), "element \(index)",
      sourceLocation: sourceLocation)
  }
}

/// Numbers of a seed that fit Float32 exactly: multiples of 1/1024 between -8 and 8.
func numbers(_ count: Int, seed: UInt64) -> [Double] {
  var generator = SeededGenerator(seed: seed)
  return (0..<count).map { _ in Double(Int(generator.next() >> 50)) / 1024 - 8 }
}

/// A tensor of either type.
func tensor(_ values: [Double], _ shape: [Int], _ dtype: String) -> AnyTensor {
  let tensor = Tensor(values, shape: shape)
  return dtype == "F32" ? AnyTensor(tensor.converted(to: Float.self)) : AnyTensor(tensor)
}
