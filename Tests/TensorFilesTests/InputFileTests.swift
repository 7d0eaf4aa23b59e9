import Foundation
import Testing

@testable import TensorFiles

@Suite struct InputFileTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  @Test func `bytes are read from any offset, fewer at the end`() throws {
    let file = try InputFile(directory.file("a", holding: Array(0..<100)))
    #expect(file.byteCount == 100)
    let (start, middle) = (try file.read(3, at: 0), try file.read(5, at: 50))
    #expect(start == [0, 1, 2] && middle == [50, 51, 52, 53, 54])
    let (end, beyond) = (try file.read(10, at: 95), try file.read(10, at: 200))
    #expect(end == [95, 96, 97, 98, 99] && beyond.isEmpty)
    let nothing = try file.read(0, at: 0)
    #expect(nothing.isEmpty)
  }

  @Test func `a file that keeps size and time has not changed`() throws {
    let path = try directory.file("a", holding: [1, 2, 3])
    let file = try InputFile(path)
    #expect(try !file.hasChanged())
    let times = [timespec(tv_sec: 1, tv_nsec: 0), timespec(tv_sec: 1, tv_nsec: 0)]
    #expect(utimensat(AT_FDCWD, path, times, 0) == 0)
    #expect(try file.hasChanged())
    let other = try InputFile(path)
    #expect(truncate(path, 2) == 0)
    #expect(try other.hasChanged())
  }

  @Test func `a file that is replaced stays the one that was opened`() throws {
    let path = try directory.file("a", holding: [1, 2, 3])
    let file = try InputFile(path)
    try writeAtomically([4, 5, 6, 7], to: path)
    let bytes = try file.read(10, at: 0)
    #expect(bytes == [1, 2, 3])
  }
}
