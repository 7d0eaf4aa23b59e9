import Foundation
import TensorFiles

/// A file the command will write once it is done: checked before long work, written atomically.
struct OutputFile {
  let path: String

  /// Refuses a path that cannot be written, while nothing is lost yet.
  init(_ path: String) throws {
    self.path = path
    guard !path.isEmpty, !path.hasSuffix("/") else {
      throw CommandError.failure("'\(path)' cannot be written: it names no file; add a file name")
    }
    let directory = Self.directory(of: path)
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: directory, isDirectory: &isDirectory),
      isDirectory.boolValue
    else {
      throw CommandError.failure("\(path) cannot be written: there is no directory \(directory)")
    }
    if FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) {
      guard !isDirectory.boolValue else {
        throw CommandError.failure("\(path) cannot be written: it is a directory; name a file")
      }
      guard access(path, W_OK) == 0 else { throw Self.denied(path) }
    } else {
      guard access(directory, W_OK) == 0 else { throw Self.denied(path) }
    }
  }

  /// The folder of a file. Foundation's own function ends the program for a name of one character (Swift 6.3, Linux).
  private static func directory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  func write(_ text: String) throws {
    try write(Data(text.utf8))
  }

  func write(_ data: Data) throws {
    do {
      try writeAtomically([UInt8](data), to: path)
    } catch {
      throw CommandError(error)
    }
  }

  private static func denied(_ path: String) -> CommandError {
    .failure("\(path) cannot be written: permission denied")
  }
}
