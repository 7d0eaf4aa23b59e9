import Normalization

/// How far the distributions of some units move from one evaluation to the next.
///
/// Both evaluations have the same samples, so the Wasserstein-1 distance of two distributions is the average distance of
/// their sorted values. It is given in deviations of the earlier one.
struct ShiftTracker {
  let unitCount: Int
  /// The distance from the evaluation before, averaged over the units.
  private(set) var shifts = SeedOutcome.Curve()
  /// The 15th, 50th and 85th percentile of the first unit.
  private(set) var percentiles = [SeedOutcome.Curve](repeating: .init(), count: 3)
  /// How many of the first unit's values lie in each of ``bins``, evaluation by evaluation; x is the step.
  private(set) var histograms = SeedOutcome.Curve()
  private var previous: [[Double]] = []

  /// The edges of the histograms. Values outside count in the bins at the ends.
  static let bins = (0...32).map { -8 + 0.5 * Double($0) }

  init(unitCount: Int) {
    self.unitCount = unitCount
  }

  /// The average over the evaluations that come after a share of all of them.
  func average(from share: Double = 0) -> Double {
    let part = shifts.y.dropFirst(Int(share * Double(shifts.y.count)))
    return part.reduce(0, +) / Double(part.count)
  }

  /// Takes the values of an evaluation, [samples, units].
  mutating func absorb(_ values: Tensor<Float>, step: Int) {
    let (elements, width) = (values.elements, values.shape[1])
    let sorted = (0..<unitCount).map { unit in
      stride(from: unit, to: elements.count, by: width).map { Double(elements[$0]) }.sorted()
    }
    for (index, share) in [0.15, 0.5, 0.85].enumerated() {
      let place = Int(share * Double(sorted[0].count - 1))
      percentiles[index].append(Double(step), sorted[0][place])
    }
    var counts = Array(repeating: 0.0, count: Self.bins.count - 1)
    for value in sorted[0] {
      let bin = Self.bins.dropFirst().dropLast().count { $0 <= value }
      counts[bin] += 1
    }
    for count in counts { histograms.append(Double(step), count) }
    if !previous.isEmpty {
      let distances = zip(previous, sorted).map { distance($0, $1) }
      shifts.append(Double(step), distances.reduce(0, +) / Double(unitCount))
    }
    previous = sorted
  }

  private func distance(_ old: [Double], _ new: [Double]) -> Double {
    let count = Double(old.count)
    let mean = old.reduce(0, +) / count
    let deviation = (old.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot()
    let way = zip(old, new).reduce(0) { $0 + abs($1.0 - $1.1) } / count
    // A unit that is the same for all samples has no deviation to measure with.
    return way / max(deviation, 1e-6)
  }
}
