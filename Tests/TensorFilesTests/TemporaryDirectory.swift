import Foundation

/// A new empty directory that goes when the value does.
final class TemporaryDirectory {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory
      .appending(path: "TensorFilesTests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path(percentEncoded: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  /// Creates a file and returns its path.
  func file(_ name: String, holding content: [UInt8]) throws -> String {
    try Data(content).write(to: URL(filePath: file(name)))
    return file(name)
  }

  /// The names of all files, hidden ones included.
  func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path).sorted()
  }
}

/// The content of a file.
func content(of path: String) throws -> [UInt8] {
  Array(try Data(contentsOf: URL(filePath: path)))
}

/// The bits of a number, so that signs of zero and payloads of nan are compared too.
extension Array where Element == Double {
  var bits: [UInt64] { map(\.bitPattern) }
}
