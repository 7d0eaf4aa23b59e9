extension LineChart {
  /// A place in the chart, in the units of its axes.
  public struct Point: Equatable, Sendable {
    /// The place along the horizontal axis.
    public var x: Double
    /// The place along the vertical axis.
    public var y: Double

    /// Creates a point.
    public init(_ x: Double, _ y: Double) {
      self.x = x
      self.y = y
    }
  }

  /// The extent of a band at one place of the horizontal axis.
  public struct BandPoint: Equatable, Sendable {
    /// The place along the horizontal axis.
    public var x: Double
    /// The lower edge.
    public var lower: Double
    /// The upper edge.
    public var upper: Double

    /// Creates an extent.
    public init(_ x: Double, lower: Double, upper: Double) {
      self.x = x
      self.lower = lower
      self.upper = upper
    }
  }

  /// A line: its points in the order they are joined, and how it looks.
  ///
  /// Colour, dash and marker follow from the place among the chart's series unless they are given.
  /// No two of the first twenty series agree in both colour and dash.
  public struct Series: Equatable, Sendable {
    /// What the line shows, for the legend and the description.
    public var name: String
    /// The points, joined in this order. A coordinate that is not finite leaves a gap.
    public var points: [Point]
    /// A translucent band, such as a range of percentiles; empty for none.
    public var band: [BandPoint]
    /// The colour, or `nil` for the one of the series' turn.
    public var color: Color?
    /// The dash, or `nil` for the one of the series' turn.
    public var dash: Dash?
    /// The shape at the end of the line, or `nil` for the one of the series' turn.
    public var marker: Marker?

    /// Creates a series from points.
    public init(
      _ name: String, points: [Point], band: [BandPoint] = [],
      color: Color? = nil, dash: Dash? = nil, marker: Marker? = nil
    ) {
      self.name = name
      self.points = points
      self.band = band
      self.color = color
      self.dash = dash
      self.marker = marker
    }

    /// Creates a series from coordinates.
    ///
    /// - Precondition: there are as many `x` as `y`.
    public init(
      _ name: String, x: [Double], y: [Double], band: [BandPoint] = [],
      color: Color? = nil, dash: Dash? = nil, marker: Marker? = nil
    ) {
      precondition(
        x.count == y.count, "The series \(name) has \(x.count) x values, but \(y.count) y values.")
      self.init(
        name, points: zip(x, y).map { Point($0, $1) }, band: band,
        color: color, dash: dash, marker: marker)
    }
  }
}

extension LineChart {
  /// Whether both coordinates have a place in the chart.
  func canDraw(_ point: Point) -> Bool { x.canDraw(point.x) && y.canDraw(point.y) }

  /// Whether both edges have a place in the chart.
  func canDraw(_ point: BandPoint) -> Bool {
    x.canDraw(point.x) && y.canDraw(point.lower) && y.canDraw(point.upper)
  }
}

extension Array {
  /// The longest runs of neighbours that all satisfy `isIncluded`; what lies between them is left
  /// out.
  func runs(where isIncluded: (Element) -> Bool) -> [[Element]] {
    split(whereSeparator: { !isIncluded($0) }).map(Array.init)
  }
}
