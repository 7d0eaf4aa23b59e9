import Foundation
import Testing

/// What `compare --json` writes, as far as the tests look at it.
struct Numbers: Decodable, Equatable {
  struct Point: Decodable, Equatable {
    struct Percentiles: Decodable, Equatable {
      var low: Double
      var median: Double
      var high: Double
    }
    var step: Int
    var testAccuracy: Double
    var testLoss: Double
    var trainingLoss: Double?
    var percentiles: Percentiles?
  }
  struct Stop: Decodable, Equatable {
    var step: Int
    var reason: String
  }
  struct Network: Decodable, Equatable {
    var normalization: String
    var points: [Point]
    var stopped: Stop?
    var digest: String
    var trainingSeconds: Double
  }
  struct Configuration: Decodable, Equatable {
    var dataset: String
    var layers: [Int]
    var activation: String
    var norm: String
    var against: String
    var placement: String
    var batchSize: Int
    var learningRate: Double
    var steps: Int
    var seed: UInt64
    var initialDeviation: Double
    var evaluationInterval: Int
  }
  struct Result: Decodable, Equatable {
    var configuration: Configuration
    var trainingCount: Int
    var testCount: Int
    var featureCount: Int
    var classNames: [String]
    var steps: Int
    var isComplete: Bool
    var networks: [Network]
  }
  var best: [Point?]
  var stepsToPass: Int?
  var stepRatio: Double?
  var command: String
  var result: Result

  var networks: [Network] { result.networks }
  var digests: [String] { networks.map(\.digest) }
}

extension Workplace {
  func numbers(of name: String) throws -> Numbers {
    try JSONDecoder().decode(Numbers.self, from: Data(bytes(of: name)))
  }

  /// Runs a small comparison: `compare` with 40 steps and 8 hidden units, unless options say otherwise.
  func compare(
    _ options: [String] = [], environment: [String: String] = [:],
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> Numbers {
    var arguments = ["compare", "--quiet", "--json", "numbers.json"] + options
    for (name, value) in [("--steps", "40"), ("--layers", "8")] where !options.contains(name) {
      arguments += [name, value]
    }
    try await succeed(arguments, environment: environment, sourceLocation: sourceLocation)
    return try numbers(of: "numbers.json")
  }
}
