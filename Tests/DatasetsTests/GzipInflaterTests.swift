import Foundation
import TensorFiles
import Tensors
import Testing

@testable import Datasets

@Suite struct GzipInflaterTests {
  private let folder: DataFolder

  init() throws { folder = try DataFolder() }

  /// Reads `count` bytes in one piece and makes sure that the content ends there.
  private func inflated(_ file: [UInt8], _ count: Int) throws -> [UInt8] {
    var data = try DataFile(folder.write(file, "a.gz"))
    let bytes = try data.read(count)
    try data.expectEnd()
    return bytes
  }

  private func refusal(_ file: [UInt8], _ count: Int) throws -> DatasetFileError? {
    do {
      _ = try inflated(file, count)
      return nil
    } catch let error as DatasetFileError {
      return error
    }
  }

  private func compressible(_ count: Int) -> [UInt8] {
    var generator = SeededGenerator(seed: 1)
    return (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next() % 7) }
  }

  @Test(arguments: [1, 2, 1000, 65_535, 65_536, 65_537, 3_000_000])
  func `what zlib compressed comes back`(count: Int) throws {
    let content = compressible(count)
    let file = try gzipped(content)
    #expect(count < 1000 || file.count < count * 4 / 5)
    #expect(try inflated(file, count) == content)
  }

  /// Written by hand from RFC 1951 and 1952: a member of one stored block.
  @Test func `a stored block written by hand is read`() throws {
    let header: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
    // Last block, stored; length 3 and its complement; "abc"; CRC-32 0x352441C2; length 3.
    let block: [UInt8] = [1, 3, 0, 0xFC, 0xFF] + Array("abc".utf8)
    let trailer: [UInt8] = [0xC2, 0x41, 0x24, 0x35, 3, 0, 0, 0]
    #expect(try inflated(header + block + trailer, 3) == Array("abc".utf8))
  }

  @Test func `members follow each other as one content`() throws {
    let (first, second) = (compressible(100_000), Array("end".utf8))
    let file = try gzipped(first, [], second)
    #expect(try inflated(file, 100_003) == first + second)
  }

  @Test func `pieces of any size make the same content`() throws {
    let content = compressible(200_000)
    var data = try DataFile(folder.write(try gzipped(content), "a.gz"))
    var bytes: [UInt8] = []
    for count in [1, 7, 65_536, 0, 100_000] { bytes += try data.read(count) }
    bytes += try data.read(content.count - bytes.count)
    try data.expectEnd()
    #expect(bytes == content)
  }

  @Test func `a file that is cut off anywhere is refused`() throws {
    let file = try gzipped(compressible(300))
    for count in 2..<file.count {
      let error = try refusal(Array(file[..<count]), 300)
      #expect(
        error == .compressedDataEndsEarly(path: folder.file("a.gz"), byteCount: count), "\(count)")
    }
  }

  @Test func `a member that is cut off after a whole one is refused`() throws {
    let file = try gzipped([1, 2, 3], [4, 5])
    let cut = Array(file.dropLast(3))
    #expect(
      try refusal(cut, 5)
        == .compressedDataEndsEarly(path: folder.file("a.gz"), byteCount: cut.count))
  }

  @Test func `a changed byte of data, checksum or length is refused`() throws {
    // Of the last byte of data only the bits that the end code leaves do not count; here bit 4 is one of them.
    let content = compressible(300)
    let file = try gzipped(content)
    for position in 10..<file.count where position != file.count - 9 {
      var damaged = file
      damaged[position] ^= 0x10
      let error = try refusal(damaged, 300)
      switch error {
      case .compressedDataDamaged, .compressedDataEndsEarly, .contentEndsEarly, .contentGoesOn:
        break
      default: Issue.record("byte \(position): \(String(describing: error))")
      }
    }
    var checksum = file
    checksum[file.count - 8] ^= 1
    #expect(
      try refusal(checksum, 300)
        == .compressedDataDamaged(path: folder.file("a.gz"), reason: "incorrect data check"))
    var length = file
    length[file.count - 4] ^= 1
    #expect(
      try refusal(length, 300)
        == .compressedDataDamaged(path: folder.file("a.gz"), reason: "incorrect length check"))
  }

  @Test(arguments: [[0], [0x1F, 0x8B, 8], Array("more".utf8)] as [[UInt8]])
  func `what follows and is no member is refused`(rest: [UInt8]) throws {
    let file = try gzipped([1, 2, 3])
    let error = try refusal(file + rest, 3)
    switch error {
    case .compressedDataDamaged, .compressedDataEndsEarly: break
    default: Issue.record("\(String(describing: error))")
    }
  }

  @Test func `no more is inflated than was asked for`() throws {
    // Twenty megabytes in twenty kilobytes: reading them all would take memory that nobody promised.
    let bomb = try gzipped([UInt8](repeating: 0, count: 20_000_000))
    #expect(bomb.count < 22_000)
    #expect(
      try refusal(bomb, 1000) == .contentGoesOn(path: folder.file("a.gz"), expected: 1000))
  }
}
