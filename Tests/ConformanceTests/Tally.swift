import Testing

/// Counts the cases of a suite by kind as they are run, so that none is left out unseen.
struct Tally {
  private let suite: String
  private var found: [String: Int] = [:]
  private var passedCount = 0

  init(_ suite: String) { self.suite = suite }

  /// Runs a case: it passes where something was compared and nothing is amiss.
  mutating func run(
    _ kind: String, _ one: some CustomStringConvertible, _ body: (inout Findings) throws -> Void
  ) {
    found[kind, default: 0] += 1
    var findings = Findings()
    do { try body(&findings) } catch { findings.require(false, "\(error)") }
    findings.require(findings.comparisonCount > 0, "nothing was compared")
    if findings.complaints.isEmpty {
      passedCount += 1
    } else {
      Issue.record("\(suite), \(one): \(findings.complaints.joined(separator: "; "))")
    }
  }

  /// Prints how many cases passed, and expects all of them: so many of each kind.
  func finish(expecting expected: [String: Int]) {
    let count = expected.values.reduce(0, +)
    print("conformance: \(suite) \(passedCount) of \(count) passed")
    #expect(found == expected, "\(suite)")
    #expect(passedCount == count, "\(suite)")
  }
}
