/// Level lines of a function of two variables, with paths over them, such as those of gradient
/// descent in a valley and in a bowl.
///
///     let valley = ContourPlot(
///       title: "Descent in the valley", x: .init("weight 1"), y: .init("weight 2"),
///       grid: .init(x: -1...1, y: -1...1) { x, y in 100 * x * x + y * y },
///       levels: .logarithmic(perDecade: 2), name: "loss",
///       paths: [.init("rate 0.009", points: steps)])
///
/// A path starts with a ring and ends with a marker. What lies outside of the grid is not drawn;
/// values of the function that are not finite leave a gap in the level lines.
public struct ContourPlot: Chart {
  /// What the chart shows; its heading, and its name for screen readers.
  public var title: String
  /// The horizontal axis; without a range it shows the grid.
  public var x: LineChart.Axis
  /// The vertical axis; without a range it shows the grid.
  public var y: LineChart.Axis
  /// The values of the function.
  public var grid: Grid
  /// The values whose lines are drawn.
  public var levels: Levels
  /// What the function is, such as "loss", for the legend and the description.
  public var name: String
  /// The paths over the level lines, in the order of the legend; their bands are not drawn.
  public var paths: [LineChart.Series]
  /// Whether a unit is as long on both axes, so that circles are round; on two linear axes only.
  public var hasEqualUnits: Bool
  /// The width of the whole drawing, in units of which the text is 13 high; at least 240.
  public var width: Double
  /// The height of the data area, or the most it has with equal units; at least 80.
  public var plotHeight: Double

  /// Creates a chart.
  public init(
    title: String, x: LineChart.Axis, y: LineChart.Axis, grid: Grid,
    levels: Levels = .linear(count: 12), name: String = "", paths: [LineChart.Series] = [],
    hasEqualUnits: Bool = false, width: Double = 720, plotHeight: Double = 400
  ) {
    self.title = title
    self.x = x
    self.y = y
    self.grid = grid
    self.levels = levels
    self.name = name
    self.paths = paths
    self.hasEqualUnits = hasEqualUnits
    self.width = width
    self.plotHeight = plotHeight
  }
}

extension ContourPlot {
  /// A function's values where lines of equal x cross lines of equal y.
  public struct Grid: Equatable, Sendable {
    /// The places along x, increasing.
    public let x: [Double]
    /// The places along y, increasing.
    public let y: [Double]
    /// The values, those of the first y first.
    public let values: [Double]

    /// Creates a grid from values: a row for each y, with one value for each x.
    ///
    /// - Precondition: the places are finite and increase, and there is a value for each pair.
    public init(x: [Double], y: [Double], values: [[Double]]) {
      let counts = values.map(\.count)
      precondition(
        values.count == y.count && counts.allSatisfy { $0 == x.count },
        "A grid of \(x.count) x and \(y.count) y has \(values.count) rows of \(counts) values.")
      precondition(
        Self.increase(x) && Self.increase(y),
        "The places of a grid have to be finite and increase, but are x \(x), y \(y).")
      self.x = x
      self.y = y
      self.values = Array(values.joined())
    }

    /// Creates a grid of a function's values.
    ///
    /// - Precondition: the places are finite and increase.
    public init(x: [Double], y: [Double], function: (_ x: Double, _ y: Double) -> Double) {
      self.init(x: x, y: y, values: y.map { y in x.map { x in function(x, y) } })
    }

    /// Creates a grid of a function's values at evenly spread places.
    ///
    /// - Precondition: the ranges are finite and not empty, and there are at least 2 columns and
    ///   rows.
    public init(
      x: ClosedRange<Double>, y: ClosedRange<Double>, columns: Int = 81, rows: Int = 81,
      function: (_ x: Double, _ y: Double) -> Double
    ) {
      precondition(
        columns >= 2 && rows >= 2,
        "A grid needs 2 columns and rows, but has \(columns) columns and \(rows) rows.")
      self.init(x: Self.spread(x, columns), y: Self.spread(y, rows), function: function)
    }

    private static func increase(_ places: [Double]) -> Bool {
      places.allSatisfy { $0.isFinite } && zip(places, places.dropFirst()).allSatisfy { $0 < $1 }
    }

    private static func spread(_ range: ClosedRange<Double>, _ count: Int) -> [Double] {
      let span = range.upperBound - range.lowerBound
      return (0..<count).map {
        $0 == count - 1
          ? range.upperBound : range.lowerBound + span * Double($0) / Double(count - 1)
      }
    }
  }

  /// Which level lines are drawn.
  public enum Levels: Equatable, Sendable {
    /// Those of these values.
    case values([Double])
    /// Those of the multiples of a round step, at most one more than `count`.
    case linear(count: Int)
    /// So many in every power of ten, evenly apart in their logarithms: 1, 3.16, 10 for two. At most
    /// the highest 24.
    case logarithmic(perDecade: Int)
  }

  /// The values of the level lines, lowest first.
  var shownLevels: [Double] {
    let values = grid.values.filter { $0.isFinite && $0.magnitude < 1e300 }
    guard let least = values.min(), let most = values.max() else { return [] }
    switch levels {
    case .values(let levels): return levels.filter { $0.isFinite }.sorted()
    case .linear(let count):
      guard most - least > most.magnitude * 1e-12, most - least > 1e-290 else { return [] }
      let step = TickStep(span: most - least, count: count)
      return step.indices(in: least...most).inner.map { step.multiple($0) }
    case .logarithmic(let perDecade):
      guard most >= 1e-290 else { return [] }
      let parts = Double(max(1, perDecade))
      let low = PowerOfTen.logarithm(max(least, most * 1e-25))
      let last = (PowerOfTen.logarithm(most) * parts + 1e-9).rounded(.down)
      let first = max(last - 23, (low * parts - 1e-9).rounded(.up))
      return stride(from: first, through: last, by: 1).map { PowerOfTen.power($0 / parts) }
    }
  }
}
