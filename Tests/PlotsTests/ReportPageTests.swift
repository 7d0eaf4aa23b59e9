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

  @Test func `text is escaped`() {
    let html = page.html()
    #expect(!html.contains("<script"))
    #expect(html.contains("<title>A &lt;title&gt;</title>"))
    #expect(html.contains("batchnorm compare --seed 1 &amp;&amp; true"))
    #expect(html.contains("version &lt;1&gt;"))
  }

  @Test func `nothing is fetched`() {
    #expect(!page.html().contains("src="))
    // But for data that stand in the page.
    #expect(!page.html().replacing("href=\"data:", with: "").contains("href="))
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
