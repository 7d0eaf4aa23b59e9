/// What the header of an NPY file says: the text of a Python dictionary with three keys.
///
///     {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
///
/// Source: NumPy Enhancement Proposal 1 and `numpy.lib.format`.
struct NPYFields: Equatable {
  /// NumPy's name of the element type, such as "<f4".
  var descriptor: String
  var isColumnMajor: Bool
  var shape: [Int]

  /// Reads the dictionary in `range` of `bytes`. Keys stand in any order, each once.
  init(parsing bytes: [UInt8], in range: Range<Int>, path: String) throws(TensorFileError) {
    var scanner = PythonScanner(bytes: bytes, range: range, path: path)
    var descriptor: String?
    var isColumnMajor: Bool?
    var shape: [Int]?
    try scanner.expect("{")
    while !scanner.skip("}") {
      let key = try scanner.string()
      try scanner.expect(":")
      switch key {
      case "descr" where descriptor == nil: descriptor = try scanner.descriptor()
      case "fortran_order" where isColumnMajor == nil: isColumnMajor = try scanner.boolean()
      case "shape" where shape == nil: shape = try scanner.shape()
      case "descr", "fortran_order", "shape": throw .duplicateName(path: path, name: key)
      default: throw .badHeader(path: path, reason: "the key '\(key.prefix(40))' is not known")
      }
      if !scanner.skip(",") {
        try scanner.expect("}")
        break
      }
    }
    try scanner.expectEnd()
    guard let descriptor, let isColumnMajor, let shape else {
      throw .badHeader(path: path, reason: "one of 'descr', 'fortran_order' and 'shape' is absent")
    }
    (self.descriptor, self.isColumnMajor, self.shape) = (descriptor, isColumnMajor, shape)
  }
}

/// The header of a file of floating point numbers.
struct NPYHeader: Equatable {
  var type: ElementType
  var order: ByteOrder
  var isColumnMajor: Bool
  var shape: [Int]

  /// Reads the dictionary in `range` of `bytes`; refuses other types.
  init(parsing bytes: [UInt8], in range: Range<Int>, path: String) throws(TensorFileError) {
    let fields = try NPYFields(parsing: bytes, in: range, path: path)
    guard let (type, order) = Self.types[fields.descriptor] else {
      throw .unsupportedType(path: path, tensor: nil, found: fields.descriptor)
    }
    (self.type, self.order) = (type, order)
    (isColumnMajor, shape) = (fields.isColumnMajor, fields.shape)
  }

  /// Without prefix or with `=`, the order is that of the machine that wrote the file. NumPy itself
  /// writes neither.
  private static let types: [String: (ElementType, ByteOrder)] = [
    "<f4": (.float, .little), ">f4": (.float, .big), "=f4": (.float, .host), "f4": (.float, .host),
    "<f8": (.double, .little), ">f8": (.double, .big), "=f8": (.double, .host),
    "f8": (.double, .host),
  ]
}

/// Reads the few Python literals that a header holds.
private struct PythonScanner {
  let bytes: [UInt8]
  var position: Int
  let end: Int
  let path: String

  init(bytes: [UInt8], range: Range<Int>, path: String) {
    (self.bytes, self.path) = (bytes, path)
    (position, end) = (range.lowerBound, range.upperBound)
  }

  /// The next byte that is not white space.
  private mutating func peek() -> UInt8? {
    while position < end {
      switch bytes[position] {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"):
        position += 1
      case let byte: return byte
      }
    }
    return nil
  }

  mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard peek() == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  mutating func expect(_ character: Unicode.Scalar) throws(TensorFileError) {
    guard skip(character) else { throw expected("'\(character)'") }
  }

  mutating func expectEnd() throws(TensorFileError) {
    guard peek() == nil else { throw expected("the end of the header") }
  }

  /// The type: a string, or a list for records of several fields, which are not supported.
  mutating func descriptor() throws(TensorFileError) -> String {
    if peek() == UInt8(ascii: "[") {
      throw .unsupportedType(path: path, tensor: nil, found: "record of several fields")
    }
    return try string()
  }

  mutating func string() throws(TensorFileError) -> String {
    guard let quote = peek(), quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
      throw expected("a string")
    }
    position += 1
    let start = position
    while position < end, bytes[position] != quote {
      // No key and no supported type holds a backslash, so escapes need no meaning.
      if bytes[position] == UInt8(ascii: "\\") { throw expected("a string without escapes") }
      position += 1
    }
    guard position < end else { throw expected("the end of a string") }
    defer { position += 1 }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  mutating func boolean() throws(TensorFileError) -> Bool {
    _ = peek()
    for (word, value) in [("True", true), ("False", false)]
    where bytes[position..<end].starts(with: word.utf8) {
      position += word.utf8.count
      return value
    }
    throw expected("True or False")
  }

  /// A tuple of integers: `()`, `(3,)`, `(3, 4)`, `(3, 4,)`. `(3)` is no tuple in Python.
  mutating func shape() throws(TensorFileError) -> [Int] {
    var shape: [Int] = []
    try expect("(")
    while !skip(")") {
      shape.append(try extent())
      if skip(",") { continue }
      guard shape.count > 1 else { throw expected("','") }
      try expect(")")
      break
    }
    return shape
  }

  private mutating func extent() throws(TensorFileError) -> Int {
    guard let first = peek(), isDigit(first) else { throw expected("an extent of 0 or more") }
    var value = 0
    while position < end, isDigit(bytes[position]) {
      let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
      let (next, carry) = tens.addingReportingOverflow(Int(bytes[position] - UInt8(ascii: "0")))
      if overflow || carry { throw expected("an extent of at most \(Int.max)") }
      value = next
      position += 1
    }
    // Python 2 wrote long integers as 3L.
    if position < end, bytes[position] == UInt8(ascii: "L") { position += 1 }
    return value
  }

  private func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private func expected(_ what: String) -> TensorFileError {
    .badHeader(path: path, reason: "expected \(what) at byte \(position)")
  }
}
