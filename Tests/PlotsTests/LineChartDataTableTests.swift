import Plots
import Testing

@Suite struct LineChartDataTableTests {
  func chart(_ series: LineChart.Series...) -> LineChart {
    LineChart(title: "Loss", x: .init("time", unit: "s"), y: .init("loss"), series: series)
  }

  @Test func `many places become twenty, with both ends`() {
    let x = (0...1000).map(Double.init)
    let table = chart(.init("a", x: x, y: x), .init("b", x: x, y: x.map { -$0 })).dataTable()
    #expect(table.columns.map(\.title) == ["time (s)", "a", "b"])
    #expect(table.rows.count == 20)
    #expect(table.rows.first == ["0", "0", "0"])
    #expect(table.rows.last == ["1,000", "1,000", "−1,000"])
    #expect(table.caption == "Loss: numbers at 20 of 1001 places")
  }

  @Test func `rows stand at places the series share`() {
    let table = chart(
      .init("a", x: [0, 1, 2, 3, 4], y: [5, 6, 7, 8, 9]), .init("b", x: [0, 2, 4], y: [1, 2, 3]),
      .init("empty", points: [])
    ).dataTable()
    #expect(table.rows == [["0", "5", "1", "–"], ["2", "7", "2", "–"], ["4", "9", "3", "–"]])
  }

  @Test func `missing values are dashes and bands have two columns`() {
    let table = chart(
      .init("a", x: [0, 1], y: [.nan, 6], band: [.init(0, lower: 2, upper: 3)]),
      .init("b", x: [5], y: [1])
    ).dataTable()
    #expect(table.columns.map(\.title) == ["time (s)", "a", "a, lower", "a, upper", "b"])
    #expect(
      table.rows == [
        ["0", "–", "2", "3", "–"], ["1", "6", "–", "–", "–"], ["5", "–", "–", "–", "1"],
      ])
  }

  @Test func `numbers of a column stand digit below digit`() {
    let near = chart(.init("a", x: [0, 1, 2], y: [10.125, 46, 97.25])).dataTable()
    #expect(near.rows.map { $0[1] } == ["10.13", "46.00", "97.25"])
    let far = chart(.init("a", x: [0, 1], y: [2.5, 0.000_25])).dataTable()
    #expect(far.rows.map { $0[1] } == ["2.5", "0.00025"])
  }

  @Test func `no series make an empty table`() {
    #expect(chart().dataTable().rows.isEmpty)
  }
}
