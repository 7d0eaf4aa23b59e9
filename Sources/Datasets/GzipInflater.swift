internal import CZlib
import TensorFiles

/// Inflates a gzip file piece by piece, through a buffer of fixed size.
///
/// zlib checks the checksum and the length at the end of each member (RFC 1952); several members make one
/// content, as `cat a.gz b.gz` does. What follows the last member and is none is refused.
struct GzipInflater: ~Copyable {
  private static let bufferByteCount = 1 << 16

  private let stream: UnsafeMutablePointer<z_stream>
  private let buffer: UnsafeMutableRawBufferPointer
  private var offset = 0
  private var isBetweenMembers = false

  /// Begins at the start of a file; errors name it by `path`.
  init(path: String) throws(DatasetFileError) {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    guard zlib_begin_gzip_inflation(stream) == Z_OK else {
      stream.deallocate()
      throw .file(.unreadable(path: path, reason: "zlib could not be started"))
    }
    buffer = .allocate(byteCount: Self.bufferByteCount, alignment: 16)
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
    buffer.deallocate()
  }

  /// The next bytes of the content: `count`, or fewer where it ends.
  ///
  /// Where fewer came, all checksums have been compared. Every call takes the same file.
  mutating func read(
    _ count: Int, from file: borrowing InputFile
  ) throws(DatasetFileError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var failure: DatasetFileError?
    let found = bytes.withUnsafeMutableBytes { target in
      do throws(DatasetFileError) {
        return try read(into: target, from: file)
      } catch {
        failure = error
        return 0
      }
    }
    if let failure { throw failure }
    bytes.removeLast(count - found)
    return bytes
  }

  private mutating func read(
    into target: UnsafeMutableRawBufferPointer, from file: borrowing InputFile
  ) throws(DatasetFileError) -> Int {
    var produced = 0
    while produced < target.count {
      if stream.pointee.avail_in == 0, try !refill(from: file) {
        if isBetweenMembers { break }
        throw .compressedDataEndsEarly(path: file.path, byteCount: file.byteCount)
      }
      if isBetweenMembers {
        inflateReset(stream)
        isBetweenMembers = false
      }
      let room = min(target.count - produced, Int(UInt32.max))
      stream.pointee.next_out = target.baseAddress?.advanced(by: produced)
        .assumingMemoryBound(to: UInt8.self)
      stream.pointee.avail_out = UInt32(room)
      let status = inflate(stream, Z_NO_FLUSH)
      produced += room - Int(stream.pointee.avail_out)
      switch status {
      case Z_OK: break
      case Z_STREAM_END: isBetweenMembers = true
      default:
        let message = stream.pointee.msg.map { String(cString: $0) } ?? "zlib's status is \(status)"
        throw .compressedDataDamaged(path: file.path, reason: message)
      }
    }
    return produced
  }

  /// Fills the buffer from the file; false at its end.
  private mutating func refill(from file: borrowing InputFile) throws(DatasetFileError) -> Bool {
    let count = try inDatasetFile { () throws(TensorFileError) in
      try file.read(into: buffer, at: offset)
    }
    offset += count
    stream.pointee.next_in = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_in = UInt32(count)
    return count > 0
  }
}
