import Foundation
import Testing

@testable import TensorFiles

@Suite struct FileReadingTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  @Test func `all bytes are read`() throws {
    let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
    #expect(try readFile(directory.file("a", holding: bytes), expansion: 1) == bytes)
  }

  @Test func `what is no file is refused by kind`() throws {
    let none = directory.file("none")
    #expect(throws: TensorFileError.notFound(path: none)) { try readFile(none, expansion: 1) }
    #expect(throws: TensorFileError.notFound(path: "")) { try readFile("", expansion: 1) }
    #expect(throws: TensorFileError.isDirectory(path: directory.path)) {
      try readFile(directory.path, expansion: 1)
    }
    #expect(throws: TensorFileError.notARegularFile(path: "/dev/zero")) {
      try readFile("/dev/zero", expansion: 1)
    }
    let inner = try directory.file("a", holding: [1]) + "/b"
    #expect(throws: TensorFileError.unreadable(path: inner, reason: "Not a directory")) {
      try readFile(inner, expansion: 1)
    }
  }

  @Test func `a pipe is refused without waiting for a writer`() throws {
    let pipe = directory.file("pipe")
    #expect(mkfifo(pipe, 0o600) == 0)
    #expect(throws: TensorFileError.notARegularFile(path: pipe)) {
      try readFile(pipe, expansion: 1)
    }
  }

  @Test func `an empty file is refused`() throws {
    let path = try directory.file("a", holding: [])
    #expect(throws: TensorFileError.emptyFile(path: path)) { try readFile(path, expansion: 1) }
  }

  @Test func `a file beyond the memory of the machine is refused before it is read`() throws {
    let path = try directory.file("a", holding: [1])
    // A sparse file: its size is claimed, not stored.
    #expect(truncate(path, 1 << 40) == 0)
    #expect {
      try readFile(path, expansion: 1 << 20)
    } throws: { error in
      guard case .tooLarge(path, 1 << 40, _) = error as? TensorFileError else { return false }
      return true
    }
  }
}
