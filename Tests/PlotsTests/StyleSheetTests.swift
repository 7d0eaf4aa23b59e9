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

  @Test(arguments: LineChart.Color.allCases)
  func `every colour has a value for light, dark and forced colours`(color: LineChart.Color) {
    #expect(styleSheet.contains(".chart-\(color.rawValue) {"))
    // Light, dark, their two overrides, print, forced.
    let definitions = styleSheet.split(separator: "--chart-color-\(color.rawValue): ").count - 1
    #expect(definitions == 6)
  }
}
