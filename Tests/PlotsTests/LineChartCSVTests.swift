import Testing

@testable import Plots

@Suite struct LineChartCSVTests {
  @Test func `every point has a line, with its band`() {
    let chart = LineChart(
      title: "t", x: .init("step"), y: .init("time", unit: "s"),
      series: [
        .init(
          "a, b", points: [.init(0, 0.5), .init(1, .nan)],
          band: [.init(0, lower: 0.25, upper: 1), .init(2, lower: 3, upper: 4)]),
        .init("c", points: [.init(0, 7)]),
      ])
    #expect(
      chart.csv() == """
        series,step,time (s),lower,upper
        "a, b",0,0.5,0.25,1
        "a, b",1,nan,,
        "a, b",2,,3,4
        c,0,7,,

        """)
  }

  @Test func `without bands there are no columns for them`() {
    let chart = LineChart(
      title: "t", x: .init(""), y: .init(""), series: [.init("a", points: [.init(1, 2)])])
    #expect(chart.csv() == "series,x,y\na,1,2\n")
  }
}
