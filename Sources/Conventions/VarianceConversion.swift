import Normalization

/// From the variance that one side averages to the one that the other does.
///
/// Over m values the unbiased variance is m/(m - 1) times the biased one, and so are their averages over batches of m
/// values, but for what is left of the first value, 1, in both.
struct VarianceConversion: CustomStringConvertible {
  let from: RunningStatistics.Tracking
  let to: RunningStatistics.Tracking
  let valuesPerChannel: Int?

  init(
    from: RunningStatistics.Tracking, to: RunningStatistics.Tracking, valuesPerChannel: Int?
  ) {
    precondition(
      valuesPerChannel.map { $0 >= 2 } ?? true,
      "Variances are of at least 2 values per channel, not \(valuesPerChannel ?? 0).")
    (self.from, self.to, self.valuesPerChannel) = (from, to, valuesPerChannel)
  }

  private func isUnbiased(_ tracking: RunningStatistics.Tracking) -> Bool {
    tracking == .unbiasedVariance
  }

  func converted(_ variance: Double) -> Double {
    guard let valuesPerChannel, isUnbiased(from) != isUnbiased(to) else { return variance }
    let m = Double(valuesPerChannel)
    return isUnbiased(to) ? variance * m / (m - 1) : variance * (m - 1) / m
  }

  var description: String {
    var sentence: String
    let (old, new) = (kind(from), kind(to))
    if isUnbiased(from) == isUnbiased(to) {
      sentence = "running variance kept as \(new); numbers unchanged"
    } else if let m = valuesPerChannel {
      let factor = isUnbiased(to) ? "\(m)/\(m - 1)" : "\(m - 1)/\(m)"
      sentence =
        "running variance converted from \(old) to \(new) for \(m) values per channel: times \(factor)"
    } else {
      sentence =
        "running variance is \(old) and taken for \(new); numbers unchanged, since the number of "
        + "values per channel is not known"
    }
    if (from == .standardDeviation) != (to == .standardDeviation) {
      sentence +=
        to == .standardDeviation
        ? "; its root is taken for the running standard deviation"
        : "; it is the square of the running standard deviation"
    }
    return sentence
  }

  private func kind(_ tracking: RunningStatistics.Tracking) -> String {
    isUnbiased(tracking) ? "unbiased" : "biased"
  }
}
