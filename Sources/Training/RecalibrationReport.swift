/// What a recalibration did.
public struct RecalibrationReport: Equatable, Sendable {
  /// A layer with new running statistics.
  public struct LayerReport: Equatable, Sendable {
    /// The layer's name.
    public let name: String
    /// The batches that reached it.
    public let batchCount: Int
    /// The values per channel in all of them.
    public let valueCount: Int
    /// How well the batches determine the statistics; nil where there were too few.
    public let interval: RecalibrationInterval?
    /// The largest change of a mean, in units of the new deviation.
    public let meanChange: Double
    /// The largest change of a deviation, in units of the new one.
    public let deviationChange: Double
  }

  /// Why a layer kept its statistics.
  public enum SkipReason: String, Equatable, Sendable {
    /// It is frozen.
    case frozen
    /// It has no running statistics.
    case noRunningStatistics = "no running statistics"
    /// Its statistics are those of several channels of a sample, so that there are none for a channel.
    case statisticsOfSamples = "statistics of single samples"
  }

  /// A layer that kept its statistics.
  public struct Skipped: Equatable, Sendable {
    /// The layer's name.
    public let name: String
    /// Why.
    public let reason: SkipReason
  }

  /// The layers with new statistics, in the order of the network.
  public internal(set) var layers: [LayerReport] = []
  /// The layers that kept theirs.
  public internal(set) var skipped: [Skipped] = []
}

/// How well batches determine statistics: half the width of 95 % confidence intervals.
///
/// They follow from the variation between batches (see `Documentation/Networks.md`), for each channel by itself; the
/// numbers are those of the channel with the widest. Their unit is what inference divides by,
/// sqrt(variance + epsilon): an interval of 0.01 shifts or stretches normalised values by about a hundredth.
public struct RecalibrationInterval: Equatable, Sendable {
  /// Of the mean.
  public let mean: Double
  /// Of the deviation.
  public let deviation: Double
}

extension RecalibrationReport: CustomStringConvertible {
  /// A line for each layer.
  public var description: String {
    (layers.map { "\($0)" } + skipped.map { "\($0.name): kept (\($0.reason.rawValue))" })
      .joined(separator: "\n")
  }
}

extension RecalibrationReport.LayerReport: CustomStringConvertible {
  /// What was used, what was reached, what changed.
  public var description: String {
    let reached =
      interval.map { "known to \($0.mean) (mean) and \($0.deviation) (deviation)" }
      ?? "too few batches for an interval"
    return """
      \(name): \(batchCount) batches, \(valueCount) values per channel, \(reached); changes of up to \
      \(meanChange) (mean) and \(deviationChange) (deviation)
      """
  }
}
