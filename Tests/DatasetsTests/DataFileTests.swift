import TensorFiles
import Testing

@testable import Datasets

@Suite struct DataFileTests {
  private let folder: DataFolder

  init() throws { folder = try DataFolder() }

  @Test func `gzip is recognised by content and not by name`() throws {
    let content = Array("content".utf8)
    for (name, bytes) in [("plain.gz", content), ("compressed", try gzipped(content))] {
      var file = try DataFile(folder.write(bytes, name))
      let first = try file.read(3)
      let rest = try file.read(4)
      try file.expectEnd()
      #expect(first + rest == content)
    }
  }

  @Test func `content that ends early says how much was expected and found`() throws {
    let path = folder.file("a")
    for bytes in [[1, 2, 3, 4, 5], try gzipped([1, 2, 3, 4, 5])] {
      try folder.write(bytes, "a")
      #expect(throws: DatasetFileError.contentEndsEarly(path: path, expected: 1002, found: 5)) {
        var file = try DataFile(path)
        _ = try file.read(2)
        _ = try file.read(1000)
      }
    }
  }

  @Test func `content that goes on is refused`() throws {
    let path = try folder.write([1, 2, 3], "a")
    #expect(throws: DatasetFileError.contentGoesOn(path: path, expected: 2)) {
      var file = try DataFile(path)
      _ = try file.read(2)
      try file.expectEnd()
    }
  }

  @Test func `a file that is empty, absent or a folder is refused`() throws {
    let empty = try folder.write([], "empty")
    #expect(throws: DatasetFileError.file(.emptyFile(path: empty))) { _ = try DataFile(empty) }
    let absent = folder.file("absent")
    #expect(throws: DatasetFileError.file(.notFound(path: absent))) { _ = try DataFile(absent) }
    let path = folder.path
    #expect(throws: DatasetFileError.file(.isDirectory(path: path))) { _ = try DataFile(path) }
  }

  @Test func `more than the machine's memory is refused before it is read`() throws {
    let path = try folder.write([1, 2, 3], "a")
    #expect(
      throws: DatasetFileError.file(
        .tooLarge(path: path, byteCount: 1 << 60, limit: physicalMemoryByteCount))
    ) {
      var file = try DataFile(path)
      _ = try file.read(1 << 60)
    }
  }
}
