public import Tensors

/// Reads and writes NPY files: one array, as `numpy.save` writes it.
///
/// | | read | written |
/// |---|---|---|
/// | versions | 1.0, 2.0, 3.0 | 1.0, or 2.0 for a header of more than 65,535 bytes |
/// | types | `f4`, `f8`, little or big endian | `<f4`, `<f8` |
/// | order | row-major, column-major (reordered) | row-major |
/// | rank | 0 and more | 0 and more |
///
/// NumPy reads a file that goes on after its array; here that is an error, as it may be a sign of a
/// wrong header.
public enum NPYFile {
  /// Reads a file.
  public static func read(_ path: String) throws(TensorFileError) -> AnyTensor {
    // Twice for the tensor, and once more for the reordered one.
    try decode(readFile(path, expansion: 3), path: path)
  }

  /// Reads the content of a file.
  ///
  /// - Parameters:
  ///   - bytes: the content.
  ///   - path: the name of the content in errors.
  public static func decode(_ bytes: [UInt8], path: String) throws(TensorFileError) -> AnyTensor {
    let headerRange = try headerRange(of: bytes, path: path)
    let header = try NPYHeader(parsing: bytes, in: headerRange, path: path)
    try check(
      byteCount: bytes.count, dataStart: headerRange.upperBound, shape: header.shape,
      elementByteCount: header.type.byteCount, path: path)
    // Column-major elements are the row-major ones of the reversed shape.
    let shape = header.isColumnMajor ? header.shape.reversed() : header.shape
    let tensor = AnyTensor(
      bytes: bytes, at: headerRange.upperBound, type: header.type, shape: shape,
      order: header.order)
    return header.isColumnMajor ? tensor.transposed() : tensor
  }

  /// Writes a file, or leaves the old one as it was: see ``writeAtomically(_:to:)``.
  public static func write(_ tensor: AnyTensor, to path: String) throws(TensorFileError) {
    try writeAtomically(encode(tensor), to: path)
  }

  /// Writes a file, or leaves the old one as it was: see ``writeAtomically(_:to:)``.
  public static func write<Scalar: TensorScalar>(
    _ tensor: Tensor<Scalar>, to path: String
  ) throws(TensorFileError) {
    try write(AnyTensor(tensor), to: path)
  }

  /// Returns the content of a file.
  public static func encode(_ tensor: AnyTensor) -> [UInt8] {
    let descriptor =
      switch tensor {
      case .float: "<f4"
      case .double: "<f8"
      }
    let extents = tensor.shape.map(String.init).joined(separator: ", ")
    let tuple = tensor.rank == 1 ? "(\(extents),)" : "(\(extents))"
    let text = "{'descr': '\(descriptor)', 'fortran_order': False, 'shape': \(tuple), }"
    var bytes = preamble(textByteCount: text.utf8.count)
    let dataStart = bytes.count + paddedByteCount(text.utf8.count, after: bytes.count)
    bytes.reserveCapacity(dataStart + tensor.byteCount)
    bytes.append(contentsOf: text.utf8)
    bytes.append(
      contentsOf: repeatElement(UInt8(ascii: " "), count: dataStart - 1 - bytes.count))
    bytes.append(UInt8(ascii: "\n"))
    tensor.appendBytes(to: &bytes)
    return bytes
  }

  /// Longer headers are refused before they are parsed: 1 MiB holds the shape of any real array.
  static let headerByteLimit = 1 << 20

  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// Makes sure that a file has as many bytes as its header asks for.
  static func check(
    byteCount: Int, dataStart: Int, shape: [Int], elementByteCount: Int, path: String
  ) throws(TensorFileError) {
    // Reversed too, as column-major elements are read: an extent of 0 stops the count of those before it alone.
    guard let bits = bitCount(of: shape, bitsPerElement: elementByteCount * 8),
      bitCount(of: shape.reversed(), bitsPerElement: elementByteCount * 8) != nil
    else {
      throw .shapeTooLarge(path: path, tensor: nil, shape: shape)
    }
    let (expected, overflow) = dataStart.addingReportingOverflow(bits / 8)
    guard !overflow else { throw .shapeTooLarge(path: path, tensor: nil, shape: shape) }
    guard byteCount >= expected else {
      throw .truncated(path: path, expected: expected, found: byteCount)
    }
    guard byteCount == expected else {
      throw .trailingBytes(path: path, expected: expected, found: byteCount)
    }
  }

  /// Where the text of the header lies in a file that begins with `bytes`.
  static func headerRange(
    of bytes: [UInt8], path: String
  ) throws(TensorFileError) -> Range<Int> {
    guard !bytes.isEmpty else { throw .emptyFile(path: path) }
    guard bytes.starts(with: magic.prefix(bytes.count)) else {
      throw .badMagic(path: path, format: .npy)
    }
    guard bytes.count >= 10 else {
      throw .truncated(path: path, expected: 10, found: bytes.count)
    }
    let version = (bytes[6], bytes[7])
    guard (1...3).contains(version.0), version.1 == 0 else {
      throw .unsupportedVersion(path: path, found: "\(version.0).\(version.1)")
    }
    let start = version.0 == 1 ? 10 : 12
    guard bytes.count >= start else {
      throw .truncated(path: path, expected: start, found: bytes.count)
    }
    let count = bytes[8..<start].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard count <= headerByteLimit else {
      throw .headerTooLarge(path: path, found: count, limit: headerByteLimit)
    }
    let end = start + Int(count)
    guard bytes.count >= end else {
      throw .truncated(path: path, expected: end, found: bytes.count)
    }
    return start..<end
  }

  /// Everything before the text of the header.
  private static func preamble(textByteCount: Int) -> [UInt8] {
    let count = paddedByteCount(textByteCount, after: 10)
    if let short = UInt16(exactly: count) {
      return magic + [1, 0, UInt8(truncatingIfNeeded: short), UInt8(short >> 8)]
    }
    let long = UInt32(clamping: paddedByteCount(textByteCount, after: 12))
    return magic + [2, 0] + (0..<4).map { UInt8(truncatingIfNeeded: long >> (8 * $0)) }
  }

  /// The length of the text with a line feed and as many spaces as make the data begin at a
  /// multiple of 64 bytes.
  private static func paddedByteCount(_ textByteCount: Int, after start: Int) -> Int {
    (start + textByteCount + 1 + 63) / 64 * 64 - start
  }
}
