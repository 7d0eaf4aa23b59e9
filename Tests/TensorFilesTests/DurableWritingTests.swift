import Testing

@testable import TensorFiles

@Suite struct DurableWritingTests {
  @Test func `a file is written anew, and lines are added`() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("a")
    try writeDurably([1, 2, 3], to: path)
    try writeDurably([4], to: path)
    #expect(try content(of: path) == [4])
    try append([5, 6], to: path)
    try append([], to: path, isForced: true)
    #expect(try content(of: path) == [4, 5, 6])
    try append([7], to: directory.file("b"))
    #expect(try content(of: directory.file("b")) == [7])
  }

  @Test func `a second name keeps the content when the first is replaced`() throws {
    let directory = try TemporaryDirectory()
    let (a, b, c) = (directory.file("a"), directory.file("b"), directory.file("c"))
    try writeDurably([1], to: a)
    #expect(linkFile(a, to: b))
    #expect(!linkFile(a, to: b))
    try writeDurably([2], to: c)
    try renameFile(c, to: a)
    #expect(try content(of: a) == [2])
    #expect(try content(of: b) == [1])
    #expect(fileExists(a) && !fileExists(c))
    try removeFile(b)
    try removeFile(b)
    #expect(try directory.names() == ["a"])
  }

  @Test func `what cannot be written is said`() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("none/a")
    let reason = "the directory \(directory.file("none")) does not exist"
    let expected = TensorFileError.unwritable(path: path, reason: reason)
    #expect(throws: expected) { try writeDurably([1], to: path) }
    #expect(throws: expected) { try append([1], to: path) }
    #expect(throws: TensorFileError.self) { try renameFile(path, to: directory.file("b")) }
    #expect(throws: TensorFileError.self) { try removeFile(directory.path) }
  }
}
