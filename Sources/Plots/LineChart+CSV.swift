extension LineChart {
  /// All points of all series: a line for each with the series' name, x, y, and the edges of its
  /// band there where the chart has bands.
  ///
  /// A band's extent at a place without a point has a line without y.
  public func records() -> [[String]] {
    let hasBands = series.contains { !$0.band.isEmpty }
    var head = [
      "series", x.labelWithUnit.isEmpty ? "x" : x.labelWithUnit,
      y.labelWithUnit.isEmpty ? "y" : y.labelWithUnit,
    ]
    if hasBands { head += ["lower", "upper"] }
    var records = [head]
    for one in series {
      // Of several extents at one place the first counts; what is no number is no place.
      var extents = Dictionary(one.band.map { ($0.x, $0) }) { first, _ in first }
      for point in one.points {
        let extent = extents.removeValue(forKey: point.x)
        let fields: [Double?] =
          [point.x, point.y] + (hasBands ? [extent?.lower, extent?.upper] : [])
        records.append([one.name] + fields.map(CSV.number))
      }
      for extent in one.band where extents.removeValue(forKey: extent.x) != nil {
        records.append(
          [one.name, CSV.number(extent.x), ""] + [extent.lower, extent.upper].map(CSV.number))
      }
    }
    return records
  }
}
