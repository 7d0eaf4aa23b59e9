#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A regular file that is open to be read. It is closed when the value ends.
///
/// The file is the one that the path named when it was opened, also when another takes the path later.
package struct InputFile: ~Copyable, Sendable {
  /// The path that the caller gave, for errors.
  package let path: String
  /// The size when the file was opened.
  package let byteCount: Int
  private let descriptor: Int32
  private let opened: Version

  /// What tells whether somebody wrote to a file.
  private struct Version: Equatable {
    var byteCount: Int
    var seconds: Int
    var nanoseconds: Int
  }

  /// Opens a file; refuses directories, devices, pipes and sockets.
  package init(_ path: String) throws(TensorFileError) {
    // Opening a pipe would wait for a writer, but for O_NONBLOCK.
    let file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard file >= 0 else {
      if errno == ENOENT { throw .notFound(path: path) }
      throw .unreadable(path: path, reason: systemMessage(errno))
    }
    do throws(TensorFileError) {
      let status = try Self.status(of: file, path)
      switch status.st_mode & S_IFMT {
      case S_IFREG: break
      case S_IFDIR: throw .isDirectory(path: path)
      default: throw .notARegularFile(path: path)
      }
      opened = Self.version(status)
    } catch {
      close(file)
      throw error
    }
    self.path = path
    byteCount = opened.byteCount
    descriptor = file
  }

  deinit { close(descriptor) }

  /// Reads bytes from an offset on, and returns how many: fewer than `target` holds only where the file ends.
  package func read(
    into target: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(TensorFileError) -> Int {
    guard let base = target.baseAddress else { return 0 }
    var position = 0
    while position < target.count {
      let wanted = min(target.count - position, transferByteCount)
      let count = pread(descriptor, base + position, wanted, off_t(offset + position))
      if count < 0 {
        if errno == EINTR { continue }
        throw .unreadable(path: path, reason: systemMessage(errno))
      }
      if count == 0 { break }
      position += count
    }
    return position
  }

  /// The bytes from an offset on: `count`, or fewer where the file ends.
  package func read(_ count: Int, at offset: Int) throws(TensorFileError) -> [UInt8] {
    var failure: TensorFileError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initializedCount in
      // The array may have room for more than was asked for.
      let target = UnsafeMutableRawBufferPointer(buffer).prefix(count)
      do throws(TensorFileError) {
        initializedCount = try read(into: .init(rebasing: target), at: offset)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }

  /// Whether the file has another size or time of writing than when it was opened.
  package func hasChanged() throws(TensorFileError) -> Bool {
    try Self.version(Self.status(of: descriptor, path)) != opened
  }

  private static func status(of file: Int32, _ path: String) throws(TensorFileError) -> stat {
    var status = stat()
    guard fstat(file, &status) == 0 else {
      throw .unreadable(path: path, reason: systemMessage(errno))
    }
    return status
  }

  private static func version(_ status: stat) -> Version {
    #if canImport(Darwin)
      let time = status.st_mtimespec
    #else
      let time = status.st_mtim
    #endif
    return Version(
      byteCount: Int(status.st_size), seconds: Int(time.tv_sec), nanoseconds: Int(time.tv_nsec))
  }
}
