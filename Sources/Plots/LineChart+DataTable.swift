extension LineChart {
  /// The numbers of the chart as a table of at most 20 rows, evenly spread, with both ends.
  ///
  /// Rows stand at places that all drawn series share; if there are fewer than two of these, at
  /// places of any. A dash stands for a value that is missing or not finite.
  public func dataTable() -> ReportTable { dataTable(rowCount: 20) }

  /// The numbers of the chart as a table of at most `rowCount` rows, evenly spread, with both ends.
  ///
  /// Rows stand at places that all drawn series share; if there are fewer than two of these, at
  /// places of any. A dash stands for a value that is missing or not finite.
  ///
  /// - Precondition: `rowCount` is at least 2.
  public func dataTable(rowCount: Int) -> ReportTable {
    precondition(rowCount >= 2, "A data table needs 2 rows for its ends, but may have \(rowCount).")
    var columns: [(name: String, values: [Double: Double])] = []
    for one in series {
      let points = one.points.filter(canDraw).map { ($0.x, $0.y) }
      columns.append((one.name, Self.byPlace(points)))
      let band = one.band.filter(canDraw)
      if band.isEmpty { continue }
      columns.append(("\(one.name), lower", Self.byPlace(band.map { ($0.x, $0.lower) })))
      columns.append(("\(one.name), upper", Self.byPlace(band.map { ($0.x, $0.upper) })))
    }
    var uses: [Double: Int] = [:]
    for place in columns.flatMap(\.values.keys) { uses[place, default: 0] += 1 }
    let shared = uses.filter { $0.value == columns.count { !$0.values.isEmpty } }.keys
    let places = (shared.count >= 2 ? Array(shared) : Array(uses.keys)).sorted()
    let chosen = Self.spread(places, count: rowCount)
    let total =
      chosen.count < places.count ? "\(chosen.count) of \(places.count) places" : "all places"
    let texts =
      [NumberText.column(chosen, on: x)]
      + columns.map { column in NumberText.column(chosen.map { column.values[$0] }, on: y) }
    return ReportTable(
      caption: "\(title): numbers at \(total)",
      columns: [.init(x.labelWithUnit.isEmpty ? "x" : x.labelWithUnit, kind: .number)]
        + columns.map { .init($0.name, kind: .number) },
      rows: chosen.indices.map { row in texts.map { $0[row] } })
  }

  /// Values by their place; of several at one place the last.
  private static func byPlace(_ points: [(Double, Double)]) -> [Double: Double] {
    Dictionary(points) { $1 }
  }

  /// `count` of the `places`, evenly spread, the first and the last among them.
  static func spread(_ places: [Double], count: Int) -> [Double] {
    guard places.count > count else { return places }
    return (0..<count).map { places[$0 * (places.count - 1) / (count - 1)] }
  }
}

extension NumberText {
  /// `values` as the cells of a column, without their unit, which its head names; hundredths keep
  /// theirs.
  ///
  /// All have as many decimals as give the largest `digits` significant digits, so that they stand
  /// digit below digit; unless some would have fewer than two then. A dash stands for `nil` and what is no
  /// number.
  static func column(
    _ values: [Double?], on axis: LineChart.Axis, digits: Int = 4
  ) -> [String] {
    let isPercent = axis.format == .percent
    let numbers = values.map { $0.map { isPercent ? $0 * 100 : $0 } }
    let exponents = numbers.compactMap { $0 }.filter { $0 != 0 && $0.isFinite }
      .map(PowerOfTen.exponent)
    var decimals: Int?
    if let largest = exponents.max(), let smallest = exponents.min(), (-1..<6).contains(largest) {
      let enough = max(0, digits - 1 - largest)
      let isWhole = numbers.allSatisfy { ($0 ?? 0).rounded() == ($0 ?? 0) || $0?.isNaN == true }
      if smallest > -enough || isWhole { decimals = isWhole ? 0 : enough }
    }
    return numbers.map { number in
      guard let number, number.isFinite else { return number.map { significant($0) } ?? "–" }
      let text =
        decimals.map { fixed(number, decimals: $0) } ?? significant(number, digits: digits)
      return isPercent ? text + " %" : text
    }
  }
}
