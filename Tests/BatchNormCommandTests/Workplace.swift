import Foundation
import TensorFiles
import Tensors
import Testing

/// A new empty directory in which the command runs, so that it can be given short file names. It goes
/// when the value does.
final class Workplace: Sendable {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory
      .appending(path: "BatchNormCommandTests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path(percentEncoded: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func path(of name: String) -> String { "\(path)/\(name)" }

  /// The names of all files, hidden ones included.
  func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path).sorted()
  }

  func write(_ text: String, to name: String) throws {
    try write(Array(text.utf8), to: name)
  }

  func write(_ bytes: [UInt8], to name: String) throws {
    try Data(bytes).write(to: URL(filePath: path(of: name)))
  }

  /// Writes a .safetensors file.
  func write(_ tensors: KeyValuePairs<String, AnyTensor>, to name: String) throws {
    try write(NamedTensors(tensors), to: name)
  }

  func write(_ tensors: NamedTensors, to name: String) throws {
    try SafetensorsFile.write(tensors, to: path(of: name))
  }

  func text(of name: String) throws -> String {
    try String(contentsOfFile: path(of: name), encoding: .utf8)
  }

  func bytes(of name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(filePath: path(of: name))))
  }

  func tensors(of name: String) throws -> NamedTensors {
    try SafetensorsFile.read(path(of: name))
  }

  /// Runs the command here and waits for its end.
  func run(_ arguments: [String], environment: [String: String] = [:]) async throws -> Outcome {
    try await Command(arguments, environment: environment, directory: path).outcome()
  }

  /// Runs the command here and waits for its end.
  func run(_ arguments: String...) async throws -> Outcome { try await run(arguments) }

  /// Expects that the command succeeds and says nothing on standard error.
  ///
  /// - Returns: its standard output.
  @discardableResult
  func succeed(
    _ arguments: [String], environment: [String: String] = [:],
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> String {
    let outcome = try await run(arguments, environment: environment)
    #expect(outcome.exitCode == 0, "\(arguments)", sourceLocation: sourceLocation)
    #expect(outcome.standardError == "", "\(arguments)", sourceLocation: sourceLocation)
    return outcome.standardOutput
  }

  /// Expects that the command ends with this one line on standard error, nothing on standard output,
  /// and no file written or left behind.
  func expectRefusal(
    _ arguments: [String], environment: [String: String] = [:], exitCode: Int32 = 1, line: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let names = try names()
    let outcome = try await run(arguments, environment: environment)
    #expect(
      outcome
        == Outcome(standardOutput: "", standardError: "error: \(line)\n", exitCode: exitCode),
      "\(arguments)", sourceLocation: sourceLocation)
    #expect(try self.names() == names, "\(arguments)", sourceLocation: sourceLocation)
  }
}

/// Whether there is the device on which every write fails for lack of room.
let hasFullDevice = FileManager.default.fileExists(atPath: "/dev/full")
