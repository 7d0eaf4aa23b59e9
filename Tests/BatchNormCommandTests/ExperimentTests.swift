import Foundation
import Testing

@Suite(.serialized) struct ExperimentTests {
  @Test func `the list says what would confirm and refute each claim`() async throws {
    let text = try await Workplace().succeed(["experiment", "list"])
    #expect(text.contains("\nfewer-steps  C1\n") || text.hasPrefix("fewer-steps  C1\n"))
    let count = text.split(separator: "\n").count { $0.hasPrefix("  Confirmed above ") }
    #expect(
      count > 0 && count == text.split(separator: "\n").count { $0.hasPrefix("  Claimed by: ") })
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
