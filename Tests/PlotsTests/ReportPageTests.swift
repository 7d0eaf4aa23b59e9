import Testing

@testable import Plots

@Suite struct ReportPageTests {
  let page = ReportPage(
    title: "A <title>", lead: "What came out & why.",
    sections: [
      .init(
        "Results",
        [
          .paragraph("<script>alert(1)</script>"),
          .figure(
            LineChart(
              title: "Loss", x: .init("step"), y: .init("loss"),
              series: [.init("a", points: [.init(0, 1), .init(1, 2)])]),
            caption: "The \"loss\""),
          .table(.init(caption: "Table", columns: [.init("a")], rows: [["b"]])),
        ]),
      .init("Again", [.command("batchnorm compare --seed 1 && true")]),
      .init(
        "Findings", anchor: "the findings",
        [
          .statement("Supported", .good, text: ": 3 > 1."),
          .overview(
            OverviewTable(
              caption: "All", columns: [.init("Claim")],
              rows: [[[.link("the findings", to: "the findings")]]])),
        ]),
    ],
    footer: "version <1>", language: "en")

  /// The page without what XML does not know: the doctype and the void elements of the head.
  var parsed: [(name: String, attributes: [String: String])] {
    let html = page.html()
    guard let body = html.firstRange(of: "<body>"), let end = html.firstRange(of: "</html>") else {
      return []
    }
    return elements(of: String(html[body.lowerBound..<end.lowerBound]))
  }

  @Test func `the body is well-formed and its ids differ`() {
    let ids = parsed.compactMap { $0.attributes["id"] }
    #expect(!ids.isEmpty)
    #expect(Set(ids).count == ids.count)
    let references = parsed.compactMap { $0.attributes["aria-labelledby"] }
    #expect(
      references.allSatisfy { $0.split(separator: " ").allSatisfy { ids.contains(String($0)) } })
  }

  @Test func `a section is found by its anchor, and links lead there`() {
    let ids = parsed.compactMap { $0.attributes["id"] }
    let targets = parsed.compactMap { $0.attributes["href"] }.filter { $0.hasPrefix("#") }
    #expect(targets == ["#the-findings"])
    #expect(ids.contains("the-findings") && ids.contains("s1") && ids.contains("s2"))
  }

  @Test func `sections of one anchor have ids of their own`() {
    let page = ReportPage(
      title: "t", lead: "", sections: [.init("a", anchor: "x"), .init("b", anchor: "x")])
    #expect(page.html().contains("<h2 id=\"x\">a") && page.html().contains("<h2 id=\"s2\">b"))
  }

  @Test func `a statement has its word, and a class for what it means`() {
    let html = page.html()
    #expect(html.contains("<p class=\"statement good\"><span class=\"state good\">"))
    #expect(html.contains(" Supported</span>: 3 &gt; 1.</p>"))
    #expect(page != ReportPage(title: page.title, lead: page.lead))
  }

  @Test func `text is escaped`() {
    let html = page.html()
    #expect(!html.contains("<script"))
    #expect(html.contains("<title>A &lt;title&gt;</title>"))
    #expect(html.contains("batchnorm compare --seed 1 &amp;&amp; true"))
    #expect(html.contains("version &lt;1&gt;"))
  }

  @Test func `nothing is fetched`() {
    #expect(!page.html().contains("src="))
    // But for data that stand in the page, and places in it.
    let others = page.html().replacing("href=\"data:", with: "").replacing("href=\"#", with: "")
    #expect(!others.contains("href="))
    #expect(page.html().contains("default-src 'none'"))
  }

  @Test func `the page says how it is to be read`() {
    let html = page.html()
    #expect(html.hasPrefix("<!DOCTYPE html>\n<html lang=\"en\">"))
    #expect(html.contains("<meta charset=\"utf-8\">"))
    #expect(html.contains("name=\"viewport\""))
  }

  @Test func `a figure has caption and data`() {
    #expect(parsed.count { $0.name == "svg" } == 2)
    #expect(parsed.count { $0.name == "figcaption" } == 1)
    #expect(page.html().contains("<summary>Show data</summary>"))
    let link = parsed.first { $0.name == "a" }
    #expect(link?.attributes["download"] == "loss.csv")
    #expect(
      link?.attributes["href"]
        == "data:text/csv;charset=utf-8,series,step,loss%0Aa,0,1%0Aa,1,2%0A")
  }

  @Test(arguments: someCharts.indices) func `any chart can be a figure`(index: Int) {
    let page = ReportPage(
      title: "t", lead: "", sections: [.init("s", [.figure(someCharts[index], caption: "c")])])
    #expect(page.html().contains("<figcaption>c</figcaption>"))
    #expect(page != ReportPage(title: "t", lead: "", sections: [.init("s")]))
    #expect(page == page)
  }

  @Test func `an empty page is a page`() {
    #expect(ReportPage(title: "", lead: "").html().contains("<main>"))
  }
}
