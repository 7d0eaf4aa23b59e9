import Plots
import Testing

@Suite struct ContourPlotTextTests {
  let plot = ContourPlot(
    title: "Valley", x: .init("a"), y: .init("b"),
    grid: .init(x: [0, 1], y: [0, 2], values: [[0, 1], [4, .nan]]), levels: .values([1, 2]),
    name: "loss",
    paths: [
      .init("down", points: [.init(1, 2), .init(0.5, 1), .init(0, 0)]), .init("none", points: []),
      .init("minimum", points: [.init(0, 0)]),
    ])

  @Test func `function, levels and paths are told`() {
    #expect(
      plot.description == "Level lines of loss by a and b. It lies between 0 and 4. "
        + "2 levels from 1 to 2. down: from (1, 2) to (0, 0) in 2 steps. none: no points. "
        + "minimum: a point at (0, 0).")
  }

  @Test func `the table has the paths' points`() {
    #expect(plot.dataTable().columns.map(\.title) == ["path", "step", "a", "b"])
    #expect(
      plot.dataTable().rows == [
        ["down", "0", "1.000", "2"], ["down", "1", "0.500", "1"], ["down", "2", "0.000", "0"],
        ["minimum", "0", "0", "0"],
      ])
  }

  @Test func `the file has paths and grid`() {
    #expect(
      plot.csv() == """
        path,step,a,b,loss
        down,0,1,2,
        down,1,0.5,1,
        down,2,0,0,
        minimum,0,0,0,
        ,,0,0,0
        ,,1,0,1
        ,,0,2,4
        ,,1,2,nan

        """)
  }
}
