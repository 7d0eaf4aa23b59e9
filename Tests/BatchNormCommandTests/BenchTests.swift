import Foundation
import Testing

@Suite struct BenchTests {
  struct Report: Decodable {
    struct Measurement: Decodable {
      var layer: String
      var shape: [Int]
      var layout: String
      var seconds: Double
      var inputBytes: Int
      var timeOverCopy: Double
    }
    var processor: String
    var threads: Int
    var instructionSet: String
    var runs: Int
    var measurements: [Measurement]
  }

  func report(_ arguments: String..., environment: [String: String] = [:]) async throws -> Report {
    let text = try await Workplace().succeed(
      ["bench", "--runs", "1", "--json"] + arguments, environment: environment)
    return try JSONDecoder().decode(Report.self, from: Data(text.utf8))
  }

  @Test func `every layer is measured against a copy`() async throws {
    let report = try await report("--shape", "4,8")
    #expect(report.runs == 1 && report.threads >= 1 && !report.processor.isEmpty)
    #expect(report.measurements.map(\.layer) == ["training forward", "inference", "backward"])
    for measurement in report.measurements {
      #expect(measurement.shape == [4, 8] && measurement.inputBytes == 128)
      #expect(measurement.layout == "channels-last")
      #expect(measurement.seconds > 0 && measurement.timeOverCopy > 0)
    }
  }

  @Test func `images are measured in both layouts, and shapes add up`() async throws {
    let report = try await report("--shape", "2,3,4", "--shape", "1,2,3,3")
    #expect(
      report.measurements.map(\.shape) == Array(repeating: [2, 3, 4], count: 6)
        + Array(repeating: [1, 2, 3, 3], count: 6))
    let layouts = report.measurements.map(\.layout)
    #expect(layouts.filter { $0 == "channels-first" }.count == 6)
  }

  @Test func `threads and instructions are those of the environment`() async throws {
    let report = try await report(
      "--shape", "4,8", environment: ["BATCHNORM_THREADS": "1", "BATCHNORM_ISA": "portable"])
    #expect(report.threads == 1 && report.instructionSet == "portable")
  }

  @Test func `the table has a line per measurement`() async throws {
    let text = try await Workplace().succeed(["bench", "--runs", "1", "--shape", "4,8"])
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    try #require(lines.count == 7)
    #expect(lines[1] == "")
    #expect(
      lines[2]
        == "layer                  shape           layout                time    GB/s  time/copy"
    )
    for (line, layer) in zip(lines[3...], ["training forward", "inference", "backward"]) {
      #expect(line.hasPrefix(layer) && line.contains(" 4x8 ") && line.contains(" channels-last "))
    }
  }

  @Test func `fused passes are measured when asked for`() async throws {
    let report = try await report("--shape", "4,8", "--fused")
    #expect(
      report.measurements.map(\.layer) == [
        "training forward", "inference", "backward", "training + ReLU", "inference + ReLU",
        "backward + ReLU", "training + add + ReLU", "backward + add + ReLU",
      ])
    #expect(report.measurements.allSatisfy { $0.seconds > 0 })
  }

  static let shapes = "give 1 to 100 whole numbers from 1 to 10000, such as 100,100,100"

  /// More elements than an Int counts.
  static let huge = Array(repeating: "10000", count: 16).joined(separator: ",")

  static let refusals: [([String], String)] = [
    (["--runs", "0"], "--runs must be from 1 to 10000, but is 0"),
    (["--runs", "-1"], "--runs must be from 1 to 10000, but is -1"),
    (["--shape", "4"], "--shape needs samples and channels, but is 4"),
    (["--shape", "4,x"], "The value '4,x' is invalid for '--shape <shape>': \(shapes)"),
    (
      ["--shape", "1,4"],
      "--shape needs two values or more per channel for a variance, but 1,4 has one"
    ),
    (
      ["--shape", "10000,10000,100"],
      "--shape may ask for 1e9 elements, but 10000,10000,100 asks for 10000000000.0"
    ),
    (["--shape", huge], "--shape may ask for 1e9 elements, but \(huge) asks for 1e+64"),
    (
      ["--layout", "rows"],
      "The value 'rows' is invalid for '--layout <layout>'. Please provide one of "
        + "'channels-first' and 'channels-last'."
    ),
  ]

  @Test(arguments: refusals)
  func `values out of range are wrong usage`(options: [String], line: String) async throws {
    try await Workplace().expectRefusal(["bench"] + options, exitCode: 64, line: line)
  }
}
