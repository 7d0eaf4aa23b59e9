import Foundation
import TensorFiles
import Tensors
import Testing

/// Files that cannot be read: exit code 1, one line that names the file and the place in it.
@Suite struct ApplyFileRefusalTests {
  static let tables: [(content: String, line: String)] = [
    ("", "in.csv: the file is empty. Write it again."),
    ("\n\n", "in.csv: the file is empty. Write it again."),
    ("a,b\n", "in.csv: there are column names, but no row of numbers. Add one."),
    (
      "1,2\n3,4\n5\n",
      "in.csv, line 3: expected 2 cells as in the first row, found 1. Give every row as many cells."
    ),
    (
      "a,b\r\n1,2\r\n3,4,5\r\n",
      "in.csv, line 3: expected 2 cells as in the first row, found 3. Give every row as many cells."
    ),
    (
      "a,b\n1,2\n3,x\n",
      "in.csv, line 3, column 2: expected a number, found \"x\". Write numbers like -1.5e-3, nan "
        + "or inf."
    ),
    (
      "1,2\n3,0x10\n",
      "in.csv, line 2, column 2: expected a number, found \"0x10\". Write numbers like -1.5e-3, "
        + "nan or inf."
    ),
    (
      "1,2\n3,\n",
      "in.csv, line 2, column 2: the cell is empty; expected a number. Write nan for a missing one."
    ),
    ("1,2\n\n3,4\n", "in.csv, line 2: the line is empty. Remove it."),
    (
      "1,2\n\"3,4\n",
      "in.csv, line 2: the quotation mark opened here is never closed. Close it."
    ),
    (
      "1,2\n3,4\"\n",
      "in.csv, line 2, column 2: a quotation mark has to begin or end a cell. Quote the whole cell "
        + "and double the marks inside it."
    ),
  ]

  @Test(arguments: tables)
  func `malformed tables are refused with the line`(
    table: (content: String, line: String)
  ) async throws {
    let place = try Workplace()
    try place.write(table.content, to: "in.csv")
    try await place.expectRefusal(["apply", "in.csv", "--output", "out.csv"], line: table.line)
  }

  static let example = npy(AnyTensor(exampleTensor))
  static let arrays: [(content: [UInt8], line: String)] = [
    ([], "in.npy: the file is empty. Write it again."),
    (
      Array("PNG, not NPY".utf8),
      "in.npy: this is no NPY file: it does not begin with \\x93NUMPY. Check that the suffix fits "
        + "the content."
    ),
    (
      Array(example.prefix(9)),
      "in.npy: the file ends early: expected 10 bytes, found 9. Copy or write it again."
    ),
    (
      example.dropLast(),
      "in.npy: the file ends early: expected 384 bytes, found 383. Copy or write it again."
    ),
    (
      example + [0],
      "in.npy: the file goes on after its tensors: expected 384 bytes, found 385. Write it again."
    ),
    (
      Array(example.prefix(6)) + [9, 0] + Array(example.dropFirst(8)),
      "in.npy: the NPY version is 9.0; expected 1.0, 2.0 or 3.0. Write the file with numpy.save."
    ),
    (
      Array(String(decoding: example.dropFirst().prefix(127), as: UTF8.self).utf8),
      "in.npy: this is no NPY file: it does not begin with \\x93NUMPY. Check that the suffix fits "
        + "the content."
    ),
    (
      replaced("<f8", by: "<i8"),
      "in.npy: the array is of type \"<i8\"; expected 32-bit or 64-bit floating point numbers "
        + "(F32, F64). Convert it first."
    ),
    (
      replaced("False", by: "Maybe"),
      "in.npy: the header is wrong: expected True or False at byte 44. Write the file again."
    ),
  ]

  /// The example with another text in its header, of the same length.
  static func replaced(_ old: String, by new: String) -> [UInt8] {
    let header = String(decoding: example[10..<128], as: UTF8.self)
    return example.prefix(10) + Array(header.replacing(old, with: new).utf8)
      + example.dropFirst(128)
  }

  @Test(arguments: arrays)
  func `malformed arrays are refused`(array: (content: [UInt8], line: String)) async throws {
    let place = try Workplace()
    try place.write(array.content, to: "in.npy")
    try await place.expectRefusal(["apply", "in.npy", "--output", "out.npy"], line: array.line)
  }

  static func safetensors(_ header: String, data: Int = 0) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) } + Array(header.utf8)
      + Array(repeating: 0, count: data)
  }

  static let named: [(content: [UInt8], line: String)] = [
    ([], "in.safetensors: the file is empty. Write it again."),
    (
      [1, 2, 3],
      "in.safetensors: the file ends early: expected 8 bytes, found 3. Copy or write it again."
    ),
    (
      Array(safetensors("{\"input\":{}}").dropLast(3)),
      "in.safetensors: the file ends early: expected 20 bytes, found 17. Copy or write it again."
    ),
    (
      safetensors("[1, 2]"),
      "in.safetensors: this is no safetensors file: its header does not begin with {. Check that "
        + "the suffix fits the content."
    ),
    (
      safetensors("{\"input\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", data: 7),
      "in.safetensors: the file ends early: expected 74 bytes, found 73. Copy or write it again."
    ),
    (
      safetensors("{\"input\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}", data: 8),
      "in.safetensors: the tensor \"input\" of type F32 and shape [3] has 8 bytes; expected 12. "
        + "The file is damaged."
    ),
    (
      Array(repeating: 0xFF, count: 64),
      "in.safetensors: the header has 18446744073709551615 bytes, but at most 100000000 are "
        + "allowed. The file is damaged or of another format."
    ),
  ]

  @Test(arguments: named)
  func `malformed safetensors are refused`(file: (content: [UInt8], line: String)) async throws {
    let place = try Workplace()
    try place.write(file.content, to: "in.safetensors")
    try await place.expectRefusal(
      ["apply", "in.safetensors", "--output", "out.npy"], line: file.line)
  }

  @Test(arguments: ["in.csv", "in.npy", "in.safetensors", "no/such/in.csv"])
  func `missing files and directories are told apart`(name: String) async throws {
    let place = try Workplace()
    try await place.expectRefusal(
      ["apply", name, "--output", "out.csv"],
      line: "\(name): there is no such file. Check the path.")
    try FileManager.default.createDirectory(
      atPath: place.path(of: name), withIntermediateDirectories: true)
    try await place.expectRefusal(
      ["apply", name, "--output", "out.csv"],
      line: "\(name): this is a directory; expected a file. Add a file name.")
  }

  @Test func `a pipe is refused instead of waited for`() async throws {
    let place = try Workplace()
    try #require(mkfifo(place.path(of: "in.csv"), 0o600) == 0)
    try await place.expectRefusal(
      ["apply", "in.csv"],
      line: "in.csv: this is not a regular file. Save the data to a file first.")
  }
}
