// The chart in words and numbers.
extension IntervalChart {
  /// The chart in words, for readers who do not see it: every interval, then what the guides mark.
  public var description: String {
    let name = x.label.isEmpty ? "values" : x.label
    var sentences = [
      "Intervals of \(name)" + (x.scale == .log10 ? " (logarithmic)." : ".")
    ]
    if !rows.contains(where: { !$0.isHeading }) { sentences.append("There are no rows.") }
    for row in rows {
      if row.isHeading {
        sentences.append("\(row.label):")
        continue
      }
      let parts = row.intervals.enumerated().map { index, interval in
        let name = self.name(at: index)
        return (name.isEmpty ? "" : "\(name) ") + phrase(interval)
      }
      let marked = row.marks.filter(x.canDraw).map(x.text)
      sentences.append(
        "\(row.label): \(parts.isEmpty ? "none" : parts.joined(separator: "; "))"
          + (marked.isEmpty ? "." : ", marked at \(marked.joined(separator: " and "))."))
    }
    let marks = guides.filter { $0.direction == .vertical && x.canDraw($0.value) }.map { guide in
      let value = x.text(guide.value)
      return guide.label.contains(value) ? guide.label : "\(guide.label) at \(value)"
    }
    if !marks.isEmpty { sentences.append("Marked: \(marks.joined(separator: "; ")).") }
    if !note.isEmpty { sentences.append(note) }
    return sentences.joined(separator: " ")
  }

  /// "0.62, from 0.55 to 0.68, 6 points from 0.5 to 0.7".
  private func phrase(_ interval: Interval?) -> String {
    guard let interval else { return "none" }
    let points = interval.points.filter { !$0.isNaN }
    var parts: [String] = []
    if !interval.value.isNaN { parts.append(text(interval.value)) }
    let ends = interval.ends
    switch (ends.low, ends.high) {
    case (let low?, let high?) where low != interval.value || high != interval.value:
      parts.append("from \(text(low)) to \(text(high))")
    case (let low?, nil): parts.append("at least \(text(low))")
    case (nil, let high?): parts.append("at most \(text(high))")
    default: break
    }
    if let least = points.min(), let most = points.max() {
      parts.append(
        points.count == 1
          ? "1 point at \(text(least))"
          : "\(points.count) points from \(text(least)) to \(text(most))")
    }
    return parts.isEmpty ? "no values" : parts.joined(separator: ", ")
  }

  /// As the axis writes it; infinite ends in words.
  private func text(_ value: Double) -> String {
    value.isInfinite ? (value < 0 ? "minus infinity" : "infinity") : x.text(value)
  }

  /// A row for each interval: its labels, the value, both ends, and its points.
  public func dataTable() -> ReportTable {
    let entries = entries
    func column(_ value: (Interval) -> Double) -> [String] {
      NumberText.column(entries.map { $0.interval.map(value) }, on: x)
    }
    let numbers = [column { $0.value }, column { $0.low }, column { $0.high }]
    let hasSeries = series.contains { !$0.name.isEmpty }
    let hasPoints = entries.contains { $0.interval?.points.isEmpty == false }
    var columns: [ReportTable.Column] = [.init("")]
    if hasSeries { columns.append(.init("series")) }
    columns.append(.init(x.labelWithUnit.isEmpty ? "value" : x.labelWithUnit, kind: .number))
    columns += [.init("from", kind: .number), .init("to", kind: .number)]
    if hasPoints { columns.append(.init("single values")) }
    let rows = entries.enumerated().map { index, entry in
      let points = NumberText.column(entry.interval?.points ?? [], on: x)
      return [entry.row] + (hasSeries ? [entry.series] : []) + numbers.map { $0[index] }
        + (hasPoints ? [points.joined(separator: ", ")] : [])
    }
    return ReportTable(caption: "\(title): numbers", columns: columns, rows: rows)
  }

  /// A line for each interval: row, series, value, both ends, and as many columns of points as the
  /// largest number of them.
  public func records() -> [[String]] {
    let entries = entries
    let pointCount = entries.map { $0.interval?.points.count ?? 0 }.max() ?? 0
    let name = x.labelWithUnit.isEmpty ? "value" : x.labelWithUnit
    let points = (0..<pointCount).map { "point \($0 + 1)" }
    var records = [["row", "series", name, "low", "high"] + points]
    for entry in entries {
      let one = entry.interval
      let fields = [one?.value, one?.low, one?.high].map(CSV.number)
      let found = one?.points ?? []
      let points = (0..<pointCount).map { CSV.number($0 < found.count ? found[$0] : nil) }
      records.append([entry.row, entry.series] + fields + points)
    }
    return records
  }

  /// The intervals with the names of their row and series. A row's name follows its heading's.
  private var entries: [(row: String, series: String, interval: Interval?)] {
    var heading = ""
    return rows.flatMap { row -> [(row: String, series: String, interval: Interval?)] in
      if row.isHeading {
        heading = row.label + ": "
        return []
      }
      return row.intervals.enumerated().map { (heading + row.label, name(at: $0), $1) }
    }
  }
}
