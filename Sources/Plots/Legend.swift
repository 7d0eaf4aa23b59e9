/// Where the entries of a legend go: rows above the data area, filled from left to right.
struct Legend: Equatable {
  /// One series' sample and name.
  struct Entry: Equatable {
    /// The number of the series in the chart.
    var index: Int
    /// The name, shortened if it is wider than the chart.
    var name: String
    /// The left end of the sample, from the left end of the legend.
    var x: Double
    /// The row, from the top.
    var row: Int
  }

  static let rowHeight = 22.0
  /// How long a sample of a line is: two periods of the longest dash.
  static let sampleWidth = 34.0
  /// The left end of the name, from the left end of the sample.
  static let nameOffset = sampleWidth + 8
  private static let gap = 20.0

  var entries: [Entry] = []

  /// Lays out `names` in rows of at most `width`.
  init(names: [String], width: Double) {
    var (x, row) = (0.0, 0)
    for (index, name) in names.enumerated() {
      let name = TextWidth.truncated(name, width: width - Self.nameOffset)
      let entryWidth = Self.nameOffset + TextWidth.estimate(name)
      if x > 0, x + entryWidth > width { (x, row) = (0, row + 1) }
      entries.append(Entry(index: index, name: name, x: x, row: row))
      x += entryWidth + Self.gap
    }
  }

  /// The samples and names from (`left`, `top`).
  ///
  /// - Parameter sample: what stands before a name, from its left middle.
  func svg(
    left: Double, top: Double, sample: (_ index: Int, _ place: Pixel) -> String
  ) -> String {
    entries.reduce(into: "") { svg, entry in
      let place = Pixel(x: left + entry.x, y: top + (Double(entry.row) + 0.5) * Self.rowHeight)
      svg += sample(entry.index, place)
      svg += Markup.text(
        entry.name, x: place.x + Self.nameOffset, y: place.y + 4.5, classes: "chart-name")
    }
  }

  var height: Double { Double((entries.last?.row ?? -1) + 1) * Self.rowHeight }
}
