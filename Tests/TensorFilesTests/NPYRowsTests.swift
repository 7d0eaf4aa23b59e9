import Foundation
import Tensors
import Testing

@testable import TensorFiles

@Suite struct NPYRowsTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  /// A file of an element type, a shape and the bytes of the elements.
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

  private func row(_ rows: borrowing NPYRows, _ index: Int) throws -> [Float]? {
    let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: rows.width)
    defer { buffer.deallocate() }
    buffer.initialize(repeating: .nan)
    guard try rows.read(index, into: buffer) else { return nil }
    return Array(buffer)
  }

  @Test func `rows of both types and byte orders are those of the whole file`() throws {
    let values: [Double] = [1, -2, 0.5, 3e9, -1e-9, 7]
    for descriptor in ["<f4", ">f4", "<f8", ">f8"] {
      let bytes = values.flatMap { value -> [UInt8] in
        let bits = descriptor.hasSuffix("4") ? UInt64(Float(value).bitPattern) : value.bitPattern
        let count = descriptor.hasSuffix("4") ? 4 : 8
        let little = (0..<count).map { UInt8(truncatingIfNeeded: bits >> (8 * $0)) }
        return descriptor.hasPrefix("<") ? little : little.reversed()
      }
      let rows = try NPYRows(file(descriptor, "(3, 2, 1)", bytes))
      #expect(rows.shape == [3, 2, 1] && rows.width == 2)
      for index in [2, 0, 1] {
        let found = try row(rows, index)
        #expect(found == values[index * 2..<index * 2 + 2].map { Float($0) })
      }
    }
  }

  @Test func `a row that the file has lost is reported`() throws {
    let path = try file("<f4", "(2, 1)", [0, 0, 128, 63, 0, 0, 0, 64])
    let rows = try NPYRows(path)
    let before = try row(rows, 1)
    #expect(before == [2])
    #expect(truncate(path, off_t(try content(of: path).count - 1)) == 0)
    let (first, second) = (try row(rows, 0), try row(rows, 1))
    #expect(first == [1] && second == nil)
  }

  @Test func `sizes, types and orders that cannot be read by rows are refused`() throws {
    let path = directory.file("a.npy")
    let headerByteCount = try content(of: file("<f4", "(2, 1)", [])).count
    #expect(
      throws: TensorFileError.truncated(
        path: path, expected: headerByteCount + 8, found: headerByteCount + 7)
    ) { _ = try NPYRows(file("<f4", "(2, 1)", Array(repeating: 0, count: 7))) }
    #expect(
      throws: TensorFileError.trailingBytes(
        path: path, expected: headerByteCount + 8, found: headerByteCount + 9)
    ) { _ = try NPYRows(file("<f4", "(2, 1)", Array(repeating: 0, count: 9))) }
    #expect(throws: TensorFileError.unsupportedType(path: path, tensor: nil, found: "<i4")) {
      _ = try NPYRows(file("<i4", "(2, 1)", Array(repeating: 0, count: 8)))
    }
    for (shape, isColumnMajor) in [("()", false), ("(1, 1)", true)] {
      #expect {
        _ = try NPYRows(file("<f4", shape, [0, 0, 0, 0], isColumnMajor: isColumnMajor))
      } throws: { error in
        guard case .badHeader = error as? TensorFileError else { return false }
        return true
      }
    }
    let empty = try directory.file("empty", holding: [])
    #expect(throws: TensorFileError.emptyFile(path: empty)) { _ = try NPYRows(empty) }
  }
}
