import Experiments
import Foundation
import Plots
import Testing

@Suite struct FindingsFilesTests {
  private func files() throws -> [String: String] {
    let results = try ExperimentRunner([
      PlantedExperiment(name: "large", effect: 5), PlantedExperiment(name: "none"),
    ]).run()
    let files = try results.findingsFiles(command: "again", machine: "a machine", date: "today")
    #expect(Set(files.map(\.name)).count == files.count)
    return Dictionary(uniqueKeysWithValues: files.map { ($0.name, $0.text) })
  }

  @Test func `the table says what was found, and how to find it again`() throws {
    let readme = try #require(files()["README.md"])
    #expect(readme.contains("Of 2 claims 1 are supported, 0 refuted and 1 undecided"))
    #expect(readme.contains("today, a machine, digest "))
    #expect(readme.contains(": `again`."))
    #expect(readme.contains("| X1 [large](#large) | The effect is above zero. | **supported** | "))
    #expect(readme.contains("\n## none\n"))
  }

  @Test func `the numbers of every seed stand in the files`() throws {
    let files = try files()
    let rows = try #require(files["effects.csv"]).split(separator: "\n")
    #expect(rows.count == 1 + 2 * 6)
    #expect(rows[0] == "experiment,criterion,seed,effect")
    #expect(rows[1].hasPrefix("large,\"effect\",1,"))
    struct Numbers: Decodable {
      struct Finding: Decodable {
        struct Answer: Decodable {
          struct Effect: Decodable {
            var values: [Double]
            var mean: Double
          }
          var effect: Effect
          var verdict: String
        }
        var answer: Answer
      }
      var form: String
      var finding: Finding
      var outcomes: [SeedOutcome]
    }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    let text = try #require(files["large.json"])
    let numbers = try decoder.decode(Numbers.self, from: Data(text.utf8))
    #expect(numbers.form == "quick" && numbers.finding.answer.verdict == "supported")
    #expect(numbers.outcomes.map(\.seed) == Array(1...6))
    #expect(numbers.outcomes.map { $0.effects["effect"] } == numbers.finding.answer.effect.values)
    #expect(numbers.outcomes[2].curves["line"]?.y == [.infinity, 3])
    let fields = rows[1].split(separator: ",")
    #expect(Double(fields[3]) == numbers.finding.answer.effect.values[0])
  }

  @Test func `the page says what is asked and what would answer it`() throws {
    let results = try ExperimentRunner([PlantedExperiment(name: "large", effect: 5)]).run()
    let page = results.report(command: "again", machine: "a machine", date: "today").html()
    for text in [
      "The effect is above zero.", "the planted number", "X1 large: supported", "Effect by seed",
      "batchnorm experiment run large --seeds 6", "today, a machine", results.digest,
      "How it was measured",
    ] {
      #expect(page.contains(text), "\(text)")
    }
  }
}
