import Tensors
import Testing

@testable import TensorFiles

@Suite struct NPYFileNumbersTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func file(
    _ descriptor: String, _ shape: String, _ elements: [UInt8], isColumnMajor: Bool = false
  ) throws -> String {
    let order = isColumnMajor ? "True" : "False"
    let header = "{'descr': '\(descriptor)', 'fortran_order': \(order), 'shape': \(shape)}\n"
    return try directory.file(
      "a.npy",
      holding: [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0]
        + Array(header.utf8) + elements)
  }

  @Test(
    arguments: [
      ("|u1", [0, 200], [0, 200]), ("|i1", [127, 0xFF], [127, -1]), ("|b1", [0, 1], [0, 1]),
      ("<i2", [1, 2, 0xFE, 0xFF], [513, -2]), (">i2", [2, 1, 0xFF, 0xFE], [513, -2]),
      ("<u2", [1, 2, 0xFE, 0xFF], [513, 65_534]),
      ("<i4", [1, 0, 1, 0, 0, 0, 0, 0x80], [65_537, -2_147_483_648]),
      (">u4", [0, 1, 0, 1, 0x80, 0, 0, 0], [65_537, 2_147_483_648]),
      (
        "<i8", [5, 0, 0, 0, 0, 0, 0, 0] + Array(repeating: 0xFF, count: 8), [5, -1]
      ),
      (
        "<u8", [5, 0, 0, 0, 0, 0, 0, 0] + Array(repeating: 0xFF, count: 8), [5, 0x1p64]
      ),
      ("<f4", [0, 0, 128, 63, 0, 0, 0, 192], [1, -2]),
    ] as [(String, [UInt8], [Double])])
  func `every number type is read`(descriptor: String, bytes: [UInt8], numbers: [Double]) throws {
    let found = try NPYFile.readNumbers(file(descriptor, "(2,)", bytes))
    #expect(found.shape == [2])
    #expect(found.numbers == numbers)
  }

  @Test func `other types, sizes and column order are refused`() throws {
    let path = directory.file("a.npy")
    for descriptor in ["<U3", "<c8", "<i3", "|O"] {
      #expect(
        throws: TensorFileError.unsupportedType(path: path, tensor: nil, found: descriptor)
      ) { try NPYFile.readNumbers(file(descriptor, "(1,)", [0, 0, 0, 0])) }
    }
    let headerByteCount = try content(of: file("<i4", "(1,)", [])).count
    #expect(
      throws: TensorFileError.truncated(
        path: path, expected: headerByteCount + 4, found: headerByteCount + 3)
    ) { try NPYFile.readNumbers(file("<i4", "(1,)", [1, 2, 3])) }
    #expect {
      try NPYFile.readNumbers(file("|u1", "(2, 2)", [1, 2, 3, 4], isColumnMajor: true))
    } throws: { error in
      guard case .badHeader = error as? TensorFileError else { return false }
      return true
    }
  }
}
