import Plots
import Testing

@Suite struct IntervalChartTextTests {
  let chart = IntervalChart(
    title: "Effect", x: .init("steps saved", unit: "steps"),
    rows: [
      .heading("Sigmoid"), .init("rate 0.1", .init(10, low: 5, high: .infinity, points: [4, 12])),
      .heading("ReLU"), .init("rate 1", nil), .init("rate 2", .init(.nan)),
    ], series: [.init("batch")], guides: [.vertical(at: 0, label: "no effect")],
    note: "Bars: 95 %.")

  @Test func `all is told`() {
    #expect(
      chart.description == "Intervals of steps saved. Sigmoid: "
        + "rate 0.1: batch 10 steps, from 5 steps to infinity, 2 points from 4 steps to 12 steps. "
        + "ReLU: rate 1: batch none. rate 2: batch no values. "
        + "Marked: no effect at 0 steps. Bars: 95 %.")
    #expect(IntervalChart(title: "", x: .init(""), rows: []).description.hasSuffix("no rows."))
  }

  @Test func `marks of a row are told with it`() {
    let chart = IntervalChart(
      title: "", x: .init("x"),
      rows: [.init("a", .init(1), marks: [0.5, 2]), .init("b", .init(1))])
    #expect(chart.description == "Intervals of x. a: 1, marked at 0.5 and 2. b: 1.")
  }

  @Test func `the table has a row for each interval`() {
    let table = chart.dataTable()
    #expect(
      table.columns.map(\.title) == [
        "", "series", "steps saved (steps)", "from", "to", "single values",
      ])
    #expect(
      table.rows == [
        ["Sigmoid: rate 0.1", "batch", "10", "5", "∞", "4, 12"],
        ["ReLU: rate 1", "batch", "–", "–", "–", ""],
        ["ReLU: rate 2", "batch", "–", "–", "–", ""],
      ])
  }

  @Test func `the file has every digit`() {
    #expect(
      chart.csv() == """
        row,series,steps saved (steps),low,high,point 1,point 2
        Sigmoid: rate 0.1,batch,10,5,inf,4,12
        ReLU: rate 1,batch,,,,,
        ReLU: rate 2,batch,nan,nan,nan,,

        """)
  }
}
