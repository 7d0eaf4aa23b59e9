/// A table whose cells hold links, states and small pictures, and which a narrow window shows as one
/// card for each row.
///
///     let table = OverviewTable(
///       caption: "What was found", columns: [.init("Claim"), .init("Finding"), .init("Effect")],
///       rows: [[[.link("fewer-steps", to: "fewer-steps")], [.state("supported", .good)], [.picture(mark)]]])
///
/// The first cell of each row is its heading.
public struct OverviewTable: Equatable, Sendable {
  /// What a state means for what it is said of; told by a symbol and a colour, and in words anyway.
  public enum Tone: String, Equatable, Sendable, CaseIterable {
    /// As one would have it: a check mark, blue.
    case good
    /// Not so: a cross, orange.
    case bad
    /// Neither: a question mark, the colour of text.
    case open
  }

  /// A piece of a cell, on a line of its own.
  public enum Part: Equatable, Sendable {
    /// Text.
    case text(String)
    /// Text that is less important, smaller.
    case note(String)
    /// A link to a section of the page, by its anchor.
    case link(String, to: String)
    /// A word with the symbol and colour of what it means.
    case state(String, Tone)
    /// A small chart, at its own size.
    case picture(IntervalMark)
  }

  /// What the table shows; its name for screen readers.
  public var caption: String
  /// The heads of the columns.
  public var columns: [ReportTable.Column]
  /// The cells, row by row: the parts of each, one below the other.
  public var rows: [[[Part]]]

  /// Creates a table.
  ///
  /// - Precondition: each row has a cell for each column.
  public init(caption: String, columns: [ReportTable.Column], rows: [[[Part]]]) {
    let counts = Set(rows.map(\.count))
    precondition(
      counts.isSubset(of: [columns.count]),
      "The table \(caption) has \(columns.count) columns, but rows of \(counts.sorted()) cells.")
    self.caption = caption
    self.columns = columns
    self.rows = rows
  }

  /// The table. Roles are said outright, since a card is not displayed as a row.
  func html(id: String) -> String {
    var html = "<table class=\"overview\" role=\"table\">\n"
    html += "<caption id=\"\(id)\">\(Markup.escaped(caption))</caption>\n"
    html += "<thead role=\"rowgroup\"><tr role=\"row\">"
    for column in columns {
      html += "<th scope=\"col\" role=\"columnheader\"\(Self.kind(column))>"
      html += "\(Markup.escaped(column.title))</th>"
    }
    html += "</tr></thead>\n<tbody role=\"rowgroup\">\n"
    for (row, cells) in rows.enumerated() {
      html += "<tr role=\"row\">"
      for (index, (column, parts)) in zip(columns, cells).enumerated() {
        let content = parts.enumerated().map { Self.html($1, id: "\(id)-\(row)-\(index)-\($0)") }
          .joined()
        // A card has no heads of columns above its cells: each says what it is.
        let label = "\(Self.kind(column)) data-label=\"\(Markup.escaped(column.title))\""
        html +=
          index == 0
          ? "<th scope=\"row\" role=\"rowheader\"\(label)>\(content)</th>"
          : "<td role=\"cell\"\(label)>\(content)</td>"
      }
      html += "</tr>\n"
    }
    return html + "</tbody>\n</table>\n"
  }

  private static func kind(_ column: ReportTable.Column) -> String {
    column.kind == .number ? " class=\"number\"" : ""
  }

  private static func html(_ part: Part, id: String) -> String {
    switch part {
    case .text(let text): "<span>\(Markup.escaped(text))</span>"
    case .note(let text): "<small>\(Markup.escaped(text))</small>"
    case .link(let text, let anchor):
      "<span><a href=\"#\(Markup.identifier(anchor))\">\(Markup.escaped(text))</a></span>"
    case .state(let text, let tone): "<span>\(tone.html(text))</span>"
    case .picture(let mark): "<span>\(mark.svg(idPrefix: id))</span>"
    }
  }
}

extension OverviewTable.Tone {
  private var symbol: String {
    switch self {
    case .good: "✓"
    case .bad: "✗"
    case .open: "?"
    }
  }

  /// The word with the symbol, which a screen reader does not read out.
  func html(_ text: String) -> String {
    "<span class=\"state \(rawValue)\"><span aria-hidden=\"true\">\(symbol)</span> "
      + "\(Markup.escaped(text))</span>"
  }
}
