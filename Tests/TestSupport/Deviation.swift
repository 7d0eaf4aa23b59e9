public import Tensors

/// The place where results differ most from what they should be, as a fraction of what is tolerated.
public struct Deviation: Sendable, CustomStringConvertible {
  /// Difference by tolerance; infinite where a result is not a number and should be one.
  public private(set) var ratio: Wide = 0
  private var place = ""

  /// No difference so far.
  public init() {}

  /// Whether all results were tolerable.
  public var isTolerable: Bool { ratio <= 1 }

  /// Compares one result.
  public mutating func compare(
    _ found: Wide, _ expected: Wide, tolerance: Wide, _ name: @autoclosure () -> String
  ) {
    var ratio: Wide = 0
    if found != expected {
      let quotient = abs(found - expected) / tolerance
      ratio = quotient.isNaN ? .infinity : quotient
    }
    guard ratio > self.ratio else { return }
    self.ratio = ratio
    place =
      "\(name()): found \(Double(found)), expected \(Double(expected)), tolerance \(Double(tolerance))"
  }

  /// The worst place.
  public var description: String { "\(Double(ratio)) of the tolerance at \(place)" }
}

extension BatchNormReference {
  /// The bound of the contract for an output, as a fraction of max(1, |scale*n| + |shift|). `least` takes
  /// the place of 1, by channel.
  public func deviation<Scalar: TensorScalar>(
    of found: Tensor<Scalar>, shift: Tensor<Scalar>? = nil, least: [Wide]? = nil
  ) -> Deviation {
    // 4 * 2^-23 for Float32 and 64 * 2^-52 for Float64.
    let unit: Wide = Scalar.self == Float.self ? 0x1p-21 : 0x1p-46
    let offsets = shift.map { wide($0) } ?? Array(repeating: 0, count: view.channels)
    let values = wide(found)
    var worst = Deviation()
    for index in values.indices {
      let channel = view.channel(of: index)
      let offset = offsets[channel]
      let size = max(least?[channel] ?? 1, abs(output[index] - offset) + abs(offset))
      worst.compare(
        values[index], output[index], tolerance: unit * size, "element \(index)")
    }
    return worst
  }
}

extension ChannelView {
  /// The elements of each channel.
  public var members: [[Int]] {
    (0..<channels).map { channel in (0..<valuesPerChannel).map { index(channel, $0) } }
  }
}

extension BatchNormReference.Gradients {
  /// The bound of the contract, held to in every channel by itself: 1e-6 (Float64: 64 * 2^-52) of the size of
  /// what is summed. `extra` is added to the bound of every number.
  public func deviation<Scalar: TensorScalar>(
    _ view: ChannelView, input: Tensor<Scalar>, scale: Tensor<Scalar>?, shift: Tensor<Scalar>?,
    tolerance: Wide? = nil, extra: Wide = 0
  ) -> Deviation {
    deviation(
      view.members, input: input, scale: scale, shift: shift, tolerance: tolerance, extra: extra)
  }

  /// The same held to in every set of elements that are normalised together, and every parameter.
  public func deviation<Scalar: TensorScalar>(
    _ sets: [[Int]], input foundInput: Tensor<Scalar>, scale foundScale: Tensor<Scalar>?,
    shift foundShift: Tensor<Scalar>?, tolerance: Wide? = nil, extra: Wide = 0
  ) -> Deviation {
    let unit = tolerance ?? (Scalar.self == Float.self ? 1e-6 : 0x1p-46)
    let values = wide(foundInput)
    var worst = Deviation()
    for (number, set) in sets.enumerated() {
      let error = norm(set.map { values[$0] - input[$0] })
      let room = extra * Wide(set.count).squareRoot()
      worst.compare(
        error, 0, tolerance: unit * inputSize[number] + room, "input gradient of set \(number)")
    }
    func compare(_ found: Tensor<Scalar>?, _ expected: [Wide], _ sizes: [Wide], _ name: String) {
      guard let found else { return }
      for (index, value) in wide(found).enumerated() {
        worst.compare(
          value, expected[index], tolerance: unit * sizes[index] + extra, "\(name) \(index)")
      }
    }
    compare(foundScale, scale, scaleSize, "scale gradient")
    compare(foundShift, shift, shiftSize, "shift gradient")
    return worst
  }
}
