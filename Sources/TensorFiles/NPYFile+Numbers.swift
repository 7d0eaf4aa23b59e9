import Tensors

extension NPYFile {
  /// Reads a file of numbers of any type: also integers of 1 to 8 bytes and truth values, which become 0 and 1.
  ///
  /// Integers beyond 53 bits are rounded to the next Float64. The order is row-major.
  package static func readNumbers(
    _ path: String
  ) throws(TensorFileError) -> (shape: [Int], numbers: [Double]) {
    // Eight bytes for each of one, twice.
    let bytes = try readFile(path, expansion: 16)
    let range = try headerRange(of: bytes, path: path)
    let fields = try NPYFields(parsing: bytes, in: range, path: path)
    guard let integer = IntegerType(fields.descriptor) else {
      let tensor = try decode(bytes, path: path)
      return (tensor.shape, tensor.converted(to: Double.self).elements)
    }
    try check(
      byteCount: bytes.count, dataStart: range.upperBound, shape: fields.shape,
      elementByteCount: integer.byteCount, path: path)
    guard !fields.isColumnMajor || fields.shape.count < 2 else {
      throw .badHeader(
        path: path, reason: "integers have to be row-major; use numpy.ascontiguousarray")
    }
    let numbers = stride(from: range.upperBound, to: bytes.count, by: integer.byteCount).map {
      integer.number(bytes[$0..<$0 + integer.byteCount])
    }
    return (fields.shape, numbers)
  }

  /// An integer type that NumPy writes, such as "<i8", "|u1" or "|b1".
  private struct IntegerType {
    var byteCount: Int
    var isSigned: Bool
    var order: ByteOrder

    init?(_ descriptor: String) {
      let prefixes: [Character: ByteOrder] = ["<": .little, ">": .big, "=": .host, "|": .host]
      var name = Substring(descriptor)
      order = .host
      if let first = name.first, let prefix = prefixes[first] {
        order = prefix
        name.removeFirst()
      }
      guard ["b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"].contains(name),
        let count = name.last?.wholeNumberValue
      else { return nil }
      byteCount = count
      isSigned = name.first == "i"
    }

    func number(_ bytes: ArraySlice<UInt8>) -> Double {
      let bits = (order == .little ? Array(bytes.reversed()) : Array(bytes))
        .reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      guard isSigned else { return Double(bits) }
      // The sign moves to the top and comes back with its copies.
      let unused = 64 - 8 * byteCount
      return Double(Int64(bitPattern: bits << unused) >> unused)
    }
  }
}
