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

extension BatchNormReference.Gradients {
  /// The bound of the contract, held to in every channel by itself: 1e-6 (Float64: 64 * 2^-52) of the size of
  /// what is summed. `extra` is added to the bound of every number.
  public func deviation<Scalar: TensorScalar>(
    _ view: ChannelView, input foundInput: Tensor<Scalar>, scale foundScale: Tensor<Scalar>?,
    shift foundShift: Tensor<Scalar>?, tolerance: Wide? = nil, extra: Wide = 0
  ) -> Deviation {
    let unit = tolerance ?? (Scalar.self == Float.self ? 1e-6 : 0x1p-46)
    let values = wide(foundInput)
    let scales = foundScale.map { wide($0) }
    let shifts = foundShift.map { wide($0) }
    var worst = Deviation()
    for channel in 0..<view.channels {
      let error = norm(
        (0..<view.valuesPerChannel).map {
          let index = view.index(channel, $0)
          return values[index] - input[index]
        })
      let room = extra * Wide(view.valuesPerChannel).squareRoot()
      worst.compare(
        error, 0, tolerance: unit * inputSize[channel] + room,
        "input gradient of channel \(channel)")
      if let scales {
        worst.compare(
          scales[channel], scale[channel], tolerance: unit * scaleSize[channel] + extra,
          "scale gradient of channel \(channel)")
      }
      if let shifts {
        worst.compare(
          shifts[channel], shift[channel], tolerance: unit * shiftSize[channel] + extra,
          "shift gradient of channel \(channel)")
      }
    }
    return worst
  }
}
