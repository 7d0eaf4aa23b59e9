#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What this machine is, for records of what a result depends on.
public enum Machine {
  /// The processor's name, as the system gives it.
  public static let processorName: String = {
    guard let file = fopen("/proc/cpuinfo", "r") else { return "unknown processor" }
    defer { fclose(file) }
    var buffer = [CChar](repeating: 0, count: 4096)
    while fgets(&buffer, Int32(buffer.count), file) != nil {
      let line = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
      guard line.hasPrefix("model name"), let colon = line.firstIndex(of: ":") else { continue }
      return line[line.index(after: colon)...].split(whereSeparator: \.isWhitespace)
        .joined(separator: " ")
    }
    return "unknown processor"
  }()

  /// The C library with its version.
  public static let libraryName: String = {
    #if canImport(Glibc)
      var name = [CChar](repeating: 0, count: 64)
      confstr(Int32(_CS_GNU_LIBC_VERSION), &name, name.count)  // "glibc 2.36"
      return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
    #elseif canImport(Musl)
      return "musl"
    #else
      return "system library"
    #endif
  }()
}
