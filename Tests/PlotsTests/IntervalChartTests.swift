import Testing

@testable import Plots

@Suite struct IntervalChartTests {
  @Test func `an interval without ends is its value`() {
    let interval = IntervalChart.Interval(3)
    #expect(interval.low == 3 && interval.high == 3 && interval.points.isEmpty)
  }

  @Test func `ends come in order and may be unknown`() {
    let turned = IntervalChart.Interval(1, low: 2, high: 0).ends
    #expect(turned == (0, 2))
    let open = IntervalChart.Interval(1, low: .nan, high: 5).ends
    #expect(open == (nil, 5))
  }

  @Test func `looks follow the turn, past the named series, too`() {
    let chart = IntervalChart(
      title: "", x: .init(""), rows: [.init("a", [.init(1), .init(2), .init(3)])],
      series: [.init("one", color: .purple)])
    #expect(chart.seriesCount == 3)
    #expect(chart.style(at: 0) == (.purple, .circle))
    #expect(chart.style(at: 2) == (.green, .triangle))
    #expect(chart.name(at: 2).isEmpty)
  }
}
