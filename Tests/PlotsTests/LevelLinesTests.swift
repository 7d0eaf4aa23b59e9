import Testing

@testable import Plots

@Suite struct LevelLinesTests {
  typealias Grid = ContourPlot.Grid

  @Test func `the line of a plane is straight and complete`() {
    // x + 2 y = 1.25 on the unit square, from (1, 0.125) to (0, 0.625).
    let grid = Grid(x: 0...1, y: 0...1, columns: 11, rows: 6) { $0 + 2 * $1 }
    let lines = LevelLines.lines(of: grid, at: 1.25)
    #expect(lines.count == 1)
    let line = lines.joined()
    #expect(line.allSatisfy { ($0.x + 2 * $0.y - 1.25).magnitude < 1e-12 })
    let xs = line.map(\.x)
    #expect((xs.min() ?? 1) < 1e-12 && (xs.max() ?? 0) > 1 - 1e-12)
    // Every line of the grid that it crosses gives one point: 11 along x, 3 of y between the ends.
    #expect(line.count == 11 + 3)
    // Neighbours on the line are neighbours in the grid.
    #expect(zip(xs, xs.dropFirst()).allSatisfy { ($0 - $1).magnitude <= 0.1 + 1e-12 })
  }

  @Test func `the line of a bowl is a closed circle`() {
    let grid = Grid(x: -1...1, y: -1...1, columns: 81, rows: 81) { $0 * $0 + $1 * $1 }
    let lines = LevelLines.lines(of: grid, at: 0.5)
    #expect(lines.count == 1)
    let line = Array(lines.joined())
    #expect(line.first == line.last && line.count > 100)
    // Between grid points h apart the chord of a second derivative of 2 is off by h * h / 4 in the
    // value, thus by h * h / (8 r) in the radius.
    let radius = 0.5.squareRoot()
    let bound = 0.025 * 0.025 / (8 * radius) * 1.1
    for point in line {
      let found = (point.x * point.x + point.y * point.y).squareRoot()
      #expect((found - radius).magnitude < bound)
    }
    // Green's formula: the area inside.
    let area = zip(line, line.dropFirst()).reduce(0.0) {
      $0 + ($1.0.x * $1.1.y - $1.1.x * $1.0.y) / 2
    }
    #expect((area.magnitude - .pi / 2).magnitude < 0.005)
  }

  @Test func `a saddle is cut by its mean`() {
    // Corners 1 0 / 0 1: the mean, 0.5, says whether the ones are joined.
    let grid = Grid(x: [0, 1], y: [0, 1], values: [[1, 0], [0, 1]])
    func ends(_ level: Double) -> Set<[Double]> {
      Set(LevelLines.lines(of: grid, at: level).map { $0.flatMap { [$0.x, $0.y] } })
    }
    // Below the mean the ones are joined, so each zero is cut off, at a quarter from the zero.
    let joined = LevelLines.lines(of: grid, at: 0.25)
    #expect(joined.count == 2)
    for line in joined {
      let cutsRightBottom = line.allSatisfy { $0.x >= 0.75 && $0.y <= 0.25 }
      let cutsLeftTop = line.allSatisfy { $0.x <= 0.25 && $0.y >= 0.75 }
      #expect(cutsRightBottom || cutsLeftTop)
    }
    // Above it each one is cut off.
    for line in LevelLines.lines(of: grid, at: 0.75) {
      let cutsLeftBottom = line.allSatisfy { $0.x <= 0.25 && $0.y <= 0.25 }
      let cutsRightTop = line.allSatisfy { $0.x >= 0.75 && $0.y >= 0.75 }
      #expect(cutsLeftBottom || cutsRightTop)
    }
    #expect(ends(0.25) != ends(0.75))
  }

  @Test func `two hills have two lines`() {
    let grid = Grid(x: -2...2, y: -1...1) { x, y in
      let (a, b) = (x - 1, x + 1)
      return max(1 - a * a - y * y, 1 - b * b - y * y)
    }
    let lines = LevelLines.lines(of: grid, at: 0.5)
    #expect(lines.count == 2)
    #expect(lines.allSatisfy { $0.first == $0.last })
  }

  @Test func `what is not finite leaves a gap`() {
    let whole = Grid(x: 0...4, y: 0...1, columns: 5, rows: 2) { _, y in y }
    let holed = Grid(x: 0...4, y: 0...1, columns: 5, rows: 2) { x, y in x == 2 ? .nan : y }
    #expect(LevelLines.lines(of: whole, at: 0.5).map { $0.map(\.x) } == [[0, 1, 2, 3, 4]])
    #expect(LevelLines.lines(of: holed, at: 0.5).map { $0.map(\.x) } == [[1, 0], [4, 3]])
  }

  @Test func `a level beyond the values, a constant, and a grid too small have no lines`() {
    let grid = Grid(x: 0...1, y: 0...1) { $0 + $1 }
    #expect(LevelLines.lines(of: grid, at: 3).isEmpty)
    #expect(LevelLines.lines(of: Grid(x: 0...1, y: 0...1) { _, _ in 1 }, at: 1).isEmpty)
    #expect(LevelLines.lines(of: Grid(x: [], y: [], values: []), at: 1).isEmpty)
    #expect(LevelLines.lines(of: Grid(x: [1], y: [1], values: [[1]]), at: 1).isEmpty)
  }

  @Test func `large values have lines`() {
    let grid = Grid(x: 0...1, y: 0...1, columns: 3, rows: 3) { x, _ in x < 0.6 ? -1.5e308 : 1.5e308
    }
    let lines = LevelLines.lines(of: grid, at: 0)
    #expect(lines.map { $0.map(\.x) } == [[0.75, 0.75, 0.75]])
  }
}
