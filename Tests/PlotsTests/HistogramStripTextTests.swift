import Plots
import Testing

@Suite struct HistogramStripTextTests {
  let strip = HistogramStrip(
    title: "Inputs", x: .init("step"), y: .init("input"),
    steps: [
      .init(0, edges: [0, 1, 3], shares: [0.25, 0.75]), .init(10, edges: [0, 2], shares: [1]),
    ], lines: [.init("median", points: [.init(0, 1), .init(10, 1.5)])])

  @Test func `steps and lines are told`() {
    #expect(
      strip.description == "Distribution of input by step. 2 distributions from 0 to 10. "
        + "median: from 1 to 1.5.")
    let empty = HistogramStrip(title: "", x: .init(""), y: .init(""), steps: [])
    #expect(empty.description.hasSuffix("There are no distributions."))
  }

  @Test func `the table has the lines, or else the densest bins`() {
    #expect(strip.dataTable().rows == [["0", "1.000"], ["10", "1.500"]])
    var bare = strip
    bare.lines = []
    // 0.75 of the values on a height of 2 are denser than 0.25 on 1.
    #expect(bare.dataTable().rows == [["0", "1", "3", "0.75"], ["10", "0", "2", "1"]])
  }

  @Test func `the file has lines and bins`() {
    #expect(
      strip.csv() == """
        line,step,input,from,to,share
        median,0,1,,,
        median,10,1.5,,,
        ,0,,0,1,0.25
        ,0,,1,3,0.75
        ,10,,0,2,1

        """)
  }
}
