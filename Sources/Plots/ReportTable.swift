/// A table of a report.
///
/// The first cell of each row is its heading.
public struct ReportTable: Equatable, Sendable {
  /// What the cells of a column are.
  public enum Kind: Equatable, Sendable {
    /// Words, aligned left.
    case text
    /// Numbers, aligned right.
    case number
  }

  /// The head of a column.
  public struct Column: Equatable, Sendable {
    /// What stands above the cells.
    public var title: String
    /// What the cells are.
    public var kind: Kind

    /// Creates the head of a column.
    public init(_ title: String, kind: Kind = .text) {
      self.title = title
      self.kind = kind
    }
  }

  /// What the table shows; its name for screen readers.
  public var caption: String
  /// The heads of the columns.
  public var columns: [Column]
  /// The cells, row by row. Rows that are too short end in empty cells.
  public var rows: [[String]]

  /// Creates a table.
  public init(caption: String, columns: [Column], rows: [[String]]) {
    self.caption = caption
    self.columns = columns
    self.rows = rows
  }

  /// The table in a region that can be scrolled with the keyboard where the table is too wide.
  func html(id: String) -> String {
    var html = "<div class=\"scroll\" role=\"region\" aria-labelledby=\"\(id)\" tabindex=\"0\">\n"
    html += "<table>\n<caption id=\"\(id)\">\(Markup.escaped(caption))</caption>\n<thead><tr>"
    for (index, column) in columns.enumerated() {
      html += "<th scope=\"col\"\(classes(at: index))>\(Markup.escaped(column.title))</th>"
    }
    html += "</tr></thead>\n<tbody>\n"
    for row in rows {
      html += "<tr>"
      for index in 0..<max(row.count, columns.count) {
        let text = index < row.count ? Markup.escaped(row[index]) : ""
        html +=
          index == 0
          ? "<th scope=\"row\"\(classes(at: index))>\(text)</th>"
          : "<td\(classes(at: index))>\(text)</td>"
      }
      html += "</tr>\n"
    }
    return html + "</tbody>\n</table>\n</div>\n"
  }

  private func classes(at index: Int) -> String {
    index < columns.count && columns[index].kind == .number ? " class=\"number\"" : ""
  }
}
