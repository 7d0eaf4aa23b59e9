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
package func readFile(_ path: String, expansion: Int) throws(TensorFileError) -> [UInt8] {
  let file = try InputFile(path)
  let limit = physicalMemoryByteCount / expansion
  guard file.byteCount <= limit else {
    throw .tooLarge(path: path, byteCount: file.byteCount, limit: limit)
  }
  let bytes = try file.read(file.byteCount, at: 0)
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

/// The memory of this machine, where the system tells.
package var physicalMemoryByteCount: Int {
  let (pages, pageSize) = (sysconf(Int32(_SC_PHYS_PAGES)), sysconf(Int32(_SC_PAGESIZE)))
  return pages > 0 && pageSize > 0 ? Int(pages) * Int(pageSize) : Int.max
}
