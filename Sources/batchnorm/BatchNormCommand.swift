import ArgumentParser
import Foundation
import Normalization

/// The command. Subcommands live in a file each.
@main
struct BatchNormCommand: ParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "batchnorm",
    abstract: "Batch normalization done right: train, compare, evaluate, apply, measure.",
    discussion: """
      BATCHNORM_THREADS sets the number of threads, BATCHNORM_ISA the instructions (portable, avx2, \
      avx512, neon); normalised values do not depend on them. Exit codes: 0 success, 1 errors in data or at \
      run time, 64 wrong usage, 130 after Ctrl-C.

      EXAMPLES:
        batchnorm compare            train with and without, on embedded data
        batchnorm train              train one network; checkpoints, export
        batchnorm evaluate run.st    test it, in each way to use it
        batchnorm apply table.csv    normalise a table
        batchnorm bench              time the layers on this machine

      Completions: batchnorm --generate-completion-script bash|zsh|fish
      """,
    version: version,
    subcommands: [
      Compare.self, Train.self, Evaluate.self, Apply.self, ExperimentCommand.self, Bench.self,
    ])

  /// Runs a subcommand; errors are one line on standard error.
  static func main() {
    do {
      do {
        var command = try parseAsRoot()
        try command.run()
      } catch {
        // Help, version and completions come as errors too.
        guard exitCode(for: error) == .success else { throw error }
        print(fullMessage(for: error))
      }
      try StandardOutput.check()
    } catch let error as CommandError {
      finish(error.description, code: error.exitCode)
    } catch let error as ExitCode {
      Foundation.exit(error.rawValue)
    } catch {
      finish(message(for: error), code: exitCode(for: error) == .validationFailure ? 64 : 1)
    }
  }

  private static func finish(_ message: String, code: Int32) -> Never {
    let line = message.split(whereSeparator: \.isNewline)
      .map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: " ")
    FileHandle.standardError.write(Data("error: \(line)\n".utf8))
    Foundation.exit(code)
  }
}

/// What ends a command early, besides what the parser finds.
enum CommandError: Error, CustomStringConvertible {
  /// Something about the data or the machine: exit code 1.
  case failure(String)
  /// Ctrl-C: exit code 130.
  case interrupted(String)

  var description: String {
    switch self {
    case .failure(let text), .interrupted(let text): text
    }
  }

  var exitCode: Int32 {
    switch self {
    case .failure: 1
    case .interrupted: 130
    }
  }

  /// Any error of the libraries, as a failure.
  init(_ error: any Error) {
    self = (error as? CommandError) ?? .failure("\(error)")
  }
}

extension Execution {
  /// The threads and instructions the environment asks for.
  static func fromEnvironment() throws -> Execution {
    do {
      return try Execution(environment: ProcessInfo.processInfo.environment)
    } catch {
      throw CommandError(error)
    }
  }
}
