import Plots
import Testing

@testable import Experiments

@Suite struct ExperimentReportTests {
  private func results(_ experiments: [PlantedExperiment]) throws -> [ExperimentResult] {
    try ExperimentRunner(experiments).run()
  }

  private func html(_ results: [ExperimentResult]) -> String {
    results.report(command: "again", machine: "a machine", date: "today").html()
  }

  @Test func `the page says what is asked and what would answer it`() throws {
    let results = try results([PlantedExperiment(name: "large", effect: 5)])
    let html = html(results)
    for text in [
      "The effect is above zero.", "the planted number", "X1 large</h2>", "Effect by seed",
      " Supported</span>: ", "above 0 in the whole interval.", "Claimed by: the test.",
      "batchnorm experiment run large --seeds 6", "today, a machine", results.digest,
      "How it was measured", "refuted below, confirmed above 0",
    ] {
      #expect(html.contains(text), "\(text)")
    }
  }

  @Test func `a section has what was found before what was asked and how`() throws {
    let results = try results([PlantedExperiment(name: "large", effect: 5)])
    let section = results[0].section(contradicting: nil)
    let kinds = section.blocks.map { block in
      switch block {
      case .paragraph: "text"
      case .statement: "finding"
      case .figure: "picture"
      case .overview: "questions"
      case .table: "protocol"
      case .command: "command"
      }
    }
    #expect(
      kinds == [
        "text", "finding", "text", "text", "picture", "text", "picture", "questions", "protocol",
        "command",
      ])
    #expect(section.anchor == "large")
  }

  @Test func `every claim of the summary leads to its section`() throws {
    let html = html(try results([PlantedExperiment(name: "b"), PlantedExperiment(name: "a")]))
    let targets = html.matches(of: /href="#([^"]*)"/).map { String($0.1) }
    let ids = html.matches(of: /\ id="([^"]*)"/).map { String($0.1) }
    #expect(targets == ["b", "a"])
    #expect(Set(ids).count == ids.count)
    #expect(targets.allSatisfy(ids.contains))
  }

  @Test func `every picture has a text, and nothing is fetched`() throws {
    let html = html(try results([PlantedExperiment(name: "a", effect: 5)]))
    let pictures = html.split(separator: "<svg ").dropFirst()
    // The mark, and two figures, each wide and narrow.
    #expect(pictures.count == 5)
    for picture in pictures {
      let hasText = picture.contains(/<title id="[^"]*">[^<]+<\/title>\n<desc id="[^"]*">[^<]+</)
      #expect(
        picture.hasPrefix("xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" role=\"img\""))
      #expect(hasText)
    }
    let addresses = html.matches(of: /(?:href|src)="([^"]*)"/).map(\.1)
    #expect(addresses.allSatisfy { $0.hasPrefix("#") || $0.hasPrefix("data:") })
    #expect(!html.contains("url(http") && !html.contains("@import"))
  }

  @Test func `the lead counts as one speaks`() throws {
    let large = PlantedExperiment(name: "large", effect: 5)
    let small = PlantedExperiment(name: "small", effect: -5)
    let start = " What would confirm a claim"
    func lead(_ experiments: [PlantedExperiment]) throws -> Substring {
      let lead = try results(experiments).lead
      return lead.prefix(upTo: lead.firstRange(of: start)?.lowerBound ?? lead.endIndex)
    }
    let one = try lead([large])
    #expect(one == "The claim, measured with 6 seeds, is supported.")
    let three = try lead([large, small, PlantedExperiment(name: "other", effect: 5)])
    #expect(
      three
        == "Of 3 claims, each measured with 6 seeds, 2 are supported, 1 is refuted and none is undecided."
    )
  }

  @Test func `claims that contradict each other are said to`() throws {
    let results = try results([
      PlantedExperiment(name: "some", effect: 5, contradicts: "others"),
      PlantedExperiment(name: "others", effect: -5, contradicts: "some"),
    ])
    #expect(
      results.lead.hasSuffix(
        "both are measured: some (supported) and others (refuted)."))
    let html = html(results)
    #expect(html.split(separator: "<small>Contradicts:</small>").count == 3)
    #expect(html.contains("measured as some: it is found supported."))
  }
}
