import Testing

@testable import TensorFiles

@Suite struct SafetensorsHeaderTests {
  private static let path = "a.safetensors"

  private func decode(_ header: String, data: Int) throws(TensorFileError) -> NamedTensors {
    let count = header.utf8.count
    let bytes =
      (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) } + Array(header.utf8)
      + [UInt8](repeating: 0, count: data)
    return try SafetensorsFile.decode(bytes, path: Self.path)
  }

  private func entry(
    _ name: String, _ begin: Int, _ end: Int, dtype: String = "F32", shape: String = "[1]"
  ) -> String {
    "\"\(name)\":{\"dtype\":\"\(dtype)\",\"shape\":\(shape),\"data_offsets\":[\(begin),\(end)]}"
  }

  @Test func `tensors stand in the order of the header, wherever their data are`() throws {
    let header = "{\(entry("b", 4, 8)),\(entry("e", 4, 4, shape: "[0]")),\(entry("a", 0, 4))}   "
    #expect(try decode(header, data: 8).names == ["b", "e", "a"])
  }

  @Test func `no tensors, unknown keys and metadata are read`() throws {
    #expect(try decode("{}", data: 0).entries.isEmpty)
    let header =
      #"{"__metadata__":{"a":"b"},"x":{"dtype":"F64","later":[],"shape":[],"data_offsets":[0,8]}}"#
    let tensors = try decode(header, data: 8)
    #expect(tensors.metadata == ["a": "b"])
    #expect(tensors.names == ["x"])
  }

  @Test func `holes and overlaps are refused`() {
    for (begin, expected) in [(5, 4), (3, 4), (0, 4)] {
      let header = "{\(entry("a", 0, 4)),\(entry("b", begin, begin + 4))}"
      let error = #expect(throws: TensorFileError.self) { try decode(header, data: 16) }
      guard case .offsetsNotContiguous(_, _, expected, begin) = error else {
        Issue.record("found \(String(describing: error))")
        continue
      }
    }
  }

  @Test func `data that end early or go on are refused`() {
    let header = "{\(entry("a", 0, 4))}"
    let count = 8 + header.utf8.count
    #expect(
      throws: TensorFileError.truncated(path: Self.path, expected: count + 4, found: count + 3)
    ) { try decode(header, data: 3) }
    #expect(
      throws: TensorFileError.trailingBytes(path: Self.path, expected: count + 4, found: count + 5)
    ) { try decode(header, data: 5) }
  }

  @Test func `a length that is not that of shape and type is refused`() {
    for (dtype, shape, expected) in [
      ("F64", [1], 8), ("F32", [2], 8), ("F32", [0], 0), ("F4", [2, 3], 3), ("I8", [3], 3),
    ] {
      #expect(
        throws: TensorFileError.byteCountDisagrees(
          path: Self.path, tensor: "a", dtype: dtype, shape: shape, expected: expected, found: 4)
      ) { try decode("{\(entry("a", 0, 4, dtype: dtype, shape: "\(shape)"))}", data: 4) }
    }
  }

  @Test func `a tensor that ends within a byte is refused`() {
    #expect(
      throws: TensorFileError.badHeader(
        path: Self.path, reason: "the tensor 'a' ends within a byte")
    ) { try decode("{\(entry("a", 0, 1, dtype: "F4", shape: "[1]"))}", data: 1) }
  }

  @Test func `offsets and shapes beyond memory are refused before anything is allocated`() {
    let end = Int.max / 8 * 8
    #expect(throws: TensorFileError.self) {
      try decode("{\(entry("a", 0, end, dtype: "U8", shape: "[\(end)]"))}", data: 8)
    }
    #expect(throws: TensorFileError.self) {
      try decode("{\(entry("a", 0, end, dtype: "F4", shape: "[\(Int.max / 4)]"))}", data: 8)
    }
    for shape in [[1 << 62, 4, 0], [1 << 32, 1 << 31], [Int.max]] {
      #expect(
        throws: TensorFileError.shapeTooLarge(path: Self.path, tensor: "a", shape: shape)
      ) { try decode("{\(entry("a", 0, 4, shape: "\(shape)"))}", data: 4) }
    }
  }

  @Test func `reversed offsets are refused`() {
    #expect(
      throws: TensorFileError.offsetsReversed(path: Self.path, tensor: "a", begin: 4, end: 0)
    ) { try decode("{\(entry("a", 4, 0))}", data: 4) }
  }

  @Test func `a name that stands twice is refused`() {
    #expect(throws: TensorFileError.duplicateName(path: Self.path, name: "a")) {
      try decode("{\(entry("a", 0, 4)),\(entry("a", 4, 8))}", data: 8)
    }
  }

  @Test func `a type that the format does not know is refused`() {
    #expect(
      throws: TensorFileError.unsupportedType(path: Self.path, tensor: "a", found: "F31")
    ) { try decode("{\(entry("a", 0, 4, dtype: "F31"))}", data: 4) }
  }

  @Test(arguments: [
    "", " {}", "[]", "null", "x",
    #"{"a":1}"#, #"{"a":{}}"#, #"{"__metadata__":[]}"#, #"{"__metadata__":{"a":1}}"#,
    #"{"a":{"dtype":1,"shape":[],"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"F32","shape":1,"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}"#,
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}"#,
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}"#,
    #"{"a":{"dtype":"F32","shape":[1]}}"#,
  ])
  func `what is not such a header is refused`(header: String) {
    #expect {
      try decode(header, data: 4)
    } throws: { error in
      switch error as? TensorFileError {
      case .badHeader, .badMagic: true
      default: false
      }
    }
  }
}
