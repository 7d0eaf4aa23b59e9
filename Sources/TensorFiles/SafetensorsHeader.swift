/// The element types of safetensors files, in the order by which the reference sorts tensors: by
/// alignment.
enum SafetensorsType: String, CaseIterable, Sendable {
  case bool = "BOOL"
  case f4 = "F4"
  case f6e2m3 = "F6_E2M3"
  case f6e3m2 = "F6_E3M2"
  case u8 = "U8"
  case i8 = "I8"
  case f8e5m2 = "F8_E5M2"
  case f8e4m3 = "F8_E4M3"
  case f8e8m0 = "F8_E8M0"
  case f8e4m3fnuz = "F8_E4M3FNUZ"
  case f8e5m2fnuz = "F8_E5M2FNUZ"
  case i16 = "I16"
  case u16 = "U16"
  case f16 = "F16"
  case bf16 = "BF16"
  case i32 = "I32"
  case u32 = "U32"
  case f32 = "F32"
  case c64 = "C64"
  case f64 = "F64"
  case i64 = "I64"
  case u64 = "U64"

  var bitCount: Int {
    switch self {
    case .f4: 4
    case .f6e2m3, .f6e3m2: 6
    case .bool, .u8, .i8, .f8e5m2, .f8e4m3, .f8e8m0, .f8e4m3fnuz, .f8e5m2fnuz: 8
    case .i16, .u16, .f16, .bf16: 16
    case .i32, .u32, .f32: 32
    case .c64, .f64, .i64, .u64: 64
    }
  }

  /// The type of our own tensors, where it is one.
  var elementType: ElementType? {
    switch self {
    case .f32: .float
    case .f64: .double
    default: nil
    }
  }
}

/// The JSON header of a safetensors file, checked against the data that follows it.
///
///     {"__metadata__": {"key": "text"},
///      "weight": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}
///
/// Source: the format's description and the reference in `safetensors/src/tensor.rs`.
struct SafetensorsHeader {
  struct Entry {
    var name: String
    var type: SafetensorsType
    var shape: [Int]
    var offsets: Range<Int>
  }

  var metadata: [String: String] = [:]
  var entries: [Entry] = []

  /// The key that no tensor can have.
  static let metadataKey = "__metadata__"

  /// Reads the header in `range` of `bytes`; the data are all bytes after it.
  init(parsing bytes: [UInt8], in range: Range<Int>, path: String) throws(TensorFileError) {
    guard range.isEmpty || bytes[range.lowerBound] == UInt8(ascii: "{") else {
      throw .badMagic(path: path, format: .safetensors)
    }
    guard case .object(let members) = try JSONParser.parse(bytes, in: range, path: path) else {
      throw .badMagic(path: path, format: .safetensors)
    }
    for (key, value) in members {
      if key == Self.metadataKey {
        metadata = try Self.metadata(value, path: path)
      } else {
        entries.append(try Self.entry(key, value, path: path))
      }
    }
    try checkOffsets(start: range.upperBound, end: bytes.count, path: path)
  }

  private static func metadata(
    _ value: JSONValue, path: String
  ) throws(TensorFileError) -> [String: String] {
    guard case .object(let members) = value else {
      throw .badHeader(path: path, reason: "expected an object under '\(metadataKey)'")
    }
    var metadata: [String: String] = [:]
    for (key, value) in members {
      guard case .string(let text) = value else {
        throw .badHeader(path: path, reason: "expected only strings under '\(metadataKey)'")
      }
      metadata[key] = text
    }
    return metadata
  }

  private static func entry(
    _ name: String, _ value: JSONValue, path: String
  ) throws(TensorFileError) -> Entry {
    func expected(_ what: String) -> TensorFileError {
      .badHeader(path: path, reason: "expected \(what) for the tensor '\(name.prefix(60))'")
    }
    guard case .object(let members) = value else { throw expected("an object") }
    var (dtype, shape, offsets): (String?, [Int]?, [Int]?)
    for (key, value) in members {
      switch (key, value) {
      case ("dtype", .string(let text)): dtype = text
      case ("shape", _): shape = value.extents
      case ("data_offsets", _): offsets = value.extents
      // The reference skips keys that it does not know, for those of later versions.
      default: break
      }
    }
    guard let dtype else { throw expected("a string 'dtype'") }
    guard let shape else { throw expected("integers of 0 or more as 'shape'") }
    guard let offsets, offsets.count == 2 else { throw expected("two integers 'data_offsets'") }
    guard let type = SafetensorsType(rawValue: dtype) else {
      throw .unsupportedType(path: path, tensor: name, found: dtype)
    }
    guard offsets[0] <= offsets[1] else {
      throw .offsetsReversed(path: path, tensor: name, begin: offsets[0], end: offsets[1])
    }
    return Entry(name: name, type: type, shape: shape, offsets: offsets[0]..<offsets[1])
  }

  /// Checks that the tensors fill the data without hole and overlap, each with as many bytes as its
  /// shape asks for.
  private func checkOffsets(start: Int, end: Int, path: String) throws(TensorFileError) {
    let available = end - start
    let ordered = entries.sorted { left, right in
      let (a, b) = (left.offsets, right.offsets)
      return (a.lowerBound, a.upperBound) < (b.lowerBound, b.upperBound)
    }
    var position = 0
    for entry in ordered {
      let (begin, end) = (entry.offsets.lowerBound, entry.offsets.upperBound)
      guard begin == position else {
        throw .offsetsNotContiguous(
          path: path, tensor: entry.name, expected: position, found: begin)
      }
      guard let bits = bitCount(of: entry.shape, bitsPerElement: entry.type.bitCount) else {
        throw .shapeTooLarge(path: path, tensor: entry.name, shape: entry.shape)
      }
      guard bits % 8 == 0 else {
        throw .badHeader(
          path: path, reason: "the tensor '\(entry.name.prefix(60))' ends within a byte")
      }
      guard bits / 8 == entry.offsets.count else {
        throw .byteCountDisagrees(
          path: path, tensor: entry.name, dtype: entry.type.rawValue, shape: entry.shape,
          expected: bits / 8, found: entry.offsets.count)
      }
      position = end
    }
    guard position >= available else {
      throw .trailingBytes(path: path, expected: start + position, found: end)
    }
    guard position == available else {
      let (expected, overflow) = start.addingReportingOverflow(position)
      throw .truncated(path: path, expected: overflow ? Int.max : expected, found: end)
    }
  }
}

extension JSONValue {
  /// The elements of an array of integers of 0 or more.
  fileprivate var extents: [Int]? {
    guard case .array(let elements) = self else { return nil }
    var extents: [Int] = []
    for element in elements {
      guard case .integer(let extent) = element, extent >= 0 else { return nil }
      extents.append(extent)
    }
    return extents
  }
}
