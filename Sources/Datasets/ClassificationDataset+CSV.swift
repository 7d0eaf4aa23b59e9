import TensorFiles

extension ClassificationDataset {
  /// Reads a data set from a CSV file: a row per sample, one column of which is the label.
  ///
  /// Every other column is a number. Labels may be any text; see
  /// ``init(name:rows:labelCells:classNames:)``.
  ///
  /// - Parameters:
  ///   - path: the file. Its first row is a header if no cell before the last is a number and one of them
  ///     has text, so that neither a hole nor a label in the first row makes it one.
  ///   - labelColumn: the name of the label's column; nil for one called "label", "class", "target" or
  ///     "y", or the last where there is none.
  public init(csv path: String, labelColumn: String? = nil) throws(DatasetFileError) {
    var rows: [CSVDocument.Row]
    do throws(TensorFileError) {
      rows = try CSVDocument(contentsOf: path, header: .absent).rows
    } catch {
      throw .file(error)
    }
    var header: [String] = []
    if Self.isHeader(rows[0].cells.dropLast()) {
      header = rows.removeFirst().cells
      if rows.isEmpty { throw .file(.headerWithoutRows(path: path)) }
    }
    let width = rows.first?.cells.count ?? 0
    let label = try Self.labelColumn(labelColumn, in: header, width: width, path)
    var features: [[Double]] = []
    for row in rows {
      var values: [Double] = []
      for (column, cell) in row.cells.enumerated() where column != label {
        guard let value = CSVDocument.number(in: cell) else {
          throw .file(
            cell.allSatisfy(\.isWhitespace)
              ? .emptyCell(path: path, line: row.line, column: column + 1)
              : .notANumber(path: path, line: row.line, column: column + 1, text: cell))
        }
        values.append(value)
      }
      features.append(values)
    }
    do throws(DatasetError) {
      try self.init(name: path, rows: features, labelCells: rows.map { $0.cells[label] })
    } catch {
      throw .content(path: path, line: error.row.map { rows[$0 - 1].line }, error)
    }
  }

  private static func isHeader(_ cells: ArraySlice<String>) -> Bool {
    cells.allSatisfy { CSVDocument.number(in: $0) == nil }
      && cells.contains { !$0.allSatisfy(\.isWhitespace) }
  }

  private static func labelColumn(
    _ name: String?, in header: [String], width: Int, _ path: String
  ) throws(DatasetFileError) -> Int {
    if let name {
      guard let column = header.firstIndex(of: name) else {
        throw .noSuchColumn(path: path, name: name, columns: header)
      }
      return column
    }
    let usual = ["label", "class", "target", "y"]
    return header.firstIndex { usual.contains($0.lowercased()) } ?? width - 1
  }
}

extension DatasetError {
  /// The row to blame, from 1, where one is.
  var row: Int? {
    switch self {
    case .rowLengthMismatch(let row, _, _), .nonFiniteFeature(let row, _, _),
      .labelOutsideClasses(let row, _, _), .missingLabel(let row), .unknownLabel(let row, _, _):
      row
    default: nil
    }
  }
}
