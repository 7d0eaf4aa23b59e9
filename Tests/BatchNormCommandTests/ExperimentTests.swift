import Foundation
import Testing

@Suite(.serialized) struct ExperimentTests {
  @Test func `the list names every claim within 80 columns`() async throws {
    let lines = try await Workplace().succeed(["experiment", "list"]).split(separator: "\n")
    #expect(lines.allSatisfy { $0.count <= 80 })
    #expect(lines[0].hasPrefix("name ") && lines[1].hasPrefix("fewer-steps "))
    #expect(lines[1].contains(" C1 "))
    // A claim's other lines start in its column.
    #expect(lines[2].hasPrefix("                  "))
  }

  @Test func `with details the list says what would confirm and refute each claim`() async throws {
    let text = try await Workplace().succeed(["experiment", "list", "--details"])
    let lines = text.split(separator: "\n")
    #expect(lines.allSatisfy { $0.count <= 80 })
    #expect(text.hasPrefix("fewer-steps  C1\n"))
    let count = lines.count { $0.hasPrefix("  The claim is refuted below") }
    #expect(count > 0 && count == lines.count { $0.hasPrefix("  Claimed by: ") })
  }

  @Test(arguments: [["experiment"], ["experiment", "list"], ["experiment", "run"]])
  func `help fits 80 columns and gives examples`(command: [String]) async throws {
    let lines = try await Workplace().succeed(command + ["--help"]).split(separator: "\n")
    #expect(lines.allSatisfy { $0.count <= 80 })
    #expect(lines.contains("EXAMPLES:"))
    #expect(lines.count { $0.hasPrefix("  batchnorm experiment ") } >= 2)
  }

  static let usage: [([String], String)] = [
    ([], "name experiments or give --all, one of both"),
    (["identity", "--all"], "name experiments or give --all, one of both"),
    (
      ["nothing"],
      "there is no experiment 'nothing'; 'batchnorm experiment list' shows those there are"
    ),
    (["identity", "--seeds", "0"], "--seeds must be from 1 to 20, but is 0"),
    (["identity", "--seeds", "21"], "--seeds must be from 1 to 20, but is 21"),
  ]

  @Test(arguments: usage)
  func `options that make no sense are wrong usage`(options: [String], line: String) async throws {
    try await Workplace().expectRefusal(
      ["experiment", "run"] + options, exitCode: 64, line: line)
  }

  @Test func `a report is written, and finished seeds are kept`() async throws {
    let place = try Workplace()
    let options = ["experiment", "run", "identity", "--report", "found", "--seeds"]
    let first = try await place.run(options + ["5"])
    #expect(first.exitCode == 0)
    #expect(first.standardOutput.hasSuffix("\nNumbers and pictures: found/README.md\n"))
    #expect(!first.standardError.contains("kept"))
    // Standard error is no terminal: plain lines, each with an estimate but the last.
    let lines = first.standardError.split(separator: "\n")
    #expect(lines.count == 5 && !first.standardError.contains("\r"))
    #expect(lines.allSatisfy { $0.contains(/^[1-5]\/5 identity, seed [1-5]: [0-9]+ s/) })
    #expect(lines.dropLast().allSatisfy { $0.hasSuffix(", less than a minute left") })
    #expect(lines.last?.hasSuffix(" s") == true)
    let html = try place.text(of: "found/report.html")
    #expect(html.contains("can represent the identity") && html.hasSuffix("</html>\n"))
    let readme = try place.text(of: "found/README.md")
    let digest = try #require(first.standardOutput.firstMatch(of: /Digest: ([0-9a-f]{16})/)).1
    #expect(readme.contains("digest \(digest)"))
    #expect(try place.text(of: "found/effects.csv").contains("\nidentity,"))
    // One thread, and seeds that are kept: the same numbers.
    let second = try await place.run(options + ["5"], environment: ["BATCHNORM_THREADS": "1"])
    #expect(second.standardOutput == first.standardOutput)
    #expect(second.standardError.split(separator: "\n").count { $0.hasSuffix(": kept") } == 5)
    let other = try Workplace()
    let third = try await other.run(options + ["5"], environment: ["BATCHNORM_THREADS": "1"])
    #expect(third.standardOutput == first.standardOutput)
  }
}
