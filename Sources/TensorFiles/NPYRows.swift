import Tensors

/// An NPY file of which rows are read when they are asked for, so that it may be larger than memory.
///
/// A row is what one number of the first axis leaves. The file is row-major, of `f4` or `f8`.
package struct NPYRows: ~Copyable, Sendable {
  /// The extents; the first is the number of rows.
  package let shape: [Int]
  private let file: InputFile
  private let dataStart: Int
  private let type: ElementType
  private let order: ByteOrder

  /// Opens a file, reads its header and compares its size.
  package init(_ path: String) throws(TensorFileError) {
    let file = try InputFile(path)
    let start = try file.read(NPYFile.headerByteLimit + 12, at: 0)
    let range = try NPYFile.headerRange(of: start, path: path)
    let header = try NPYHeader(parsing: start, in: range, path: path)
    try NPYFile.check(
      byteCount: file.byteCount, dataStart: range.upperBound, shape: header.shape,
      elementByteCount: header.type.byteCount, path: path)
    guard header.shape.count >= 1 else {
      throw .badHeader(path: path, reason: "a single number has no rows")
    }
    guard !header.isColumnMajor || header.shape.count == 1 else {
      throw .badHeader(
        path: path, reason: "its rows are not together (fortran_order); use numpy.ascontiguousarray"
      )
    }
    (shape, type, order) = (header.shape, header.type, header.order)
    dataStart = range.upperBound
    self.file = file
  }

  /// The path that the caller gave, for errors.
  package var path: String { file.path }
  /// The number of elements of a row.
  package var width: Int { shape.dropFirst().reduce(1, *) }

  /// Whether somebody wrote to the file since it was opened.
  package func hasChanged() throws(TensorFileError) -> Bool { try file.hasChanged() }

  /// Reads a row; Float64 numbers are rounded. False where the file has become too short for it.
  ///
  /// - Precondition: the row exists, and `target` has ``width`` elements.
  package func read(
    _ row: Int, into target: UnsafeMutableBufferPointer<Float>
  ) throws(TensorFileError) -> Bool {
    precondition(
      (0..<shape[0]).contains(row), "Row \(row) was asked for, but there are \(shape[0]).")
    precondition(
      target.count == width, "A row has \(width) elements, but the target \(target.count).")
    let byteCount = width * type.byteCount
    let offset = dataStart + row * byteCount
    if type == .float, order == .host {
      return try file.read(into: UnsafeMutableRawBufferPointer(target), at: offset) == byteCount
    }
    let bytes = try file.read(byteCount, at: offset)
    guard bytes.count == byteCount else { return false }
    let values = AnyTensor(bytes: bytes, at: 0, type: type, shape: [width], order: order)
    let numbers = values.converted(to: Float.self)
    for i in target.indices { target[i] = numbers[i] }
    return true
  }
}
