#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

import TensorFiles

/// The content of a file from its beginning on: inflated where the file is compressed with gzip.
///
/// gzip is recognised by the first two bytes, not by the name: a name may end in `.gz` though a program has
/// inflated the file when it was fetched.
struct DataFile: ~Copyable {
  let path: String
  private let file: InputFile
  private var inflater: GzipInflater?
  private var offset = 0

  init(_ path: String) throws(DatasetFileError) {
    self.path = path
    let file = try inDatasetFile { () throws(TensorFileError) in try InputFile(path) }
    guard file.byteCount > 0 else { throw .file(.emptyFile(path: path)) }
    let start = try inDatasetFile { () throws(TensorFileError) in try file.read(2, at: 0) }
    inflater = start == [0x1F, 0x8B] ? try GzipInflater(path: path) : nil
    self.file = file
  }

  /// Reads the next `count` bytes; an error where the content ends before.
  mutating func read(_ count: Int) throws(DatasetFileError) -> [UInt8] {
    guard count <= physicalMemoryByteCount else {
      throw .file(.tooLarge(path: path, byteCount: count, limit: physicalMemoryByteCount))
    }
    let (start, expected) = (offset, offset + count)
    // A damaged header may promise far more than the file holds, so only what was read takes memory
    // beyond the first 64 MB.
    var bytes: [UInt8] = []
    bytes.reserveCapacity(min(count, 1 << 26))
    while bytes.count < count {
      let piece = try readPiece(min(count - bytes.count, 1 << 20))
      guard !piece.isEmpty else {
        throw .contentEndsEarly(path: path, expected: expected, found: start + bytes.count)
      }
      bytes += piece
    }
    return bytes
  }

  /// Makes sure that the content ends here. For gzip this also compares the last checksum.
  mutating func expectEnd() throws(DatasetFileError) {
    let expected = offset
    guard try readPiece(1).isEmpty else { throw .contentGoesOn(path: path, expected: expected) }
  }

  /// Up to `count` bytes, fewer only at the end.
  private mutating func readPiece(_ count: Int) throws(DatasetFileError) -> [UInt8] {
    let bytes: [UInt8]
    if let inflated = try inflater?.read(count, from: file) {
      bytes = inflated
    } else {
      do throws(TensorFileError) {
        bytes = try file.read(count, at: offset)
      } catch {
        throw .file(error)
      }
    }
    offset += bytes.count
    return bytes
  }
}

/// What `body` returns; a file's error becomes that of a data set's file.
func inDatasetFile<Result: ~Copyable>(
  _ body: () throws(TensorFileError) -> Result
) throws(DatasetFileError) -> Result {
  do throws(TensorFileError) {
    return try body()
  } catch {
    throw .file(error)
  }
}

/// Whether a path names anything at all.
func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

/// Whether a path names a folder.
func isFolder(_ path: String) -> Bool {
  var status = stat()
  return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
}
