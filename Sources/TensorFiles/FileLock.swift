#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A file that one program at a time holds: until the lock is released, or the program ends, however it does.
///
/// The file is empty and removed with the lock; one that a killed program left is taken over.
package final class FileLock {
  private let path: String
  private let file: Int32

  /// Takes the lock, or returns nil where it is taken.
  package init?(_ path: String) throws(TensorFileError) {
    self.path = path
    while true {
      let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
      guard file >= 0 else { throw unwritable(path) }
      // Where the file system has no locks, everyone gets one.
      if flock(file, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
        close(file)
        return nil
      }
      // Whoever held it before may have removed the name in between.
      var (held, named) = (stat(), stat())
      if fstat(file, &held) == 0, stat(path, &named) == 0, held.st_ino == named.st_ino {
        self.file = file
        return
      }
      close(file)
    }
  }

  deinit {
    unlink(path)
    close(file)
  }
}

/// The same for all names of a file, and for all names of a place where there is none yet.
package func fileIdentity(_ path: String) -> String {
  var status = stat()
  if stat(path, &status) == 0 { return "\(status.st_dev) \(status.st_ino)" }
  let name = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path[path.utf8.index(after: $0)...] }
  return "\(symbolicLinkTarget(of: directory(of: path)))/\(name ?? path[...])"
}
