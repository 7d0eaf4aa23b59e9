/// Charts of one kind side by side, with the same axes and one legend.
///
///     let chart = SmallMultiples(
///       title: "Gradient norms by depth",
///       panels: depths.map { depth in
///         LineChart(title: "\(depth) layers", x: .init("step"), y: .init("norm"), series: ...)
///       })
///
/// The panels fill rows from left to right. Series of the same name look the same in all panels.
/// Where a width has no room for all columns there are fewer.
public struct SmallMultiples<Panel: PanelChart>: Chart {
  /// What the charts show together; the heading, and the name for screen readers.
  public var title: String
  /// The charts; their titles stand above each, their widths and heights do not count.
  public var panels: [Panel]
  /// The most panels in a row; at least 1.
  public var columnCount: Int
  /// Whether all panels show the same range of the x axis, and its label below the last ones alone.
  public var sharesX: Bool
  /// Whether all panels show the same range of the y axis, and its label above the first ones alone.
  public var sharesY: Bool
  /// The width of the whole drawing, in units of which the text is 13 high; at least 240.
  public var width: Double
  /// The height of each data area; at least 80.
  public var plotHeight: Double

  /// Creates charts side by side.
  public init(
    title: String, panels: [Panel], columnCount: Int = 3, sharesX: Bool = true,
    sharesY: Bool = true, width: Double = 720, plotHeight: Double = 150
  ) {
    self.title = title
    self.panels = panels
    self.columnCount = columnCount
    self.sharesX = sharesX
    self.sharesY = sharesY
    self.width = width
    self.plotHeight = plotHeight
  }

  /// The charts in words, one after the other.
  public var description: String {
    let count = panels.count
    let opening = "\(count) \(count == 1 ? "chart" : "charts") side by side."
    return ([opening] + panels.map { "\($0.title): \($0.description)" }).joined(separator: " ")
  }

  /// The tables of all panels one below the other, each row with the title of its panel.
  public func dataTable() -> ReportTable {
    let tables = panels.map { $0.dataTable() }
    let merged = Self.merged(
      zip(panels, tables).map { ($0.title, $1.columns.map(\.title), $1.rows) }, missing: "–")
    let columns = merged.names.map { name in
      tables.lazy.flatMap(\.columns).first { $0.title == name } ?? .init(name)
    }
    return ReportTable(
      caption: "\(title): numbers", columns: [.init("panel")] + columns, rows: merged.rows)
  }

  /// The records of all panels, each with the title of its panel.
  public func records() -> [[String]] {
    let all = panels.map { ($0.title, $0.records()) }
    let merged = Self.merged(
      all.map { ($0, $1.first ?? [], Array($1.dropFirst())) }, missing: "")
    return [["panel"] + merged.names] + merged.rows
  }

  /// One table of several, in which each column stands once; the panel's title starts each row.
  private static func merged(
    _ tables: [(title: String, names: [String], rows: [[String]])], missing: String
  ) -> (names: [String], rows: [[String]]) {
    var names: [String] = []
    for table in tables { names += table.names.filter { !names.contains($0) } }
    let rows = tables.flatMap { table in
      let places = names.map { table.names.firstIndex(of: $0) }
      return table.rows.map { row in
        [table.title] + places.map { $0.map { $0 < row.count ? row[$0] : "" } ?? missing }
      }
    }
    return (names, rows)
  }
}
