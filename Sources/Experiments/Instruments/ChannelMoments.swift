import Normalization

/// Sums of the values of each channel of each sample, from which the statistics of any batch follow.
struct ChannelMoments {
  let channelCount: Int
  /// The first sample's values at its middle position, by channel.
  let middle: [Double]
  private let positionCount: Int
  /// By sample, then channel.
  private var sums: [Double]
  private var squares: [Double]

  /// Adds up.
  ///
  /// - Parameter values: [samples, channels] or [samples, ..., channels].
  init(_ values: Tensor<Float>) {
    let channels = values.shape[values.rank - 1]
    let sampleCount = values.shape[0]
    let positions = values.count / max(1, sampleCount * channels)
    (channelCount, positionCount) = (channels, positions)
    sums = Array(repeating: 0, count: sampleCount * channels)
    squares = sums
    let elements = values.span
    for index in elements.indices {
      let place = index / (positions * channels) * channels + index % channels
      let value = Double(elements[index])
      sums[place] += value
      squares[place] += value * value
    }
    middle = (0..<channels).map { Double(elements[positions / 2 * channels + $0]) }
  }

  /// Mean and biased variance of a channel over some samples. Float64 has digits enough for the difference of squares of
  /// what a layer of a trained network gives.
  func ofBatch(_ samples: [Int], channel: Int) -> (mean: Double, variance: Double) {
    let count = Double(samples.count * positionCount)
    var (sum, square) = (0.0, 0.0)
    for sample in samples {
      sum += sums[sample * channelCount + channel]
      square += squares[sample * channelCount + channel]
    }
    let mean = sum / count
    return (mean, max(0, square / count - mean * mean))
  }
}
