import Foundation
import Testing

@testable import TensorFiles

@Suite struct AtomicWritingTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func permissions(of path: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
  }

  @Test func `a new file holds the bytes and nothing else is left`() throws {
    for bytes in [[], [1, 2, 3], [UInt8](repeating: 7, count: 1_000_000)] {
      try writeAtomically(bytes, to: directory.file("new"))
      #expect(try content(of: directory.file("new")) == bytes)
    }
    #expect(try directory.names() == ["new"])
  }

  @Test func `a new file has the permissions of a usual one and an old one keeps its own`() throws {
    let usual = directory.file("usual")
    #expect(FileManager.default.createFile(atPath: usual, contents: nil))
    try writeAtomically([1], to: directory.file("new"))
    let mask = umask(0o022)
    umask(mask)
    #expect(try permissions(of: directory.file("new")) == 0o666 & ~Int(mask))
    let old = try directory.file("old", holding: [1])
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: old)
    try writeAtomically([2], to: old)
    #expect(try permissions(of: old) == 0o640)
    #expect(try content(of: old) == [2])
  }

  @Test func `when writing fails the old file is as it was and no part is left`() throws {
    let path = try directory.file("old", holding: [1, 2, 3])
    let full = TensorFileError.unwritable(path: path, reason: "No space left on device")
    #expect(throws: full) {
      try replaceFile(at: path, mode: nil, of: path) { file throws(TensorFileError) in
        #expect(Foundation.write(file, "part", 4) == 4)
        throw full
      }
    }
    #expect(try content(of: path) == [1, 2, 3])
    #expect(try directory.names() == ["old"])
  }

  @Test func `when the last step fails no part is left`() throws {
    try FileManager.default.createDirectory(
      atPath: directory.file("full/inner"), withIntermediateDirectories: true)
    let path = directory.file("full")
    #expect {
      try replaceFile(at: path, mode: nil, of: path) { _ throws(TensorFileError) in }
    } throws: { error in
      guard case .unwritable(path, _) = error as? TensorFileError else { return false }
      return true
    }
    #expect(try directory.names() == ["full"])
  }

  @Test func `directories are refused`() throws {
    #expect(throws: TensorFileError.isDirectory(path: directory.path)) {
      try writeAtomically([1], to: directory.path)
    }
    #expect(throws: TensorFileError.isDirectory(path: "/")) { try writeAtomically([1], to: "/") }
    #expect(try directory.names() == [])
  }

  @Test func `a directory that is absent or a file is named`() throws {
    let path = directory.file("none/a.npy")
    #expect(
      throws: TensorFileError.unwritable(
        path: path, reason: "the directory \(directory.file("none")) does not exist")
    ) { try writeAtomically([1], to: path) }
    let inner = try directory.file("old", holding: [1]) + "/a.npy"
    #expect(throws: TensorFileError.unwritable(path: inner, reason: "Not a directory")) {
      try writeAtomically([1], to: inner)
    }
    #expect(throws: TensorFileError.self) { try writeAtomically([1], to: "") }
  }

  #if os(Linux)
    @Test func `a full device is reported with the system's reason`() {
      #expect(
        throws: TensorFileError.unwritable(path: "/dev/full", reason: "No space left on device")
      ) { try writeAtomically([1], to: "/dev/full") }
    }

    @Test func `a place that cannot be written is reported, even to the superuser`() {
      #expect {
        try writeAtomically([1], to: "/proc/a.npy")
      } throws: { error in
        guard case .unwritable("/proc/a.npy", _) = error as? TensorFileError else { return false }
        return true
      }
    }
  #endif

  @Test func `devices are written to and stay`() throws {
    try writeAtomically([1], to: "/dev/null")
    var status = stat()
    #expect(stat("/dev/null", &status) == 0)
    #expect(status.st_mode & S_IFMT == S_IFCHR)
  }

  @Test func `a symbolic link stays and its file is replaced`() throws {
    let old = try directory.file("old", holding: [1])
    let link = directory.file("link")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "old")
    try writeAtomically([2], to: link)
    #expect(try content(of: old) == [2])
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "old")
    #expect(try directory.names() == ["link", "old"])
  }

  @Test func `a path without directory is written in the working directory`() throws {
    let name = "AtomicWritingTests-\(UUID().uuidString).tmp"
    defer { try? FileManager.default.removeItem(atPath: name) }
    try writeAtomically([5], to: name)
    #expect(try content(of: name) == [5])
  }
}
