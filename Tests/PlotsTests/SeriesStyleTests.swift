import Testing

@testable import Plots

@Suite struct SeriesStyleTests {
  @Test func `twenty series differ in colour or dash`() {
    let chart = LineChart(
      title: "", x: .init("x"), y: .init("y"), series: (0..<20).map { .init("\($0)", points: []) })
    let looks = chart.series.indices.map {
      "\(chart.style(at: $0).color) \(chart.style(at: $0).dash)"
    }
    #expect(Set(looks).count == 20)
  }

  @Test func `given looks are kept`() {
    let chart = LineChart(
      title: "", x: .init("x"), y: .init("y"),
      series: [.init("a", points: [], color: .purple, dash: .dotted, marker: .cross)])
    let style = chart.style(at: 0)
    #expect(style == (.purple, .dotted, .cross))
  }

  @Test(arguments: LineChart.Marker.allCases)
  func `a marker is a closed path`(marker: LineChart.Marker) {
    let path = marker.path(x: 10, y: 20)
    #expect(path.hasPrefix("M"))
    #expect(path.hasSuffix("z"))
  }
}
