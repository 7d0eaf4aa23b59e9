extension LineChart.Series {
  /// Creates a series of the medians of several runs, such as one a seed, with a band from the
  /// smallest to the largest of them at each place.
  ///
  /// Runs that end early, or have a value that is not finite, do not count from there, or there. At
  /// a place without a value there is a gap.
  ///
  /// - Precondition: no run has more values than there are `x`.
  public init(
    _ name: String, x: [Double], runs: [[Double]],
    color: LineChart.Color? = nil, dash: LineChart.Dash? = nil, marker: LineChart.Marker? = nil
  ) {
    let longest = runs.map(\.count).max() ?? 0
    precondition(
      longest <= x.count,
      "The series \(name) has \(x.count) x values, but a run of \(longest) values.")
    var points: [LineChart.Point] = []
    var band: [LineChart.BandPoint] = []
    for (index, place) in x.enumerated() {
      let values = runs.compactMap { index < $0.count ? $0[index] : nil }.filter(\.isFinite)
        .sorted()
      points.append(.init(place, Percentile.value(0.5, ofSorted: values) ?? .nan))
      band.append(.init(place, lower: values.first ?? .nan, upper: values.last ?? .nan))
    }
    self.init(name, points: points, band: band, color: color, dash: dash, marker: marker)
  }
}
