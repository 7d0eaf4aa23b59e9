import Testing

@testable import Plots

@Suite struct OverviewTableTests {
  private let table = OverviewTable(
    caption: "Claims & findings", columns: [.init("Claim"), .init("Found", kind: .number)],
    rows: [
      [
        [.link("the first", to: "first"), .text("<b>"), .note("small")],
        [
          .state("supported", .good),
          .picture(
            IntervalMark(
              title: "Effect", description: "Large.", x: .init("x"), interval: .init(1), lower: 0,
              upper: 0)),
        ],
      ],
      [[.text("the second")], [.state("refuted", .bad)]],
    ])

  @Test func `it is well-formed, with a heading for each row and its text escaped`() {
    let all = elements(of: table.html(id: "t"))
    #expect(all.first?.attributes["role"] == "table")
    #expect(all.count { $0.attributes["scope"] == "row" } == 2)
    #expect(all.count { $0.attributes["scope"] == "col" } == 2)
    #expect(all.first { $0.name == "a" }?.attributes["href"] == "#first")
    let ids = all.compactMap { $0.attributes["id"] }
    #expect(Set(ids).count == ids.count && ids.contains("t"))
    #expect(table.html(id: "t").contains("&lt;b&gt;"))
  }

  @Test func `each cell says what it is, for where no head stands above it`() {
    let cells = elements(of: table.html(id: "t")).filter {
      ["rowheader", "cell"].contains($0.attributes["role"])
    }
    #expect(cells.map { $0.attributes["data-label"] } == ["Claim", "Found", "Claim", "Found"])
  }

  @Test(arguments: OverviewTable.Tone.allCases)
  func `a state is a word, with a symbol that is not read out`(tone: OverviewTable.Tone) {
    let html = tone.html("so it is")
    let all = elements(of: html)
    #expect(all.first?.attributes["class"] == "state \(tone.rawValue)")
    #expect(all.last?.attributes["aria-hidden"] == "true")
    #expect(html.hasSuffix(" so it is</span>"))
    let others = OverviewTable.Tone.allCases.filter { $0 != tone }.map { $0.html("so it is") }
    let symbols = others.map { $0.filter { "✓✗?".contains($0) } }
    #expect(!symbols.contains(html.filter { "✓✗?".contains($0) }))
  }

  @Test func `a picture has a text`() {
    let html = table.html(id: "t")
    #expect(html.contains("role=\"img\"") && html.contains(">Large.</desc>"))
  }

  @Test func `a row of another length is a mistake`() async {
    await #expect(processExitsWith: .failure) {
      _ = OverviewTable(caption: "", columns: [.init("a")], rows: [[]])
    }
  }
}
