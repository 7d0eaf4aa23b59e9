/// A CSV file as text: rows of cells, for files that hold more than numbers.
///
/// Quotation marks are taken off and doubled ones made single; cells are otherwise as they stand,
/// spaces and empty ones included. Every row has as many cells as the first. See ``CSVTable`` for
/// files that hold nothing but numbers.
public struct CSVDocument: Equatable, Sendable {
  /// Whether the first row holds the names of the columns.
  public enum HeaderRule: Equatable, Sendable {
    /// It does where one of its cells is neither empty nor a number. Wrong for a file without names
    /// that has a column of text.
    case automatic
    /// It does.
    case present
    /// It does not.
    case absent
  }

  /// A row and where it begins.
  public struct Row: Equatable, Sendable {
    /// The line in which the row begins, from 1.
    public let line: Int
    /// The text of the cells.
    public let cells: [String]
  }

  /// The names of the columns, where the file holds them.
  public let header: [String]?
  /// The rows below the header: one or more.
  public let rows: [Row]

  /// The number of cells of every row.
  public var columnCount: Int { header?.count ?? rows.first?.cells.count ?? 0 }

  /// Reads a file.
  public init(
    contentsOf path: String, header rule: HeaderRule = .automatic
  ) throws(TensorFileError) {
    try self.init(parsing: readFile(path, expansion: 16), path: path, header: rule)
  }

  /// Reads the content of a file.
  ///
  /// - Parameters:
  ///   - bytes: the content.
  ///   - path: the name of the content in errors.
  ///   - rule: whether the first row holds the names of the columns.
  public init(
    parsing bytes: [UInt8], path: String, header rule: HeaderRule = .automatic
  ) throws(TensorFileError) {
    var scanner = try CSVScanner(bytes, path: path)
    var header: [String]?
    var rows: [Row] = []
    while try scanner.nextRow() {
      var cells: [String] = []
      cells.reserveCapacity(scanner.cells.count)
      for cell in scanner.cells { cells.append(try scanner.text(of: cell)) }
      if header == nil, rows.isEmpty, rule == .present || rule == .automatic && scanner.isHeader {
        header = cells
      } else {
        rows.append(Row(line: scanner.rowLine, cells: cells))
      }
    }
    guard !rows.isEmpty else { throw .headerWithoutRows(path: path) }
    (self.header, self.rows) = (header, rows)
  }
}

extension CSVScanner {
  /// The number of a cell of the latest row.
  func number(of cell: Cell) -> Double? { decimalNumber(bytes, in: cell.range) }

  /// Whether a cell of the latest row has no text but spaces.
  func isEmpty(_ cell: Cell) -> Bool { bytes[cell.range].allSatisfy(isSpace) }

  /// Whether a cell of the latest row is neither empty nor a number.
  var isHeader: Bool { cells.contains { number(of: $0) == nil && !isEmpty($0) } }
}
