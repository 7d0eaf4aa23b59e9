import Testing

@testable import Plots

@Suite struct StyleSheetTests {
  @Test func `the style sheets can stand in HTML and XML`() {
    for sheet in [styleSheet, ReportStyle.sheet] {
      #expect(!sheet.contains { "<&".contains($0) })
      #expect(sheet.count { $0 == "{" } == sheet.count { $0 == "}" })
      #expect(sheet.contains("prefers-color-scheme: dark"))
      #expect(sheet.contains("@media print"))
      #expect(!sheet.contains("url(") && !sheet.contains("@import"))
    }
  }

  @Test(arguments: [false, true])
  func `a style sheet of one theme is written out`(isDark: Bool) {
    let sheet = fixedStyleSheet(isDark: isDark)
    #expect(!sheet.contains("var(") && !sheet.contains("@media"))
    #expect(!sheet.contains { "<&".contains($0) })
    #expect(sheet.contains(".chart-ground { fill: \(isDark ? "#14171c" : "#ffffff"); }"))
    #expect(sheet.contains(".chart-blue { color: \(isDark ? "#56b4e9" : "#0072b2"); }"))
    #expect(sheet.count { $0 == "{" } == sheet.count { $0 == "}" })
  }

  @Test(arguments: someCharts.indices)
  func `a file has the rules of its classes alone`(index: Int) throws {
    let svg = someCharts[index].standaloneSVG(theme: .light)
    let style = try #require(svg.firstMatch(of: /<style>([^<]*)<\/style>/)).1
    let body = svg.replacing(style, with: "")
    for class_ in Set(body.matches(of: /class="([^"]*)"/).flatMap { $0.1.split(separator: " ") }) {
      let all = fixedStyleSheet(isDark: false)
      let isRuled = all.contains(".\(class_) {") || all.contains(".\(class_),")
      #expect(style.contains(".\(class_)") || !isRuled, "\(class_)")
    }
    #expect(style.count { $0 == "{" } == style.count { $0 == "}" })
    #expect(style.count < fixedStyleSheet(isDark: false).count)
  }

  @Test(arguments: LineChart.Color.allCases)
  func `every colour has a value for light, dark and forced colours`(color: LineChart.Color) {
    #expect(styleSheet.contains(".chart-\(color.rawValue) {"))
    // Light, dark, their two overrides, print, forced.
    let definitions = styleSheet.split(separator: "--chart-color-\(color.rawValue): ").count - 1
    #expect(definitions == 6)
  }
}
