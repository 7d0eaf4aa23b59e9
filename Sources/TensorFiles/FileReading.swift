#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Reads a regular file into memory.
///
/// The bytes are read, not mapped: a mapped file that another program shortens stops this one.
///
/// - Parameter expansion: how many times its own size the file needs in memory at most, while it is
///   decoded. A file that needs more than the machine has is refused before anything is read.
func readFile(_ path: String, expansion: Int) throws(TensorFileError) -> [UInt8] {
  // Opening a pipe would wait for a writer, but for O_NONBLOCK.
  let file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
  guard file >= 0 else {
    if errno == ENOENT { throw .notFound(path: path) }
    throw .unreadable(path: path, reason: systemMessage(errno))
  }
  defer { close(file) }
  var status = stat()
  guard fstat(file, &status) == 0 else {
    throw .unreadable(path: path, reason: systemMessage(errno))
  }
  switch status.st_mode & S_IFMT {
  case S_IFREG: break
  case S_IFDIR: throw .isDirectory(path: path)
  default: throw .notARegularFile(path: path)
  }
  let byteCount = Int(status.st_size)
  let limit = physicalMemoryByteCount / expansion
  guard byteCount <= limit else {
    throw .tooLarge(path: path, byteCount: byteCount, limit: limit)
  }
  var failure: Int32 = 0
  let bytes = [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, initializedCount in
    initializedCount = 0
    guard let base = buffer.baseAddress else { return }
    while initializedCount < byteCount {
      let wanted = min(byteCount - initializedCount, transferByteCount)
      let count = read(file, base + initializedCount, wanted)
      if count < 0 {
        if errno == EINTR { continue }
        failure = errno
        return
      }
      if count == 0 { return }
      initializedCount += count
    }
  }
  guard failure == 0 else { throw .unreadable(path: path, reason: systemMessage(failure)) }
  guard !bytes.isEmpty else { throw .emptyFile(path: path) }
  return bytes
}

/// The most that one system call moves: Darwin refuses 2 GiB and Linux stops a page before.
let transferByteCount = 1 << 30

/// The system's message for an error number, "No space left on device" for ENOSPC.
func systemMessage(_ number: Int32) -> String {
  var buffer = [CChar](repeating: 0, count: 256)
  // strerror keeps its text in memory that threads share.
  guard strerror_r(number, &buffer, buffer.count) == 0 else { return "system error \(number)" }
  let text = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
  return String(decoding: text, as: UTF8.self)
}

private var physicalMemoryByteCount: Int {
  let (pages, pageSize) = (sysconf(Int32(_SC_PHYS_PAGES)), sysconf(Int32(_SC_PAGESIZE)))
  return pages > 0 && pageSize > 0 ? Int(pages) * Int(pageSize) : Int.max
}
