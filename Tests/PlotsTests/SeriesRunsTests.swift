import Plots
import Testing

@Suite struct SeriesRunsTests {
  @Test func `line and band are median and extremes`() {
    let series = LineChart.Series(
      "a", x: [0, 1, 2], runs: [[1, 5, .nan], [2, .infinity, .nan], [9, 7], [4]])
    #expect(series.points.map(\.x) == [0, 1, 2])
    #expect(series.points[0].y == 3)
    #expect(series.points[1].y == 6)
    #expect(series.points[2].y.isNaN)
    #expect(series.band[0] == .init(0, lower: 1, upper: 9))
    #expect(series.band[1] == .init(1, lower: 5, upper: 7))
    #expect(series.band[2].lower.isNaN && series.band[2].upper.isNaN)
  }

  @Test func `no runs leave gaps`() {
    let series = LineChart.Series("a", x: [0, 1], runs: [])
    #expect(series.points.count { $0.y.isNaN } == 2)
  }
}
