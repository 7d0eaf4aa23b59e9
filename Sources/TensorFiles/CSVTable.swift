public import Tensors

/// A CSV file of numbers, with or without names of the columns.
///
/// The first row is the header where one of its cells is neither empty nor a number; `nan` and
/// `inf` count as numbers. Numbers are decimal, with spaces around them or not. They are written in
/// the shortest form that gives the same number again.
public struct CSVTable: Equatable, Sendable {
  /// The names of the columns, where the file holds them.
  public let header: [String]?
  /// The numbers, of shape [rows, columns].
  public let rows: Tensor<Double>

  /// Creates a table.
  ///
  /// - Precondition: `rows` has rank 2, and `header` a name for each column.
  public init(header: [String]? = nil, rows: Tensor<Double>) {
    precondition(rows.rank == 2, "A table has rank 2, but the tensor has the shape \(rows.shape).")
    if let header {
      precondition(
        header.count == rows.shape[1],
        "The table has \(rows.shape[1]) columns, but the header has \(header.count) names.")
    }
    (self.header, self.rows) = (header, rows)
  }

  /// Reads a file.
  public init(contentsOf path: String) throws(TensorFileError) {
    try self.init(parsing: readFile(path, expansion: 16), path: path)
  }

  /// Reads the content of a file.
  ///
  /// - Parameters:
  ///   - bytes: the content.
  ///   - path: the name of the content in errors.
  public init(parsing bytes: [UInt8], path: String) throws(TensorFileError) {
    var scanner = try CSVScanner(bytes, path: path)
    var header: [String]?
    var numbers: [Double] = []
    var rowCount = 0
    while try scanner.nextRow() {
      if header == nil, rowCount == 0, scanner.isHeader {
        header = []
        for cell in scanner.cells { header?.append(try scanner.text(of: cell)) }
        continue
      }
      for (index, cell) in scanner.cells.enumerated() {
        guard let number = scanner.number(of: cell) else {
          throw try scanner.problem(of: cell, column: index + 1)
        }
        numbers.append(number)
      }
      rowCount += 1
    }
    guard rowCount > 0 else { throw .headerWithoutRows(path: path) }
    self.init(
      header: header, rows: Tensor(numbers, shape: [rowCount, numbers.count / rowCount]))
  }

  /// Writes a file, or leaves the old one as it was: see ``writeAtomically(_:to:)``.
  public func write(to path: String) throws(TensorFileError) {
    try Self.write(.double(rows), header: header, to: path)
  }

  /// Writes a tensor as a table: rank 2 as it is, rank 1 as one column. Others are refused, and
  /// empty ones too, which could not be read again.
  ///
  /// - Precondition: `header` has a name for each column.
  public static func write(
    _ tensor: AnyTensor, header: [String]? = nil, to path: String
  ) throws(TensorFileError) {
    try writeAtomically(encode(tensor, header: header, path: path), to: path)
  }

  /// Returns the content of the file that ``write(_:header:to:)`` writes.
  ///
  /// - Precondition: `header` has a name for each column.
  /// - Parameters:
  ///   - tensor: of rank 1, a column, or 2.
  ///   - header: the names of the columns, or nil for none.
  ///   - path: the name of the content in errors.
  public static func encode(
    _ tensor: AnyTensor, header: [String]? = nil, path: String
  ) throws(TensorFileError) -> [UInt8] {
    guard (1...2).contains(tensor.rank), tensor.count > 0 else {
      throw .notATable(path: path, shape: tensor.shape)
    }
    let columnCount = tensor.rank == 1 ? 1 : tensor.shape[1]
    var bytes: [UInt8] = []
    if let header {
      precondition(
        header.count == columnCount,
        "The table has \(columnCount) columns, but the header has \(header.count) names.")
      bytes.append(contentsOf: header.map(quotedIfNeeded).joined(separator: ",").utf8)
      bytes.append(UInt8(ascii: "\n"))
    }
    switch tensor {
    case .float(let tensor): append(tensor, columnCount: columnCount, to: &bytes)
    case .double(let tensor): append(tensor, columnCount: columnCount, to: &bytes)
    }
    return bytes
  }

  private static func append<Scalar: TensorScalar & LosslessStringConvertible>(
    _ tensor: Tensor<Scalar>, columnCount: Int, to bytes: inout [UInt8]
  ) {
    let elements = tensor.span
    for i in elements.indices {
      // The standard library writes the sign of a nan, which says nothing.
      let text = elements[i].isNaN ? "nan" : elements[i].description
      bytes.append(contentsOf: text.utf8)
      bytes.append(UInt8(ascii: (i + 1) % columnCount == 0 ? "\n" : ","))
    }
  }

  private static func quotedIfNeeded(_ cell: String) -> String {
    let special: Set<UInt8> = Set(",\"\r\n ".utf8)
    guard cell.isEmpty || cell.utf8.contains(where: special.contains) else { return cell }
    // By scalars: a mark with an accent on it is one character, and still has to be doubled.
    var quoted = "\""
    for scalar in cell.unicodeScalars {
      if scalar == "\"" { quoted += "\"" }
      quoted.unicodeScalars.append(scalar)
    }
    return quoted + "\""
  }
}

extension CSVScanner {
  /// Why a cell of the latest row is not a number.
  fileprivate func problem(
    of cell: Cell, column: Int
  ) throws(TensorFileError) -> TensorFileError {
    if isEmpty(cell) { return .emptyCell(path: path, line: rowLine, column: column) }
    return .notANumber(path: path, line: rowLine, column: column, text: try text(of: cell))
  }
}
