/// How a byte of an image becomes a number.
///
///     x = (byte / 255 - mean[channel]) / deviation[channel]
///
/// computed in Float64 and rounded once. With the mean and the standard deviation of a data set's own
/// training images, those images have mean 0 and variance 1 in each channel.
public struct PixelScaling: Equatable, Sendable {
  /// The number that becomes 0, for each channel; bytes count from 0 to 1.
  public let mean: [Double]
  /// The distance from the mean that becomes 1, for each channel.
  public let deviation: [Double]
  /// The number of every byte of channel 0, then of channel 1, and so on.
  let values: [Float]

  /// Creates a scaling.
  ///
  /// - Precondition: there are as many means as deviations, at least one; every mean is finite, every
  ///   deviation finite and positive.
  public init(mean: [Double], deviation: [Double]) {
    precondition(
      !mean.isEmpty && mean.count == deviation.count,
      "There are \(mean.count) means and \(deviation.count) deviations; each channel needs one of both."
    )
    precondition(
      mean.allSatisfy { $0.isFinite } && deviation.allSatisfy { $0.isFinite && $0 > 0 },
      "Means have to be finite and deviations positive, but they are \(mean) and \(deviation).")
    (self.mean, self.deviation) = (mean, deviation)
    values = zip(mean, deviation).flatMap { mean, deviation in
      (0...255).map { Float((Double($0) / 255 - mean) / deviation) }
    }
  }

  /// Bytes divided by 255 and nothing else.
  public static func unit(channelCount: Int) -> PixelScaling {
    PixelScaling(
      mean: Array(repeating: 0, count: channelCount),
      deviation: Array(repeating: 1, count: channelCount))
  }

  /// The number of channels.
  public var channelCount: Int { mean.count }

  /// What a black pixel becomes, for each channel.
  public var black: [Float] { (0..<channelCount).map { values[256 * $0] } }

  /// What a byte of a channel becomes.
  public func value(of byte: UInt8, channel: Int) -> Float { values[256 * channel + Int(byte)] }
}
