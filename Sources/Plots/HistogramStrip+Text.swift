// The chart in words and numbers.
extension HistogramStrip {
  /// The chart in words, for readers who do not see it: the steps, and the course of the lines.
  public var description: String {
    let names = (y.label.isEmpty ? "values" : y.label, x.label.isEmpty ? "step" : x.label)
    var sentences = ["Distribution of \(names.0) by \(names.1)."]
    let places = steps.map(\.x).filter(x.canDraw)
    if let first = places.min(), let last = places.max() {
      sentences.append(
        "\(places.count) \(places.count == 1 ? "distribution" : "distributions") from "
          + "\(x.text(first)) to \(x.text(last)).")
    } else {
      sentences.append("There are no distributions.")
    }
    let chart = LineChart(title: title, x: x, y: y, series: lines)
    sentences += lines.map { "\($0.name): \(chart.summary(of: $0))." }
    return sentences.joined(separator: " ")
  }

  /// The numbers of the lines or, where there are none, the densest bin of each of at most 20 steps.
  public func dataTable() -> ReportTable {
    if !lines.isEmpty {
      return LineChart(title: title, x: x, y: y, series: lines).dataTable()
    }
    let known = steps.filter { !$0.shares.isEmpty && x.canDraw($0.x) }.sorted { $0.x < $1.x }
    let chosen = LineChart.spread(known.indices.map(Double.init), count: 20).map { known[Int($0)] }
    let densest = chosen.map { step -> (low: Double, high: Double, share: Double) in
      let densities = step.shares.indices.map {
        step.shares[$0] / max(1e-300, step.edges[$0 + 1] - step.edges[$0])
      }
      let index = densities.indices.max { densities[$0] < densities[$1] } ?? 0
      return (step.edges[index], step.edges[index + 1], step.shares[index])
    }
    let texts = [
      NumberText.column(chosen.map(\.x), on: x), NumberText.column(densest.map(\.low), on: y),
      NumberText.column(densest.map(\.high), on: y),
      densest.map { NumberText.significant($0.share) },
    ]
    return ReportTable(
      caption: "\(title): the densest bin of \(chosen.count) of \(steps.count) steps",
      columns: [
        .init(x.labelWithUnit.isEmpty ? "x" : x.labelWithUnit, kind: .number),
        .init("from", kind: .number), .init("to", kind: .number), .init("share", kind: .number),
      ], rows: chosen.indices.map { row in texts.map { $0[row] } })
  }

  /// A line for each point of the lines, then one for each bin of each step: the line's name or
  /// nothing, x, the value or the bin's edges and the share in it.
  public func records() -> [[String]] {
    let names = [
      x.labelWithUnit.isEmpty ? "x" : x.labelWithUnit,
      y.labelWithUnit.isEmpty ? "value" : y.labelWithUnit,
    ]
    var records = [["line"] + names + ["from", "to", "share"]]
    for line in lines {
      for point in line.points {
        records.append([line.name] + [point.x, point.y, nil, nil, nil].map(CSV.number))
      }
    }
    for step in steps {
      for (index, share) in step.shares.enumerated() {
        let fields = [step.x, nil, step.edges[index], step.edges[index + 1], share]
        records.append([""] + fields.map(CSV.number))
      }
    }
    return records
  }
}
