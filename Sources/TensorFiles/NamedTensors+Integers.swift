extension NamedTensors.OpaqueTensor {
  /// A tensor of 64-bit integers, of type "I64".
  ///
  /// - Precondition: `integers` are as many as `shape` asks for.
  public init(integers: [Int64], shape: [Int]) {
    let bits = bitCount(of: shape, bitsPerElement: 64)
    precondition(
      bits == integers.count * 64,
      "The shape \(shape) asks for another number of integers than \(integers.count).")
    self.init(
      dtype: SafetensorsType.i64.rawValue, shape: shape,
      bytes: integers.flatMap { integer in
        (0..<8).map { UInt8(truncatingIfNeeded: integer >> (8 * $0)) }
      })
  }

  /// The elements of a tensor of type "I64" or "I32", in row-major order; nil for other types.
  public var integers: [Int64]? {
    switch dtype {
    case SafetensorsType.i64.rawValue: decoded(byteCount: 8)
    case SafetensorsType.i32.rawValue: decoded(byteCount: 4)
    default: nil
    }
  }

  private func decoded(byteCount: Int) -> [Int64] {
    stride(from: 0, to: bytes.count, by: byteCount).map { start in
      let word = bytes[start..<start + byteCount].reversed().reduce(UInt64(0)) {
        $0 << 8 | UInt64($1)
      }
      // Moved to the top and back down, which repeats the sign.
      let unused = 64 - 8 * byteCount
      return Int64(bitPattern: word << unused) >> unused
    }
  }
}

extension NamedTensors {
  /// Puts integers of type "I64" under a name, new or old.
  ///
  /// - Precondition: `integers` are as many as `shape` asks for.
  public mutating func setIntegers(_ integers: [Int64], shape: [Int], named name: String) {
    set(.opaque(OpaqueTensor(integers: integers, shape: shape)), named: name)
  }
}
