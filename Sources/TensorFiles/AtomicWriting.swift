#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Writes a file so that its path holds either the old content or all of the new, never a part.
///
/// The bytes go to a temporary file in the same directory, are forced to the disk, and then take
/// the path with one rename. On an error the temporary file is removed and the old file is as it
/// was. A new file gets the permissions that the user's mask allows, an old one keeps its own; a
/// symbolic link stays and the file that it names is replaced (one that names nothing is itself replaced).
///
/// Devices and pipes, such as /dev/stdout, cannot be replaced and are written to directly.
public func writeAtomically(_ bytes: [UInt8], to path: String) throws(TensorFileError) {
  var status = stat()
  guard stat(path, &status) == 0 else {
    guard errno == ENOENT else { throw .unwritable(path: path, reason: systemMessage(errno)) }
    return try replaceFile(at: path, mode: nil, of: path) { file throws(TensorFileError) in
      try write(bytes, to: file, of: path)
    }
  }
  if status.st_mode & S_IFMT == S_IFDIR { throw .isDirectory(path: path) }
  // A file that its owner made read-only is not replaced behind his back, though rename could.
  guard access(path, W_OK) == 0 else {
    throw .unwritable(path: path, reason: systemMessage(errno))
  }
  if status.st_mode & S_IFMT != S_IFREG || isOpenStream(path) {
    return try writeDirectly(bytes, to: path)
  }
  let mode = status.st_mode & 0o7777
  try replaceFile(at: symbolicLinkTarget(of: path), mode: mode, of: path) {
    file throws(TensorFileError) in
    try write(bytes, to: file, of: path)
  }
}

/// Gives the path a new file that `body` writes through its descriptor.
///
/// - Parameters:
///   - target: the path to replace, free of symbolic links.
///   - mode: the permissions, or `nil` for those that the user's mask allows.
///   - path: the path that errors name.
func replaceFile(
  at target: String, mode: mode_t?, of path: String,
  writing body: (Int32) throws(TensorFileError) -> Void
) throws(TensorFileError) {
  let directory = directory(of: target)
  let temporary = "\(directory)/.tensor-\(String(UInt64.random(in: 0 ... .max), radix: 36)).tmp"
  let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
  guard file >= 0 else {
    let reason =
      errno == ENOENT ? "the directory \(directory) does not exist" : systemMessage(errno)
    throw .unwritable(path: path, reason: reason)
  }
  do throws(TensorFileError) {
    do throws(TensorFileError) {
      if let mode, fchmod(file, mode) != 0 { throw failure(path) }
      try body(file)
      guard fsync(file) == 0 else { throw failure(path) }
    } catch {
      close(file)
      throw error
    }
    // Network file systems tell only here that the disk is full.
    guard close(file) == 0 else { throw failure(path) }
    guard rename(temporary, target) == 0 else { throw failure(path) }
  } catch {
    unlink(temporary)
    throw error
  }
  // The new file is in place and whole. Not every file system can force a directory to the disk, so
  // a failure here is none of the caller's.
  forceDirectory(of: target)
}

private func writeDirectly(_ bytes: [UInt8], to path: String) throws(TensorFileError) {
  // Appending, because standard output can be a file that holds earlier lines.
  let file = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
  guard file >= 0 else { throw failure(path) }
  do throws(TensorFileError) {
    try write(bytes, to: file, of: path)
  } catch {
    close(file)
    throw error
  }
  guard close(file) == 0 else { throw failure(path) }
}

func write(_ bytes: [UInt8], to file: Int32, of path: String) throws(TensorFileError) {
  var position = 0
  while position < bytes.count {
    let count = bytes.withUnsafeBytes { buffer in
      let part = buffer[position...].prefix(transferByteCount)
      return write(file, UnsafeRawBufferPointer(rebasing: part).baseAddress, part.count)
    }
    if count > 0 {
      position += count
    } else if errno != EINTR {
      throw failure(path)
    }
  }
}

func failure(_ path: String) -> TensorFileError {
  .unwritable(path: path, reason: systemMessage(errno))
}

/// Whether the path names a stream that this program has open, perhaps a regular file by way of the
/// shell's redirection; replacing that file would lose what the stream writes later.
private func isOpenStream(_ path: String) -> Bool {
  path == "/dev/stdout" || path == "/dev/stderr" || path.hasPrefix("/dev/fd/")
}

/// The path that symbolic links lead to, or the path itself where it names nothing.
package func symbolicLinkTarget(of path: String) -> String {
  guard let resolved = realpath(path, nil) else { return path }
  defer { free(resolved) }
  return String(cString: resolved)
}

func directory(of path: String) -> String {
  guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
  return slash == path.startIndex ? "/" : String(path[..<slash])
}
