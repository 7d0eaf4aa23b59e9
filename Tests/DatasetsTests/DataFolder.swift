import CZlib
import Foundation

/// A new empty folder for files of a data set, which goes when the value does.
final class DataFolder {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory
      .appending(path: "DatasetsTests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path(percentEncoded: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  /// Creates a file and returns its path.
  @discardableResult
  func write(_ content: [UInt8], _ name: String) throws -> String {
    try Data(content).write(to: URL(filePath: file(name)))
    return file(name)
  }

  func makeFolder(_ name: String) throws {
    try FileManager.default.createDirectory(
      at: URL(filePath: file(name)), withIntermediateDirectories: false)
  }

  func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: file(name)) }
}

/// The content as a gzip file of one member for each part, compressed by zlib.
func gzipped(_ members: [UInt8]...) throws -> [UInt8] {
  let path = FileManager.default.temporaryDirectory
    .appending(path: "gzipped-\(UUID().uuidString).gz").path(percentEncoded: false)
  defer { try? FileManager.default.removeItem(atPath: path) }
  for member in members {
    guard let file = gzopen(path, "ab9") else { throw CocoaError(.fileWriteUnknown) }
    let written = gzwrite(file, member, UInt32(member.count))
    guard gzclose(file) == Z_OK, Int(written) == member.count else {
      throw CocoaError(.fileWriteUnknown)
    }
  }
  return Array(try Data(contentsOf: URL(filePath: path)))
}

/// An IDX file of bytes.
func idx(_ shape: [Int], _ elements: [UInt8]) -> [UInt8] {
  [0, 0, 8, UInt8(shape.count)]
    + shape.flatMap { extent in
      [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: extent >> $0) }
    } + elements
}

/// An NPY file of a type, a shape and the bytes of the elements.
func npy(_ descriptor: String, _ shape: [Int], _ elements: [UInt8]) -> [UInt8] {
  let extents = shape.map { "\($0)," }.joined(separator: " ")
  let header = "{'descr': '\(descriptor)', 'fortran_order': False, 'shape': (\(extents))}\n"
  return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8)
    + elements
}
