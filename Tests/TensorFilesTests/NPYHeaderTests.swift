import Tensors
import Testing

@testable import TensorFiles

@Suite struct NPYHeaderTests {
  private func parse(_ text: String) throws(TensorFileError) -> NPYHeader {
    let bytes = Array(text.utf8)
    return try NPYHeader(parsing: bytes, in: bytes.indices, path: "a.npy")
  }

  /// The content of a version 1 file of this header and data.
  private func file(_ text: String, data: Int = 0) -> [UInt8] {
    let count = UInt16(text.utf8.count)
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(count & 0xFF), UInt8(count >> 8)]
      + Array(text.utf8) + [UInt8](repeating: 0, count: data)
  }

  @Test(arguments: [
    "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }   \n",
    "{'descr':'<f4','fortran_order':False,'shape':(3,4)}",
    "{ 'shape' : ( 3 , 4, ) , 'descr' : '<f4' , 'fortran_order' : False }",
    "{\"fortran_order\": False, \"shape\": (3L, 4L), \"descr\": \"<f4\"}",
  ])
  func `keys stand in any order and spaces anywhere`(text: String) throws {
    let header = try parse(text)
    #expect(header.type == .float)
    #expect(header.order == .little)
    #expect(!header.isColumnMajor)
    #expect(header.shape == [3, 4])
  }

  @Test func `tuples of one and none are read`() throws {
    #expect(try parse("{'descr': '>f8', 'fortran_order': True, 'shape': (3,)}").shape == [3])
    #expect(try parse("{'descr': '=f8', 'fortran_order': True, 'shape': ()}").shape == [])
  }

  @Test(arguments: [
    "", "{", "}", "{}", "[]", "{'descr'", "{'descr': ", "{'descr': '<f4", "{'descr': '<f4'",
    "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (3,)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (3)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (-3,)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (3.0,)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (,)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775808,)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (3,)",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (3,)} x",
    "{'descr': '<f4', 'fortran_order': False}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), 'more': 1}",
    "{'descr': '\\x3cf4', 'fortran_order': False, 'shape': (3,)}",
  ])
  func `what is not such a dictionary is refused`(text: String) {
    #expect {
      try parse(text)
    } throws: { error in
      guard case .badHeader = error as? TensorFileError else { return false }
      return true
    }
  }

  @Test func `a key that stands twice is refused`() {
    #expect(throws: TensorFileError.duplicateName(path: "a.npy", name: "shape")) {
      try parse("{'shape': (3,), 'shape': (4,)}")
    }
  }

  @Test(arguments: [
    [Int.max], [Int.max / 4], [1 << 32, 1 << 32], [1 << 62, 4, 0], [0, 4, 1 << 62], [1 << 60],
  ])
  func `a shape beyond memory is refused before anything is allocated`(shape: [Int]) {
    let text = shape.map(String.init).joined(separator: ", ")
    let header = "{'descr': '<f8', 'fortran_order': True, 'shape': (\(text),)}"
    #expect(throws: TensorFileError.shapeTooLarge(path: "a.npy", tensor: nil, shape: shape)) {
      try NPYFile.decode(file(header, data: 64), path: "a.npy")
    }
  }

  @Test func `a shape beyond the file is refused before anything is allocated`() {
    let header = file("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,)}")
    let expected = header.count + 8_000_000_000_000
    #expect(
      throws: TensorFileError.truncated(
        path: "a.npy", expected: expected, found: header.count + 64)
    ) { try NPYFile.decode(header + [UInt8](repeating: 0, count: 64), path: "a.npy") }
  }

  @Test func `a header longer than the file is refused`() {
    let bytes = file("{'descr': '<f8', 'fortran_order': False, 'shape': (1,)}").dropLast(9)
    #expect(
      throws: TensorFileError.truncated(
        path: "a.npy", expected: bytes.count + 9, found: bytes.count)
    ) { try NPYFile.decode(Array(bytes), path: "a.npy") }
  }
}
