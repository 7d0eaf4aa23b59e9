import Foundation
import Testing

/// What `train --json` writes, as far as the tests look at it.
struct TrainingNumbers: Decodable {
  struct Score: Decodable, Equatable {
    var loss: Double
    var accuracy: Double
  }
  struct Point: Decodable, Equatable {
    var step: Int
    var epoch: Int
    var training: Score
    var test: Score
    var learningRate: Double
    var isBest: Bool
  }
  struct Best: Decodable, Equatable {
    var step: Int
    var score: Score
  }
  struct Data: Decodable, Equatable {
    var name: String
    var sampleCount: Int
    var sampleShape: [Int]
    var classCount: Int
  }
  struct Configuration: Decodable {
    var details: [String: String]
    var batchSize: Int
    var seed: UInt64
  }
  var command: String
  var dataset: Data
  var testCount: Int
  var classNames: [String]
  var configuration: Configuration
  var parameterCount: Int
  var outcome: String
  var steps: Int
  var stepCount: Int
  var points: [Point]
  var best: Best?
  var final: Score?
  var digest: String
  var seconds: Double
  var peakMemoryBytes: Int
}

extension Workplace {
  /// Runs a small training: `train` with 30 steps and 8 hidden units, unless options say otherwise.
  func train(
    _ options: [String] = [], environment: [String: String] = [:],
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> TrainingNumbers {
    var arguments = ["train", "--quiet", "--json", "numbers.json"] + options
    let hasLength = options.contains("--steps") || options.contains("--epochs")
    if !hasLength { arguments += ["--steps", "30"] }
    if !options.contains("--layers"), !options.contains("--network") {
      arguments += ["--layers", "8"]
    }
    try await succeed(arguments, environment: environment, sourceLocation: sourceLocation)
    return try trainingNumbers()
  }

  /// The numbers of the last training.
  func trainingNumbers() throws -> TrainingNumbers {
    try JSONDecoder().decode(
      TrainingNumbers.self, from: Data(try bytes(of: "numbers.json")))
  }

  /// The steps in a log, in the order of its lines.
  func loggedSteps(of name: String) throws -> [Int] {
    struct Line: Decodable {
      var step: Int
    }
    return try text(of: name).split(separator: "\n").map {
      try JSONDecoder().decode(Line.self, from: Data($0.utf8)).step
    }
  }
}
