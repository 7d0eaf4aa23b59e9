/// What was measured over some seeds: one number each, and the interval in which the effect lies.
public struct Effect: Equatable, Codable, Sendable {
  /// One value per seed.
  public let values: [Double]
  /// Their mean.
  public let mean: Double
  /// The lower end of the interval; minus infinity for fewer than five seeds.
  public let low: Double
  /// The upper end of the interval; infinity for fewer than five seeds.
  public let high: Double

  /// The probability with which each end alone errs at most, where the differences of a seed's arms have no side they
  /// prefer about the effect.
  public static let errorRate = 0.05

  /// Finds the interval.
  ///
  /// An effect m is rejected where it would take too much luck: if signs of `values - m` were drawn at random, the mean of
  /// them would be as large as it is with a probability of at most ``errorRate`` (the sign-flip test: Fisher 1935, The
  /// Design of Experiments, section 21). Flipping a set S of values makes the mean at least as large where the mean of S
  /// is at most m, so with n values
  ///
  ///     p(m) = (1 + the number of non-empty sets S whose mean is at most m) / 2^n
  ///
  /// and the lower end of the interval is the k-th smallest mean of a set, k = floor(errorRate 2^n); with six values the
  /// third smallest. It needs no normal distribution, only a symmetric one.
  ///
  /// - Parameter values: at most 20. One that is not a number makes the interval infinite.
  public init(_ values: [Double]) {
    precondition(values.count <= 20, "An effect has at most 20 values, not \(values.count).")
    self.values = values
    mean = values.reduce(0, +) / Double(max(1, values.count))
    let rank = Int(Self.errorRate * Double(1 << values.count))
    guard rank > 0, values.allSatisfy({ !$0.isNaN }) else {
      (low, high) = (-.infinity, .infinity)
      return
    }
    let means = Self.meansOfSets(values).sorted()
    low = means[rank - 1]
    high = means[means.count - rank]
  }

  /// The means of all sets of values but the empty one.
  private static func meansOfSets(_ values: [Double]) -> [Double] {
    (1..<(1 << values.count)).map { set in
      var (sum, count) = (0.0, 0)
      for (index, value) in values.enumerated() where set >> index & 1 == 1 {
        sum += value
        count += 1
      }
      return sum / Double(count)
    }
  }
}
