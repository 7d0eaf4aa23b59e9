import Testing

@testable import Plots

@Suite struct SmallMultiplesTests {
  func panel(_ title: String, _ names: [String]) -> LineChart {
    LineChart(
      title: title, x: .init("step"), y: .init("loss"),
      series: names.enumerated().map { .init($1, points: [.init(Double($0), 0.5)]) })
  }

  @Test func `every panel is told`() {
    let chart = SmallMultiples(title: "t", panels: [panel("one", ["a"]), panel("two", [])])
    #expect(
      chart.description == "2 charts side by side. "
        + "one: Line chart of loss by step, at 0. a: one value, 0.5 at step 0. "
        + "two: Line chart of loss by step. There are no series.")
  }

  @Test func `tables and records have each column once, and the panels' titles`() {
    let chart = SmallMultiples(
      title: "t", panels: [panel("one", ["a"]), panel("two", ["b", "a"])])
    let table = chart.dataTable()
    #expect(table.columns.map(\.title) == ["panel", "step", "a", "b"])
    #expect(table.columns.map(\.kind) == [.text, .number, .number, .number])
    #expect(
      table.rows == [
        ["one", "0", "0.5000", "–"], ["two", "0", "–", "0.5000"], ["two", "1", "0.5000", "–"],
      ])
    #expect(
      chart.csv() == """
        panel,series,step,loss
        one,a,0,0.5
        two,b,0,0.5
        two,a,1,0.5

        """)
  }

  @Test func `panels with bands and without fit into one file`() {
    var banded = panel("two", ["a"])
    banded.series[0].band = [.init(0, lower: 1, upper: 2)]
    let chart = SmallMultiples(title: "t", panels: [panel("one", ["a"]), banded])
    #expect(
      chart.records() == [
        ["panel", "series", "step", "loss", "lower", "upper"], ["one", "a", "0", "0.5", "", ""],
        ["two", "a", "0", "0.5", "1", "2"],
      ])
  }
}
