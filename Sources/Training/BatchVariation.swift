import Normalization

/// How much the batches differ, from which follows how well they determine mean and deviation of all.
///
/// For batches of n_b values with mean m_b and biased variance v_b, and mean M, variance V of all N values:
///
///     q_b      = v_b + (m_b - M)^2                      the batch's mean square around M
///     var(M)   = f * sum(n_b^2 (m_b - M)^2)/N^2         f = 1/(1 - sum(n_b^2)/N^2)
///     var(V)   = f * sum(n_b^2 (q_b - V)^2)/N^2
///
/// These are the variances of the weighted means M of m_b and V of q_b; f makes them unbiased where the values are
/// independent (var(m_b) proportional to 1/n_b), and is B/(B - 1) for B batches of equal size. The batches need not be
/// independent inside. The deviation D = sqrt(V + epsilon) has the standard error sqrt(var(V))/(2D) to first order.
///
/// Kept are sums weighted by n^2, around the first batch's mean in units of its deviation.
struct BatchVariation {
  private var values = 0.0
  private var squares = 0.0
  private var center: [Double] = []
  private var unit: [Double] = []
  private var channels: [Sums] = []

  /// Sums over the batches of n^2 times products of u = m_b - center and p = v_b + u^2.
  private struct Sums {
    var (u, uu, p, pp, pu) = (0.0, 0.0, 0.0, 0.0, 0.0)
  }

  mutating func absorb(_ batch: ChannelStatistics) {
    if channels.isEmpty {
      center = batch.mean
      unit = batch.inverseDeviation.map { $0 > 0 && $0.isFinite ? $0 : 1 }
      channels = Array(repeating: Sums(), count: center.count)
    }
    let weight = Double(batch.count) * Double(batch.count)
    values += Double(batch.count)
    squares += weight
    for c in channels.indices {
      let u = (batch.mean[c] - center[c]) * unit[c]
      let p = batch.variance[c] * unit[c] * unit[c] + u * u
      channels[c].u += weight * u
      channels[c].uu += weight * u * u
      channels[c].p += weight * p
      channels[c].pp += weight * p * p
      channels[c].pu += weight * p * u
    }
  }

  /// The half widths of the 95 % confidence intervals of mean and deviation, of the channel with the widest; nil where
  /// too few batches tell nothing.
  func interval(around all: PooledStatistics, epsilon: Double) -> RecalibrationInterval? {
    let share = squares / (values * values)
    // So many batches of equal size would tell as much (Kish 1965).
    let batches = 1 / share
    guard batches > 2 - 1e-9 else { return nil }
    let quantile = studentQuantile(degreesOfFreedom: Int(batches - 1 + 1e-9))
    let factor = 1 / ((1 - share) * values * values)
    var result = RecalibrationInterval(mean: 0, deviation: 0)
    for (c, sums) in channels.enumerated() {
      let divisor = (all.variance[c] + epsilon) * unit[c] * unit[c]
      let d = (all.mean[c] - center[c]) * unit[c]
      let e = d * d - all.variance[c] * unit[c] * unit[c]
      let means = sums.uu - 2 * d * sums.u + d * d * squares
      let spreads =
        sums.pp + 4 * d * d * sums.uu + e * e * squares - 4 * d * sums.pu + 2 * e * sums.p - 4 * d
        * e * sums.u
      guard divisor > 0 else { continue }  // a constant channel without epsilon
      let mean = quantile * (max(0, means) * factor / divisor).squareRoot()
      let deviation = quantile * (max(0, spreads) * factor).squareRoot() / (2 * divisor)
      result = RecalibrationInterval(
        mean: max(result.mean, mean), deviation: max(result.deviation, deviation))
    }
    return result
  }
}

/// The 97.5 % quantile of Student's distribution, to a few units of the fourth digit.
///
/// From eleven degrees of freedom on by the expansion around the normal one (Fisher and Cornish 1960).
func studentQuantile(degreesOfFreedom n: Int) -> Double {
  let known = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228]
  precondition(n >= 1, "Student's distribution has at least 1 degree of freedom, not \(n).")
  if n <= known.count { return known[n - 1] }
  let (z, step) = (1.959_964, 1 / Double(n))
  let (z3, z5, z7) = (z * z * z, z * z * z * z * z, z * z * z * z * z * z * z)
  let first = (z3 + z) / 4
  let second = (5 * z5 + 16 * z3 + 3 * z) / 96
  let third = (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / 384
  return z + step * (first + step * (second + step * third))
}
