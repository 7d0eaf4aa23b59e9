import Testing

@testable import Plots

@Suite struct IntervalLayoutTests {
  @Test func `rows follow each other and lanes divide them`() {
    let chart = IntervalChart(
      title: "t", x: .init("x"),
      rows: [.heading("h"), .init("a", [.init(1), .init(2), .init(3)]), .init("b", .init(2))])
    let layout = IntervalLayout(chart)
    #expect(layout.rows.map(\.index) == [0, 1, 2])
    #expect(layout.rows[0].top == layout.top)
    #expect(zip(layout.rows, layout.rows.dropFirst()).allSatisfy { $0.bottom == $1.top })
    #expect(layout.rows[2].bottom == layout.bottom)
    let row = layout.rows[1]
    let lanes = (0..<3).map { layout.lane($0, of: 3, in: row) }
    #expect(lanes[1] == (row.top + row.bottom) / 2)
    #expect(lanes[1] - lanes[0] == IntervalLayout.laneHeight)
    #expect(lanes[0] - IntervalLayout.laneHeight / 2 >= row.top)
  }

  @Test func `there is room for arrows beyond the axis' range`() {
    let chart = IntervalChart(
      title: "t", x: .init("x"), rows: [.init("a", .init(2, low: 1, high: 3))])
    let layout = IntervalLayout(chart)
    #expect(layout.axis.pixel(1) - layout.left >= IntervalLayout.arrowRoom)
    #expect(layout.right - layout.axis.pixel(3) >= IntervalLayout.arrowRoom)
  }

  @Test func `numbers have the same decimals, and words for what is missing`() {
    let chart = IntervalChart(
      title: "t", x: .init("x"),
      rows: [
        .init("a", .init(0.625, low: 0.5, high: .infinity)), .init("b", nil),
        .init("c", .init(.nan, low: .nan, high: .nan)), .init("d", .init(0.25)),
      ])
    #expect(IntervalLayout(chart).numbers == [["0.625 (0.500 to ∞)"], ["–"], ["–"], ["0.250"]])
  }

  @Test func `a narrow chart has no numbers`() {
    let chart = IntervalChart(title: "t", x: .init("x"), rows: [.init("a", .init(1))], width: 360)
    #expect(IntervalLayout(chart).numbers.isEmpty)
  }
}
