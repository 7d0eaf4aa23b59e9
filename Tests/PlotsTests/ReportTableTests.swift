import Testing

@testable import Plots

@Suite struct ReportTableTests {
  let table = ReportTable(
    caption: "Final <accuracies>", columns: [.init("network"), .init("accuracy", kind: .number)],
    rows: [["plain", "96.9 %"], ["normalized"], ["a & b", "1", "extra"]])

  @Test func `heads have scopes and numbers a class`() {
    let html = table.html(id: "t")
    #expect(
      html.contains(
        "<th scope=\"col\">network</th><th scope=\"col\" class=\"number\">accuracy</th>"))
    #expect(html.contains("<tr><th scope=\"row\">plain</th><td class=\"number\">96.9 %</td></tr>"))
  }

  @Test func `short rows are filled and long ones kept`() {
    let all = elements(of: table.html(id: "t"))
    #expect(all.count { $0.name == "td" } == 4)
    #expect(all.count { $0.name == "tr" } == 4)
  }

  @Test func `the table lies in a named region that takes the focus`() {
    let all = elements(of: table.html(id: "t"))
    #expect(all.first?.attributes["role"] == "region")
    #expect(all.first?.attributes["aria-labelledby"] == "t")
    #expect(all.first?.attributes["tabindex"] == "0")
    #expect(all.first { $0.name == "caption" }?.attributes["id"] == "t")
  }
}
