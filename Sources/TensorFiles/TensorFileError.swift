/// Why a file of tensors could not be read or written.
///
/// Every case names the file by the path that the caller gave. Lines and columns count from 1, byte
/// counts and offsets from 0. The descriptions are single sentences or two, without line breaks
/// whatever the file holds, and say what to do.
public enum TensorFileError: Error, Equatable, Sendable {
  // MARK: The file system

  /// There is no file at the path.
  case notFound(path: String)
  /// The path names a directory.
  case isDirectory(path: String)
  /// The path names a device, a pipe or a socket, which cannot be read as a whole.
  case notARegularFile(path: String)
  /// The system refused to open or read the file; `reason` is its message.
  case unreadable(path: String, reason: String)
  /// The system refused to write the file; `reason` is its message.
  case unwritable(path: String, reason: String)
  /// The file needs more memory than this machine has. Counts are in bytes.
  case tooLarge(path: String, byteCount: Int, limit: Int)
  /// The suffix of the path is none of the supported formats'.
  case unknownSuffix(path: String)

  // MARK: Every format

  /// The file has no content.
  case emptyFile(path: String)
  /// The file ends early. Counts are in bytes, of the whole file.
  case truncated(path: String, expected: Int, found: Int)
  /// The file goes on after its tensors. Counts are in bytes, of the whole file.
  case trailingBytes(path: String, expected: Int, found: Int)
  /// The file does not begin as a file of its format does.
  case badMagic(path: String, format: TensorFileFormat)
  /// The header is longer than any that this library reads. Counts are in bytes.
  case headerTooLarge(path: String, found: UInt64, limit: Int)
  /// The header does not follow the format; `reason` says where and how.
  case badHeader(path: String, reason: String)
  /// The elements are neither 32-bit nor 64-bit floating point numbers. `tensor` is the name, where
  /// the format has names.
  case unsupportedType(path: String, tensor: String?, found: String)
  /// The number of bytes of this shape does not fit in an `Int`.
  case shapeTooLarge(path: String, tensor: String?, shape: [Int])

  // MARK: NPY

  /// The format version is none of 1.0, 2.0 and 3.0.
  case unsupportedVersion(path: String, found: String)

  // MARK: safetensors

  /// Two tensors, or two keys of one object of the header, have the same name.
  case duplicateName(path: String, name: String)
  /// There is no tensor of this name; `available` are the names that there are.
  case noSuchTensor(path: String, name: String, available: [String])
  /// The name has a meaning in the format and cannot be a tensor's.
  case reservedName(path: String, name: String)
  /// A tensor ends before it begins.
  case offsetsReversed(path: String, tensor: String, begin: Int, end: Int)
  /// A tensor does not begin where the one before it ends: a hole or an overlap.
  case offsetsNotContiguous(path: String, tensor: String, expected: Int, found: Int)
  /// The offsets of a tensor hold another number of bytes than its shape and type ask for.
  case byteCountDisagrees(
    path: String, tensor: String, dtype: String, shape: [Int], expected: Int, found: Int)

  // MARK: CSV

  /// The text is not UTF-8.
  case notUTF8(path: String, line: Int)
  /// A line without a cell between rows.
  case emptyLine(path: String, line: Int)
  /// A cell without text in a table of numbers.
  case emptyCell(path: String, line: Int, column: Int)
  /// A row has another number of cells than the first.
  case raggedRow(path: String, line: Int, expected: Int, found: Int)
  /// A cell of a table of numbers holds something else.
  case notANumber(path: String, line: Int, column: Int, text: String)
  /// A quotation mark that is never closed, opened in this line.
  case unterminatedQuote(path: String, line: Int)
  /// A quotation mark inside a cell, or text after a closing one.
  case strayQuote(path: String, line: Int, column: Int)
  /// The file holds column names and no row.
  case headerWithoutRows(path: String)
  /// A CSV file cannot hold a tensor of this shape.
  case notATable(path: String, shape: [Int])
}
