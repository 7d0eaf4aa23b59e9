import Foundation
import Testing

@testable import Experiments

/// The findings beside the sources: what the command wrote, of the experiments as they are now.
@Suite struct CommittedFindingsTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Findings")

  private struct Content: Decodable {
    var experiment: String
    var form: ExperimentForm
    var procedure: [Setting]
    var finding: Finding
    var outcomes: [SeedOutcome]
  }

  private func content(_ experiment: any Experiment) throws -> Content {
    let data = try Data(contentsOf: Self.folder.appending(path: "\(experiment.name).json"))
    return try OutcomeStore.decoder.decode(Content.self, from: data)
  }

  @Test(arguments: ExperimentCatalog.all.map(\.name))
  func `a finding follows from its numbers, by the rule and the procedure of today`(
    name: String
  ) throws {
    let experiment = try #require(ExperimentCatalog.experiment(named: name))
    let content = try content(experiment)
    #expect(content.form == .full)
    #expect(content.procedure == experiment.procedure(content.form))
    #expect(content.outcomes.map(\.seed) == Array(1...6))
    #expect(Finding(experiment, content.outcomes) == content.finding)
  }

  @Test func `the table says what was found, and the digest is that of the numbers`() throws {
    let results = try ExperimentCatalog.all.map {
      ExperimentResult($0, .full, try content($0).outcomes)
    }
    let readme = try String(
      contentsOf: Self.folder.appending(path: "README.md"), encoding: .utf8)
    #expect(readme.contains("digest \(results.digest)"))
    #expect(readme.contains(results.byClaim.lead))
    let rows = readme.split(separator: "\n").filter { $0.hasPrefix("| ") }
    for result in results {
      let row = rows.first { $0.contains("| [\(result.experiment.name)](") } ?? ""
      let (verdict, text) = (result.finding.verdict.rawValue, result.finding.answer.text)
      let isSaid = row.contains(verdict) && row.contains(text)
      #expect(isSaid, "\(row)")
    }
  }
}
