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
    #expect(
      readme.contains(
        "Of 2 claims, each measured with 6 seeds, 1 is supported, none is refuted and 1 is undecided."
      ))
    #expect(readme.contains("today, a machine, digest "))
    #expect(readme.contains(": `again`."))
    #expect(
      readme.contains("| X1 | [large](#large): The effect is above zero. | ✓ **supported** | "))
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

  @Test func `what the table and the sections link to is there`() throws {
    let files = try files()
    let readme = try #require(files["README.md"])
    let targets = readme.matches(of: /\]\(([^)#]+)\)/).map { String($0.1) }
    #expect(Set(targets) == Set(files.keys).subtracting(["README.md"]))
    let anchors = readme.matches(of: /\]\(#([^)]*)\)/).map { String($0.1) }
    #expect(anchors == ["large", "none"])
    #expect(anchors.allSatisfy { readme.contains("\n## \($0)\n") })
  }

  @Test func `every picture has a text, and stands in a file for itself`() throws {
    let files = try files()
    let readme = try #require(files["README.md"])
    #expect(readme.matches(of: /!\[[^\]]+\]\(/).count == readme.matches(of: /!\[/).count)
    let pictures = files.filter { $0.key.hasSuffix(".svg") }
    #expect(
      pictures.keys.sorted() == [
        "large-1.svg", "large-effect-1.svg", "large-mark.svg", "none-1.svg", "none-effect-1.svg",
        "none-mark.svg",
      ])
    for (name, text) in pictures {
      #expect(text.contains("<desc id=\"chart-desc\">") && text.contains("<style>"), "\(name)")
      #expect(!text.contains("href") && !text.contains("var("), "\(name)")
    }
    let marks = pictures.filter { $0.key.hasSuffix("-mark.svg") }.values
    #expect(marks.allSatisfy { $0.utf8.count < 3000 })
  }

  @Test func `the numbers of a seed have one line`() throws {
    let text = try #require(files()["large.json"])
    let lines = text.split(separator: "\n")
    try #require(lines.count == 2 + 6 + 1)
    #expect(lines[2...7].allSatisfy { $0.hasPrefix("{\"curves\":") })
  }
}
