internal import CNormalizationKernels

/// The statistics of every channel of a batch.
///
/// The mean is the sum of two numbers, so that no digit is lost when it is large beside the deviation.
public struct ChannelStatistics: Equatable, Sendable {
  /// What the values of a channel weigh.
  var weight: BlockWeight
  /// The number of values per channel; with weights, of those of positive weight.
  public var count: Int { weight.values }
  /// The sum of the weights of a channel's values; without weights their number.
  public var totalWeight: Double { weight.total }
  /// What makes the variances unbiased: m/(m - 1) for m values; W^2/(W^2 - sum(w^2)) for weights w of sum W.
  public var unbiasedFactor: Double { weight.unbiasedFactor }
  /// The mean of each channel, rounded to Float64.
  public internal(set) var mean: [Double]
  /// What rounding took from `mean`.
  public internal(set) var meanRemainder: [Double]
  /// The biased variance of each channel.
  public internal(set) var variance: [Double]
  /// 1/sqrt(variance + epsilon), or 0 where that would be 1/0.
  public internal(set) var inverseDeviation: [Double]

  /// Creates statistics from means and variances, as the running ones of a layer.
  ///
  /// - Precondition: as many means as variances.
  public init(count: Int, mean: [Double], variance: [Double], epsilon: Double) {
    precondition(
      mean.count == variance.count,
      "There are \(mean.count) means, but \(variance.count) variances.")
    weight = BlockWeight(values: count)
    self.mean = mean
    self.variance = variance
    meanRemainder = Array(repeating: 0, count: mean.count)
    inverseDeviation = Array(repeating: 0, count: mean.count)
    Double.kernels(for: .best).pointee.inverse_deviations(
      variance.count, epsilon, variance, &inverseDeviation)
  }

  /// Squares of Float64 deviations below 1e-145 lose digits.
  package static let smallestVariance = 1e-290
  /// Below it, epsilon does not keep a variance away from what Float64 loses.
  package static let smallEpsilon = 1e-280

  /// Whether the mean and the variance of every channel are finite.
  public var areFinite: Bool {
    let largest = Double.greatestFiniteMagnitude
    return Self.areAll(mean, in: -largest...largest)
      && Self.areAll(variance, in: -largest...largest)
  }

  /// Whether every number lies in a range.
  public static func areAll(_ values: [Double], in range: ClosedRange<Double>) -> Bool {
    Double.kernels(for: .best).pointee.all_within(
      values.count, values, range.lowerBound, range.upperBound)
  }

  init(channels: Int) {
    weight = BlockWeight(values: 0)
    mean = Array(repeating: 0, count: channels)
    (meanRemainder, variance, inverseDeviation) = (mean, mean, mean)
  }

  /// Takes the planes of folded moments.
  mutating func fill(_ planes: [Double], _ weight: BlockWeight, epsilon: Double) {
    let width = mean.count
    self.weight = weight
    mean = Array(planes[..<width])
    meanRemainder = Array(planes[width..<2 * width])
    variance = Array(planes[(2 * width)...])
    Double.kernels(for: .best).pointee.finish_moments(
      width, weight.total, epsilon, &variance, &inverseDeviation)
  }
}
