import Testing

@testable import Plots

@Suite struct ChartSVGTests {
  let chart = LineChart(
    title: "Title", x: .init("x"), y: .init("y"), series: [.init("a", points: [.init(0, 1)])])

  @Test func `a file of one theme has neither variables nor queries`() {
    for theme in [ChartTheme.light, .dark] {
      let svg = chart.standaloneSVG(theme: theme)
      #expect(!svg.contains("var(") && !svg.contains("@media") && svg.contains("<style>"))
    }
    #expect(chart.standaloneSVG().contains("prefers-color-scheme: dark"))
    #expect(chart.standaloneSVG(theme: .light).contains("#ffffff"))
    #expect(!chart.standaloneSVG(theme: .dark).contains(".chart-ground { fill: #ffffff"))
  }

  @Test func `a file has ground around the drawing`() {
    let drawing = chart.drawing(width: nil, id: "c")
    let size = NumberText.coordinate(drawing.width + 28)
    let root = elements(of: chart.standaloneSVG(theme: .light)).first
    #expect(root?.attributes["width"] == size)
    #expect(root?.attributes["viewBox"]?.hasPrefix("-14 -14 \(size) ") == true)
    let inPage = elements(of: chart.svg(idPrefix: "c")).first
    #expect(inPage?.attributes["width"] == NumberText.coordinate(drawing.width))
  }
}
