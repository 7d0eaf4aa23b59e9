import TensorFiles
import Testing

@testable import Datasets

@Suite struct IDXFileTests {
  private let folder: DataFolder

  init() throws { folder = try DataFolder() }

  private func read(_ bytes: [UInt8], rank: Int) throws(DatasetFileError) -> ([Int], [UInt8]) {
    let path = folder.file("a")
    do {
      try folder.write(bytes, "a")
    } catch {
      Issue.record("\(error)")
    }
    let (shape, elements) = try IDXFile.read(path, rank: rank)
    return (shape, elements)
  }

  @Test func `shape and elements come back, compressed or not`() throws {
    let file = idx([2, 3, 1], [1, 2, 3, 4, 5, 255])
    for bytes in [file, try gzipped(file)] {
      let (shape, elements) = try read(bytes, rank: 3)
      #expect(shape == [2, 3, 1])
      #expect(elements == [1, 2, 3, 4, 5, 255])
    }
  }

  @Test func `extents are big-endian`() throws {
    let (shape, elements) = try read(idx([258], [UInt8](repeating: 7, count: 258)), rank: 1)
    #expect(shape == [258])
    #expect(elements.count == 258)
  }

  @Test(
    arguments: [
      [0, 0, 8, 2], [0, 0, 9, 1], [0, 1, 8, 1], [1, 0, 8, 1], [8, 0, 0, 1],
      [0x89, 0x50, 0x4E, 0x47],
    ] as [[UInt8]])
  func `another type or number of axes is refused`(magic: [UInt8]) throws {
    let path = folder.file("a")
    #expect(throws: DatasetFileError.badMagic(path: path, expected: [0, 0, 8, 1], found: magic)) {
      try read(magic + [0, 0, 0, 1, 5], rank: 1)
    }
  }

  @Test(arguments: [[0], [3, 0, 2], [0xFFFF_FFFF, 0xFFFF_FFFF, 0xFFFF_FFFF]])
  func `no elements and more than memory can hold are refused`(shape: [Int]) throws {
    let path = folder.file("a")
    #expect(throws: DatasetFileError.badShape(path: path, found: shape)) {
      try read(idx(shape, []), rank: shape.count)
    }
  }

  @Test func `fewer and more elements than the header says are refused, compressed or not`() throws
  {
    let path = folder.file("a")
    for isCompressed in [false, true] {
      let (short, long) = (idx([2, 2], [1, 2, 3]), idx([2, 2], [1, 2, 3, 4, 5]))
      #expect(throws: DatasetFileError.contentEndsEarly(path: path, expected: 16, found: 15)) {
        try read(isCompressed ? try gzipped(short) : short, rank: 2)
      }
      #expect(throws: DatasetFileError.contentGoesOn(path: path, expected: 16)) {
        try read(isCompressed ? try gzipped(long) : long, rank: 2)
      }
    }
  }

  @Test func `a header that is cut off is refused`() throws {
    let path = folder.file("a")
    let file = idx([2, 2], [1, 2, 3, 4])
    for count in 1..<12 {
      #expect(
        throws: DatasetFileError.contentEndsEarly(
          path: path, expected: count < 4 ? 4 : 12, found: count)
      ) { try read(Array(file[..<count]), rank: 2) }
    }
  }

  @Test func `a header that promises much more than there is takes no memory for it`() throws {
    let path = folder.file("a")
    #expect(
      throws: DatasetFileError.contentEndsEarly(path: path, expected: 8 + 0xFFFF_FFF0, found: 9)
    ) { try read(idx([0xFFFF_FFF0], [1]), rank: 1) }
  }
}
