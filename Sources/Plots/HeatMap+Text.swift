// The chart in words and numbers.
extension HeatMap {
  /// The chart in words, for readers who do not see it: where the lowest and the highest number
  /// stand, and how many are missing.
  public var description: String {
    let name = z.label.isEmpty ? "values" : z.label
    let axes = (
      y.label.isEmpty ? "row" : y.label, x.label.isEmpty ? "column" : x.label
    )
    var sentences = ["Heat map of \(name) by \(axes.0) and \(axes.1)."]
    let all = y.names.indices.flatMap { row in
      x.names.indices.map { (row: row, column: $0, value: value(row: row, column: $0)) }
    }
    let cells = all.filter { z.canDraw($0.value) }
    if let least = cells.min(by: { $0.value < $1.value }),
      let most = cells.max(by: { $0.value < $1.value })
    {
      func text(_ cell: (row: Int, column: Int, value: Double)) -> String {
        "\(z.text(cell.value)) at \(axes.0) \(y.names[cell.row]), "
          + "\(axes.1) \(x.names[cell.column])"
      }
      sentences.append("Lowest \(text(least)); highest \(text(most)).")
    } else {
      sentences.append("There are no values.")
    }
    let missing = all.count - cells.count
    if missing > 0, !cells.isEmpty {
      sentences.append("\(missing) of \(all.count) cells have no value on the scale.")
    }
    return sentences.joined(separator: " ")
  }

  /// The cells as they stand.
  public func dataTable() -> ReportTable {
    let count = x.names.count
    let texts = NumberText.column(
      y.names.indices.flatMap { row in (0..<count).map { value(row: row, column: $0) } }, on: z)
    let corner = [y.label, x.label].filter { !$0.isEmpty }.joined(separator: ", by ")
    return ReportTable(
      caption: "\(title): \(z.labelWithUnit.isEmpty ? "numbers" : z.labelWithUnit)",
      columns: [.init(corner)] + x.names.map { .init($0, kind: .number) },
      rows: y.names.indices.map { [y.names[$0]] + texts[$0 * count..<($0 + 1) * count] })
  }

  /// A line for each cell: the names of its row and column, and its number.
  public func records() -> [[String]] {
    let names = zip([y.label, x.label, z.labelWithUnit], ["row", "column", "value"])
    var records = [names.map { $0.isEmpty ? $1 : $0 }]
    for row in y.names.indices {
      for column in x.names.indices {
        let value = CSV.number(value(row: row, column: column))
        records.append([y.names[row], x.names[column], value])
      }
    }
    return records
  }
}
