/// Reads JSON as RFC 8259 defines it, strictly, and refuses a key that an object holds twice.
///
/// Foundation's parsers keep one of two equal keys without a word, and a header with two entries of
/// one name can show different tensors to different readers.
struct JSONParser {
  private let bytes: [UInt8]
  private let start: Int
  private let end: Int
  private let path: String
  private var position: Int

  /// Deeper values could use up the stack.
  private static let depthLimit = 32

  /// Reads the value that fills `range` of `bytes`, with white space around it.
  static func parse(
    _ bytes: [UInt8], in range: Range<Int>, path: String
  ) throws(TensorFileError) -> JSONValue {
    var parser = JSONParser(bytes: bytes, range: range, path: path)
    let value = try parser.value(depth: 0)
    guard parser.peek() == nil else { throw parser.expected("the end of the header") }
    return value
  }

  private init(bytes: [UInt8], range: Range<Int>, path: String) {
    (self.bytes, self.path) = (bytes, path)
    (start, position, end) = (range.lowerBound, range.lowerBound, range.upperBound)
  }

  /// The next byte that is not white space.
  private mutating func peek() -> UInt8? {
    while position < end {
      switch bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      case let byte: return byte
      }
    }
    return nil
  }

  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard peek() == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(TensorFileError) {
    guard skip(character) else { throw expected("'\(character)'") }
  }

  private mutating func value(depth: Int) throws(TensorFileError) -> JSONValue {
    guard depth < Self.depthLimit else { throw expected("at most \(Self.depthLimit) levels") }
    guard let byte = peek() else { throw expected("a value") }
    switch byte {
    case UInt8(ascii: "{"): return .object(try members(depth: depth))
    case UInt8(ascii: "["): return .array(try elements(depth: depth))
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    default: break
    }
    let words: [(String, JSONValue)] = [
      ("true", .boolean(true)), ("false", .boolean(false)), ("null", .null),
    ]
    for (word, value) in words where bytes[position..<end].starts(with: word.utf8) {
      position += word.utf8.count
      return value
    }
    throw expected("a value")
  }

  private mutating func members(
    depth: Int
  ) throws(TensorFileError) -> [(key: String, value: JSONValue)] {
    var members: [(key: String, value: JSONValue)] = []
    var keys: Set<String> = []
    try expect("{")
    if skip("}") { return members }
    repeat {
      guard peek() == UInt8(ascii: "\"") else { throw expected("a key") }
      let key = try string()
      guard keys.insert(key).inserted else { throw .duplicateName(path: path, name: key) }
      try expect(":")
      members.append((key, try value(depth: depth + 1)))
    } while skip(",")
    try expect("}")
    return members
  }

  private mutating func elements(depth: Int) throws(TensorFileError) -> [JSONValue] {
    var elements: [JSONValue] = []
    try expect("[")
    if skip("]") { return elements }
    repeat { elements.append(try value(depth: depth + 1)) } while skip(",")
    try expect("]")
    return elements
  }

  private mutating func number() throws(TensorFileError) -> JSONValue {
    let first = position
    if bytes[position] == UInt8(ascii: "-") { position += 1 }
    let firstDigit = position
    try digits()
    guard bytes[firstDigit] != UInt8(ascii: "0") || position == firstDigit + 1 else {
      throw expected("a number without leading zeros")
    }
    let lastDigit = position
    if next(isIn: ".") {
      position += 1
      try digits()
    }
    if next(isIn: "eE") {
      position += 1
      if next(isIn: "+-") { position += 1 }
      try digits()
    }
    guard position == lastDigit else { return .otherNumber }
    let text = String(decoding: bytes[first..<lastDigit], as: UTF8.self)
    return Int(text).map(JSONValue.integer) ?? .otherNumber
  }

  private mutating func digits() throws(TensorFileError) {
    guard next(isIn: "0123456789") else { throw expected("a digit") }
    while next(isIn: "0123456789") { position += 1 }
  }

  private func next(isIn characters: StaticString) -> Bool {
    guard position < end else { return false }
    let byte = bytes[position]
    return characters.withUTF8Buffer { $0.contains(byte) }
  }

  private mutating func string() throws(TensorFileError) -> String {
    try expect("\"")
    var content: [UInt8] = []
    while position < end {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: content, as: UTF8.self) else {
          throw .badHeader(path: path, reason: "the string before byte \(offset) is not UTF-8")
        }
        return text
      case UInt8(ascii: "\\"): content.append(contentsOf: try escape().utf8)
      case 0x00..<0x20: throw expected("no control character in a string")
      default: content.append(byte)
      }
    }
    throw expected("the end of a string")
  }

  /// What stands after a backslash.
  private mutating func escape() throws(TensorFileError) -> String {
    guard position < end else { throw expected("an escape") }
    let byte = bytes[position]
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"):
      return String(Unicode.Scalar(byte))
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return String(try unicodeEscape())
    default: throw expected("an escape")
    }
  }

  /// The character of four hexadecimal digits, or of a pair of surrogates.
  private mutating func unicodeEscape() throws(TensorFileError) -> Unicode.Scalar {
    let unit = try hexadecimal()
    if let scalar = Unicode.Scalar(unit) { return scalar }
    guard unit < 0xDC00, bytes[position..<end].starts(with: "\\u".utf8) else {
      throw expected("a pair of surrogates")
    }
    position += 2
    let low = try hexadecimal()
    guard (0xDC00..<0xE000).contains(low),
      let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
    else { throw expected("a pair of surrogates") }
    return scalar
  }

  private mutating func hexadecimal() throws(TensorFileError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard position < end, let digit = Unicode.Scalar(bytes[position]).hexadecimalValue else {
        throw expected("a hexadecimal digit")
      }
      value = value << 4 | digit
      position += 1
    }
    return value
  }

  private var offset: Int { position - start }

  private func expected(_ what: String) -> TensorFileError {
    .badHeader(path: path, reason: "expected \(what) at byte \(offset) of the JSON text")
  }
}

extension Unicode.Scalar {
  fileprivate var hexadecimalValue: UInt32? {
    switch self {
    case "0"..."9": value - 0x30
    case "a"..."f": value - 0x61 + 10
    case "A"..."F": value - 0x41 + 10
    default: nil
    }
  }
}
