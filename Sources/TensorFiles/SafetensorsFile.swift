/// Reads and writes safetensors files: named tensors and a map of strings.
///
///     8 bytes    length of the header, little endian
///     header     JSON, ended by spaces to a multiple of 8 bytes
///     data       the tensors, row-major and little endian, one after the other
///
/// Tensors of type F32 and F64 are read as such; those of other types are kept as bytes, listed
/// with type and shape, and written again. The writer gives the bytes that the reference library
/// gives: tensors by falling alignment of their type, then by name; metadata by key.
public enum SafetensorsFile {
  /// Headers beyond this many bytes are refused, as the reference refuses them.
  public static let headerByteLimit = 100_000_000

  /// Reads a file.
  public static func read(_ path: String) throws(TensorFileError) -> NamedTensors {
    try decode(readFile(path, expansion: 2), path: path)
  }

  /// Reads the content of a file. The tensors are in the order of the header.
  ///
  /// - Parameters:
  ///   - bytes: the content.
  ///   - path: the name of the content in errors.
  public static func decode(
    _ bytes: [UInt8], path: String
  ) throws(TensorFileError) -> NamedTensors {
    guard !bytes.isEmpty else { throw .emptyFile(path: path) }
    guard bytes.count >= 8 else { throw .truncated(path: path, expected: 8, found: bytes.count) }
    let headerByteCount = bytes[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard headerByteCount <= headerByteLimit else {
      throw .headerTooLarge(path: path, found: headerByteCount, limit: headerByteLimit)
    }
    let dataStart = 8 + Int(headerByteCount)
    guard bytes.count >= dataStart else {
      throw .truncated(path: path, expected: dataStart, found: bytes.count)
    }
    let header = try SafetensorsHeader(parsing: bytes, in: 8..<dataStart, path: path)
    var tensors = NamedTensors(metadata: header.metadata, path: path)
    for entry in header.entries {
      let start = dataStart + entry.offsets.lowerBound
      if let type = entry.type.elementType {
        let tensor = AnyTensor(bytes: bytes, at: start, type: type, shape: entry.shape)
        tensors.set(.tensor(tensor), named: entry.name)
      } else {
        let content = Array(bytes[start..<start + entry.offsets.count])
        let tensor = NamedTensors.OpaqueTensor(
          dtype: entry.type.rawValue, shape: entry.shape, bytes: content)
        tensors.set(.opaque(tensor), named: entry.name)
      }
    }
    return tensors
  }

  /// Writes a file, or leaves the old one as it was: see ``writeAtomically(_:to:)``.
  public static func write(_ tensors: NamedTensors, to path: String) throws(TensorFileError) {
    try writeAtomically(encode(tensors, path: path), to: path)
  }

  /// Returns the content of a file, the same for the same tensors.
  ///
  /// - Parameters:
  ///   - tensors: what the file will hold.
  ///   - path: the name of the content in errors.
  public static func encode(
    _ tensors: NamedTensors, path: String
  ) throws(TensorFileError) -> [UInt8] {
    let entries = tensors.entries.sorted(by: isWrittenBefore)
    let header = try header(of: entries, metadata: tensors.metadata, path: path)
    let dataByteCount = entries.reduce(0) { $0 + $1.value.byteCount }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(8 + header.count + dataByteCount)
    bytes.append(contentsOf: (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) })
    bytes.append(contentsOf: header)
    for entry in entries {
      switch entry.value {
      case .tensor(let tensor): tensor.appendBytes(to: &bytes)
      case .opaque(let tensor): bytes.append(contentsOf: tensor.bytes)
      }
    }
    return bytes
  }

  private static func header(
    of entries: [NamedTensors.Entry], metadata: [String: String], path: String
  ) throws(TensorFileError) -> [UInt8] {
    var members: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      let text = pairs.map { "\($0.key.quotedForJSON):\($0.value.quotedForJSON)" }
      members.append(
        "\(SafetensorsHeader.metadataKey.quotedForJSON):{\(text.joined(separator: ","))}")
    }
    var offset = 0
    for entry in entries {
      guard entry.name != SafetensorsHeader.metadataKey else {
        throw .reservedName(path: path, name: entry.name)
      }
      let end = offset + entry.value.byteCount
      let shape = entry.value.shape.map(String.init).joined(separator: ",")
      members.append(
        "\(entry.name.quotedForJSON):{\"dtype\":\(entry.value.dtype.quotedForJSON),"
          + "\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    var header = Array("{\(members.joined(separator: ","))}".utf8)
    while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
    guard header.count <= headerByteLimit else {
      throw .headerTooLarge(path: path, found: UInt64(header.count), limit: headerByteLimit)
    }
    return header
  }

  private static func isWrittenBefore(
    _ left: NamedTensors.Entry, _ right: NamedTensors.Entry
  ) -> Bool {
    let (a, b) = (rank(left.value.dtype), rank(right.value.dtype))
    return a == b ? left.name.utf8.lexicographicallyPrecedes(right.name.utf8) : a > b
  }

  private static let ranks = Dictionary(
    uniqueKeysWithValues: SafetensorsType.allCases.enumerated().map { ($1.rawValue, $0) })

  private static func rank(_ dtype: String) -> Int { ranks[dtype] ?? 0 }
}

extension NamedTensors.Value {
  fileprivate var byteCount: Int {
    switch self {
    case .tensor(let tensor): tensor.byteCount
    case .opaque(let tensor): tensor.bytes.count
    }
  }
}
