/// Lines along which a function on a grid has one value: marching squares.
///
/// Along the sides of a cell the function counts as linear. A side whose ends lie on both sides of
/// the level has one point of the line; the points of a cell are joined in pairs. Where all four
/// sides have one, the cell's mean says which belong together. Cells with a corner that is not
/// finite have no line.
struct LevelLines {
  private let grid: ContourPlot.Grid
  private let level: Double
  /// The sides of cells that hold a point of the line, with those next to it on the line: two at
  /// most, one in each cell at the side.
  private var neighbours: [Int: [Int]] = [:]
  /// The sides in the order they were found.
  private var sides: [Int] = []

  /// The lines of `grid` at `level`: open ones from edge to edge, closed ones with their first point
  /// at the end again.
  static func lines(of grid: ContourPlot.Grid, at level: Double) -> [[LineChart.Point]] {
    var search = LevelLines(grid: grid, level: level)
    for row in 0..<max(0, grid.y.count - 1) {
      for column in 0..<max(0, grid.x.count - 1) { search.visit(column, row) }
    }
    return search.chains().map { chain in
      // A line through a corner of the grid would have that point twice.
      chain.map(search.point).reduce(into: []) { if $0.last != $1 { $0.append($1) } }
    }.filter { $0.count > 1 }
  }

  private init(grid: ContourPlot.Grid, level: Double) {
    self.grid = grid
    self.level = level
  }

  private func value(_ column: Int, _ row: Int) -> Double {
    grid.values[row * grid.x.count + column]
  }

  /// The side from a corner to the next one along x, or along y.
  private func side(_ column: Int, _ row: Int, isVertical: Bool) -> Int {
    2 * (row * grid.x.count + column) + (isVertical ? 1 : 0)
  }

  private mutating func visit(_ column: Int, _ row: Int) {
    let corners = [
      value(column, row), value(column + 1, row), value(column + 1, row + 1),
      value(column, row + 1),
    ]
    guard corners.allSatisfy({ $0.isFinite }) else { return }
    // Bottom, right, top, left: the side from each corner to the next.
    let around = [
      side(column, row, isVertical: false), side(column + 1, row, isVertical: true),
      side(column, row + 1, isVertical: false), side(column, row, isVertical: true),
    ]
    let isAbove = corners.map { $0 >= level }
    let crossed = (0..<4).filter { isAbove[$0] != isAbove[($0 + 1) % 4] }
    if crossed.count == 2 {
      join(around[crossed[0]], around[crossed[1]])
    } else if crossed.count == 4 {
      // The mean says whether the first corner is joined to the one across; otherwise the line
      // cuts it off.
      let mean = corners.reduce(0) { $0 + $1 / 4 }
      let cutsFirst = (mean >= level) != isAbove[0]
      join(around[cutsFirst ? 3 : 0], around[cutsFirst ? 0 : 1])
      join(around[cutsFirst ? 1 : 2], around[cutsFirst ? 2 : 3])
    }
  }

  private mutating func join(_ one: Int, _ other: Int) {
    for (side, next) in [(one, other), (other, one)] {
      if neighbours[side] == nil { sides.append(side) }
      neighbours[side, default: []].append(next)
    }
  }

  /// The sides in the order the lines pass them.
  private func chains() -> [[Int]] {
    var visited: Set<Int> = []
    var result: [[Int]] = []
    // Open lines start at a side with one neighbour; all others are closed.
    let ends = sides.filter { neighbours[$0]?.count == 1 }
    for start in ends + sides where !visited.contains(start) {
      var chain = [start]
      visited.insert(start)
      while let last = chain.last,
        let next = neighbours[last]?.first(where: { !visited.contains($0) })
      {
        chain.append(next)
        visited.insert(next)
      }
      if neighbours[start]?.count == 2 { chain.append(start) }
      result.append(chain)
    }
    return result
  }

  /// Where on a side the function has the level.
  private func point(on side: Int) -> LineChart.Point {
    let (row, column) = (side / 2).quotientAndRemainder(dividingBy: grid.x.count)
    let isVertical = side % 2 == 1
    let start = value(column, row)
    let end = isVertical ? value(column, row + 1) : value(column + 1, row)
    // Halves, so that the difference of large values stays finite.
    let t = (level / 2 - start / 2) / (end / 2 - start / 2)
    func between(_ places: [Double], _ index: Int) -> Double {
      places[index] + (places[index + 1] - places[index]) * max(0, min(1, t))
    }
    return isVertical
      ? .init(grid.x[column], between(grid.y, row)) : .init(between(grid.x, column), grid.y[row])
  }
}
