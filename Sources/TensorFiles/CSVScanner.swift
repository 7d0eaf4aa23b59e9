/// Splits the bytes of a CSV file into rows of cells, without making strings of them.
///
/// RFC 4180 with these rules where it is silent or readers differ: rows end with CRLF or LF, the
/// last one also with the file; a byte order mark is skipped; empty lines are allowed at the end of
/// the file only; a quotation mark inside a cell that does not begin with one is refused.
struct CSVScanner {
  /// Where the text of a cell stands, without its quotation marks.
  struct Cell {
    var range: Range<Int>
    /// Whether marks inside the text are doubled.
    var hasDoubledQuotes = false
  }

  let bytes: [UInt8]
  let path: String
  /// The cells of the latest row.
  private(set) var cells: [Cell] = []
  /// The line in which the latest row begins, from 1.
  private(set) var rowLine = 0

  private var position = 0
  private var line = 1
  private var columnCount: Int?

  init(_ bytes: [UInt8], path: String) throws(TensorFileError) {
    (self.bytes, self.path) = (bytes, path)
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    if bytes.starts(with: mark) { position = mark.count }
    if isBlank(from: position) { throw .emptyFile(path: path) }
  }

  /// Reads the next row into ``cells``.
  ///
  /// - Returns: whether there was one.
  mutating func nextRow() throws(TensorFileError) -> Bool {
    if position >= bytes.count { return false }
    if isBlankLine(at: position) {
      if isBlank(from: position) { return false }
      throw .emptyLine(path: path, line: line)
    }
    cells.removeAll(keepingCapacity: true)
    rowLine = line
    while try readCell() {}
    if let columnCount, columnCount != cells.count {
      throw .raggedRow(path: path, line: rowLine, expected: columnCount, found: cells.count)
    }
    columnCount = cells.count
    return true
  }

  /// The text of a cell of the latest row, doubled quotation marks made single.
  func text(of cell: Cell) throws(TensorFileError) -> String {
    var content = bytes[cell.range]
    if cell.hasDoubledQuotes {
      var wasQuote = false
      let single = content.filter { byte in
        wasQuote = byte == UInt8(ascii: "\"") && !wasQuote
        return byte != UInt8(ascii: "\"") || wasQuote
      }
      content = single[...]
    }
    guard let text = String(validating: content, as: UTF8.self) else {
      throw .notUTF8(path: path, line: rowLine)
    }
    return text
  }

  /// Reads a cell and what ends it.
  ///
  /// - Returns: whether the row goes on.
  private mutating func readCell() throws(TensorFileError) -> Bool {
    if position < bytes.count, bytes[position] == UInt8(ascii: "\"") {
      try readQuotedCell()
    } else {
      let start = position
      while position < bytes.count, bytes[position] != UInt8(ascii: ","), !isLineEnd(position) {
        guard bytes[position] != UInt8(ascii: "\"") else { throw strayQuote }
        position += 1
      }
      cells.append(Cell(range: start..<position))
    }
    guard position < bytes.count else { return false }
    switch bytes[position] {
    case UInt8(ascii: ","):
      position += 1
      return true
    case UInt8(ascii: "\n"): position += 1
    default: position += 2
    }
    line += 1
    return false
  }

  private mutating func readQuotedCell() throws(TensorFileError) {
    let firstLine = line
    position += 1
    let start = position
    var hasDoubledQuotes = false
    while position < bytes.count {
      if bytes[position] == UInt8(ascii: "\n") { line += 1 }
      guard bytes[position] == UInt8(ascii: "\"") else {
        position += 1
        continue
      }
      if position + 1 < bytes.count, bytes[position + 1] == UInt8(ascii: "\"") {
        hasDoubledQuotes = true
        position += 2
        continue
      }
      cells.append(Cell(range: start..<position, hasDoubledQuotes: hasDoubledQuotes))
      position += 1
      guard position == bytes.count || bytes[position] == UInt8(ascii: ",") || isLineEnd(position)
      else {
        cells.removeLast()
        throw strayQuote
      }
      return
    }
    throw .unterminatedQuote(path: path, line: firstLine)
  }

  private var strayQuote: TensorFileError {
    .strayQuote(path: path, line: line, column: cells.count + 1)
  }

  /// Whether LF or CRLF stands here. A lone CR is part of a cell.
  private func isLineEnd(_ position: Int) -> Bool {
    switch bytes[position] {
    case UInt8(ascii: "\n"): true
    case UInt8(ascii: "\r"):
      position + 1 < bytes.count && bytes[position + 1] == UInt8(ascii: "\n")
    default: false
    }
  }

  private func isBlankLine(at start: Int) -> Bool {
    var position = start
    while position < bytes.count, !isLineEnd(position) {
      guard isSpace(bytes[position]) else { return false }
      position += 1
    }
    return true
  }

  private func isBlank(from start: Int) -> Bool {
    bytes[start...].allSatisfy { byte in
      isSpace(byte) || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
    }
  }
}

/// Whether a byte is white space within a line.
func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
