import Foundation
import Synchronization

/// What the command said and how it ended.
struct Outcome: Equatable {
  var standardOutput: String
  var standardError: String
  /// The exit code; the negative number of the signal where one ended the command.
  var exitCode: Int32
}

/// A run of the built command.
///
/// Its output goes to files: pipes would have to be emptied while it runs.
final class Command: Sendable {
  private let process: Process
  private let end: Task<Void, Never>
  private let outputPath: String
  private let errorPath: String

  /// Starts the command.
  ///
  /// - Parameters:
  ///   - environment: added to the environment of the tests, less what the command reads of it.
  ///   - output: the file for standard output, instead of one that ``outcome()`` reads.
  ///   - timeout: seconds after which it is killed.
  init(
    _ arguments: [String], environment: [String: String] = [:], directory: String? = nil,
    output: String? = nil, timeout: Double = 60
  ) throws {
    let name = FileManager.default.temporaryDirectory
      .appending(path: "BatchNormCommandTests-\(UUID().uuidString)").path(percentEncoded: false)
    errorPath = name + ".err"
    outputPath = output ?? name + ".out"
    process = Process()
    process.executableURL = try Self.executable
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment
      .filter { !$0.key.hasPrefix("BATCHNORM_") }
      .merging(environment) { $1 }
    if let directory { process.currentDirectoryURL = URL(filePath: directory) }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try Self.file(outputPath)
    process.standardError = try Self.file(errorPath)
    let (ends, continuation) = AsyncStream<Void>.makeStream()
    process.terminationHandler = { _ in continuation.finish() }
    try Self.withoutBlockedSignals(process.run)
    end = Task { for await _ in ends {} }
    let process = process
    DispatchQueue.global().asyncAfter(deadline: .now() + timeout) {
      if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }
  }

  deinit {
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    try? FileManager.default.removeItem(atPath: errorPath)
    if !outputPath.hasPrefix("/dev/") { try? FileManager.default.removeItem(atPath: outputPath) }
  }

  /// What it has printed so far.
  var standardOutput: String { Self.text(of: outputPath) }

  /// Whether it has not ended.
  var isRunning: Bool { process.isRunning }

  /// Sends the signal of Ctrl-C once it has printed a text.
  func interrupt(after text: String) async {
    await send(SIGINT) { self.standardOutput.contains(text) }
  }

  /// Sends a signal once something holds and so many seconds have passed, unless it has ended.
  ///
  /// From a thread of its own: among many tests a task may be long in coming to its turn.
  func send(
    _ signal: Int32, after seconds: Double = 0, when holds: @escaping @Sendable () -> Bool
  ) async {
    await withCheckedContinuation { continuation in
      Thread {
        while self.process.isRunning, !holds() { usleep(1000) }
        usleep(UInt32(seconds * 1e6))
        if self.process.isRunning { kill(self.process.processIdentifier, signal) }
        continuation.resume()
      }.start()
    }
  }

  /// Waits for its end.
  func outcome() async -> Outcome {
    await end.value
    let status = process.terminationStatus
    return Outcome(
      standardOutput: Self.text(of: outputPath), standardError: Self.text(of: errorPath),
      exitCode: process.terminationReason == .exit ? status : -status)
  }

  /// Threads of Dispatch block signals, and a new process inherits that: Ctrl-C would not reach it.
  private static func withoutBlockedSignals(_ body: () throws -> Void) throws {
    var (none, old) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &old)
    defer { pthread_sigmask(SIG_SETMASK, &old, nil) }
    try body()
  }

  private static func text(of path: String) -> String {
    guard !path.hasPrefix("/dev/"), let data = FileManager.default.contents(atPath: path) else {
      return ""
    }
    return String(decoding: data, as: UTF8.self)
  }

  private static func file(_ path: String) throws -> FileHandle {
    if !path.hasPrefix("/dev/") { try Data().write(to: URL(filePath: path)) }
    return try FileHandle(forWritingTo: URL(filePath: path))
  }

  /// The command lies where the tests lie: on Linux they are a program, on macOS a bundle.
  private static var executable: URL {
    get throws {
      let bundles = Bundle.allBundles.map(\.bundleURL).filter { $0.pathExtension == "xctest" }
      let program = URL(filePath: CommandLine.arguments[0]).standardizedFileURL
      let places =
        [Bundle.main.bundleURL, program.deletingLastPathComponent()]
        + bundles.map { $0.deletingLastPathComponent() }
      let candidates = places.map { $0.appending(path: "batchnorm") }
      guard
        let found = candidates.first(where: {
          FileManager.default.isExecutableFile(atPath: $0.path(percentEncoded: false))
        })
      else { throw MissingCommand(places: places) }
      return found
    }
  }

  private struct MissingCommand: Error, CustomStringConvertible {
    let places: [URL]
    var description: String { "There is no program batchnorm in any of \(places.map(\.path))." }
  }
}
