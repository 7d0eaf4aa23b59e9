#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

// The steps of which a sequence is made that can end anywhere and leaves a complete file.

/// Writes a file anew and forces it to the disk. What was in it is lost at once.
///
/// - Parameters:
///   - bytes: its content.
///   - path: where it is.
///   - model: a file whose permissions it gets, if there is such a file.
package func writeDurably(
  _ bytes: [UInt8], to path: String, modeOf model: String? = nil
) throws(TensorFileError) {
  let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
  guard file >= 0 else { throw unwritable(path) }
  do throws(TensorFileError) {
    var status = stat()
    if let model, stat(model, &status) == 0, fchmod(file, status.st_mode & 0o7777) != 0 {
      throw failure(path)
    }
    try write(bytes, to: file, of: path)
    guard fsync(file) == 0 else { throw failure(path) }
  } catch {
    close(file)
    throw error
  }
  guard close(file) == 0 else { throw failure(path) }
}

/// Adds bytes at the end of a file, which is created where there is none.
///
/// - Parameter isForced: whether the file is forced to the disk.
package func append(
  _ bytes: [UInt8], to path: String, isForced: Bool = false
) throws(TensorFileError) {
  let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
  guard file >= 0 else { throw unwritable(path) }
  do throws(TensorFileError) {
    try write(bytes, to: file, of: path)
    // Devices and pipes cannot be forced.
    guard !isForced || fsync(file) == 0 || errno == EINVAL else { throw failure(path) }
  } catch {
    close(file)
    throw error
  }
  guard close(file) == 0 else { throw failure(path) }
}

/// Gives a file another name, in place of the file that had it.
package func renameFile(_ old: String, to new: String) throws(TensorFileError) {
  guard rename(old, new) == 0 else { throw failure(new) }
}

/// Gives a file a second name that no file has.
///
/// - Returns: false where the file system has no second names.
package func linkFile(_ old: String, to new: String) -> Bool {
  link(old, new) == 0
}

/// Removes a file, if there is one.
package func removeFile(_ path: String) throws(TensorFileError) {
  guard unlink(path) == 0 || errno == ENOENT else { throw failure(path) }
}

/// Whether the path names something.
package func fileExists(_ path: String) -> Bool {
  var status = stat()
  return stat(path, &status) == 0
}

/// Whether the path names a regular file.
package func isRegularFile(_ path: String) -> Bool {
  var status = stat()
  return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
}

/// Forces the names in the directory of a file to the disk, where the file system can.
package func forceDirectory(of path: String) {
  let parent = open(directory(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  guard parent >= 0 else { return }
  fsync(parent)
  close(parent)
}

func unwritable(_ path: String) -> TensorFileError {
  guard errno == ENOENT else { return failure(path) }
  return .unwritable(path: path, reason: "the directory \(directory(of: path)) does not exist")
}
