// The chart in words and numbers.
extension ContourPlot {
  /// The chart in words, for readers who do not see it: the function's range, the levels, and from
  /// where to where the paths lead.
  public var description: String {
    func name(_ axis: LineChart.Axis, _ fallback: String) -> String {
      axis.label.isEmpty ? fallback : axis.label
    }
    let function = self.name.isEmpty ? "a function" : self.name
    var sentences = ["Level lines of \(function) by \(name(x, "x")) and \(name(y, "y"))."]
    let values = grid.values.filter(\.isFinite)
    if let least = values.min(), let most = values.max() {
      let ends = (NumberText.significant(least), NumberText.significant(most))
      sentences.append("It lies between \(ends.0) and \(ends.1).")
    } else {
      sentences.append("It has no values.")
    }
    if let first = shownLevels.first, let last = shownLevels.last {
      sentences.append(
        "\(shownLevels.count) levels from \(NumberText.significant(first, digits: 3)) to "
          + "\(NumberText.significant(last, digits: 3)).")
    }
    sentences += paths.map { "\($0.name): \(summary(of: $0))." }
    return sentences.joined(separator: " ")
  }

  private func summary(of path: LineChart.Series) -> String {
    let points = path.points.filter { $0.x.isFinite && $0.y.isFinite }
    guard let first = points.first, let last = points.last else { return "no points" }
    func text(_ point: LineChart.Point) -> String { "(\(x.text(point.x)), \(y.text(point.y)))" }
    if points.count == 1 { return "a point at \(text(first))" }
    return "from \(text(first)) to \(text(last)) in \(points.count - 1) "
      + (points.count == 2 ? "step" : "steps")
  }

  /// The paths, of each at most 20 points, evenly spread, with both ends.
  public func dataTable() -> ReportTable {
    var rows: [[String]] = []
    for path in paths {
      let steps = path.points.indices.map(Double.init)
      let chosen = LineChart.spread(steps, count: 20).map { Int($0) }
      let places = (
        NumberText.column(chosen.map { path.points[$0].x }, on: x),
        NumberText.column(chosen.map { path.points[$0].y }, on: y)
      )
      for (row, step) in chosen.enumerated() {
        rows.append([path.name, "\(step)", places.0[row], places.1[row]])
      }
    }
    return ReportTable(
      caption: "\(title): points of the paths",
      columns: [
        .init("path"), .init("step", kind: .number),
        .init(x.labelWithUnit.isEmpty ? "x" : x.labelWithUnit, kind: .number),
        .init(y.labelWithUnit.isEmpty ? "y" : y.labelWithUnit, kind: .number),
      ], rows: rows)
  }

  /// The points of the paths, then the grid: path and step or nothing, x, y, and the function's
  /// value on the grid.
  public func records() -> [[String]] {
    let names = [x.labelWithUnit, y.labelWithUnit, name]
    let fallbacks = ["x", "y", "value"]
    var records = [["path", "step"] + zip(names, fallbacks).map { $0.isEmpty ? $1 : $0 }]
    for path in paths {
      for (step, point) in path.points.enumerated() {
        let fields = [point.x, point.y].map(CSV.number)
        records.append([path.name, "\(step)"] + fields + [""])
      }
    }
    for (row, y) in grid.y.enumerated() {
      for (column, x) in grid.x.enumerated() {
        let value = grid.values[row * grid.x.count + column]
        records.append(["", ""] + [x, y, value].map(CSV.number))
      }
    }
    return records
  }
}
