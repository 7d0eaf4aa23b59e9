import Testing

@testable import Plots

@Suite struct ContourPlotTests {
  func levels(_ levels: ContourPlot.Levels, of values: [Double]) -> [Double] {
    let grid = ContourPlot.Grid(x: values.indices.map(Double.init), y: [0], values: [values])
    return ContourPlot(title: "", x: .init(""), y: .init(""), grid: grid, levels: levels)
      .shownLevels
  }

  @Test func `linear levels are round`() {
    #expect(levels(.linear(count: 4), of: [0.1, 0.9]) == [0.2, 0.4, 0.6, 0.8])
    #expect(levels(.linear(count: 4), of: [3, 3]).isEmpty)
    #expect(levels(.linear(count: 4), of: [.nan, .infinity]).isEmpty)
  }

  @Test func `logarithmic levels divide the powers of ten`() {
    #expect(levels(.logarithmic(perDecade: 1), of: [0.05, 200]) == [0.1, 1, 10, 100])
    let halves = levels(.logarithmic(perDecade: 2), of: [1, 10])
    #expect(halves.count == 3 && halves.first == 1 && halves.last == 10)
    #expect((halves[1] * halves[1] - 10).magnitude < 1e-12)
    #expect(levels(.logarithmic(perDecade: 1), of: [-1, 0]).isEmpty)
  }

  @Test func `from zero upwards there are the highest levels alone`() {
    let found = levels(.logarithmic(perDecade: 4), of: [0, 1000])
    #expect(found.count == 24)
    #expect(found.last == 1000)
  }

  @Test func `given levels are sorted`() {
    #expect(levels(.values([3, .nan, 1]), of: [0, 5]) == [1, 3])
  }

  @Test func `a grid ends where its ranges do`() {
    let grid = ContourPlot.Grid(x: 0.1...0.7, y: -1...2, columns: 7, rows: 4) { $0 * 10 + $1 }
    #expect(grid.x.first == 0.1 && grid.x.last == 0.7 && grid.y == [-1, 0, 1, 2])
    // The second row starts after the seven columns of the first.
    #expect(grid.values[7] == grid.x[0] * 10)
    #expect(grid.values.count == 28)
  }
}
