/// A chart of values with their intervals, one below the other: a forest plot.
///
///     let chart = IntervalChart(
///       title: "Steps saved by normalization",
///       x: .init("steps saved", format: .percent),
///       rows: [
///         .init("sigmoid", .init(0.62, low: 0.55, high: 0.68, points: bySeed)),
///         .init("ReLU", .init(0.2, low: -0.1, high: .infinity)),
///       ],
///       guides: [.vertical(at: 0, label: "no effect")],
///       note: "Bars: 95 % intervals of the mean. Dots: single seeds.")
///
/// A row may have an interval for each of several series, which stand below each other in the
/// series' colours. An end of an interval that is infinite, or beyond the range of the axis, is an
/// arrow at the edge. A value that is no number is left out, and so is what is not above zero on a
/// logarithmic axis.
public struct IntervalChart: Chart {
  /// What the chart shows; its heading, and its name for screen readers.
  public var title: String
  /// The horizontal axis, of the values.
  public var x: LineChart.Axis
  /// The rows, from top to bottom.
  public var rows: [Row]
  /// The series whose intervals the rows hold, in order. Without a name they need no legend.
  public var series: [Series]
  /// Vertical lines that mark a value; horizontal ones are not drawn.
  public var guides: [LineChart.Guide]
  /// What intervals and points stand for; a line below the axis. Empty for none.
  public var note: String
  /// Whether the numbers stand right of their intervals, where the drawing is at least 480 wide.
  public var hasNumbers: Bool
  /// The width of the whole drawing, in units of which the text is 13 high; at least 240.
  public var width: Double

  /// Creates a chart.
  public init(
    title: String, x: LineChart.Axis, rows: [Row], series: [Series] = [],
    guides: [LineChart.Guide] = [], note: String = "", hasNumbers: Bool = true, width: Double = 720
  ) {
    self.title = title
    self.x = x
    self.rows = rows
    self.series = series
    self.guides = guides
    self.note = note
    self.hasNumbers = hasNumbers
    self.width = width
  }
}

extension IntervalChart {
  /// A value, how far it may lie off, and what it was found from.
  public struct Interval: Equatable, Sendable {
    /// The value, drawn as a marker.
    public var value: Double
    /// The lower end; may be infinite.
    public var low: Double
    /// The upper end; may be infinite.
    public var high: Double
    /// Single values, such as one a seed, drawn as small dots.
    public var points: [Double]

    /// Creates an interval; an end that is `nil` is the value itself.
    public init(
      _ value: Double, low: Double? = nil, high: Double? = nil, points: [Double] = []
    ) {
      self.value = value
      self.low = low ?? value
      self.high = high ?? value
      self.points = points
    }
  }

  /// A label with an interval of each series.
  public struct Row: Equatable, Sendable {
    /// What the intervals are of.
    public var label: String
    /// The intervals in the order of the series; `nil` where a series has none.
    public var intervals: [Interval?]
    /// Values that a line marks in this row alone; what they are is for the heading to say.
    public var marks: [Double]
    /// Whether the label heads the rows below it.
    public var isHeading: Bool

    /// Creates a row with an interval for each series.
    public init(_ label: String, _ intervals: [Interval?], marks: [Double] = []) {
      self.label = label
      self.intervals = intervals
      self.marks = marks
      isHeading = false
    }

    /// Creates a row of a chart with one series.
    public init(_ label: String, _ interval: Interval?, marks: [Double] = []) {
      self.init(label, [interval], marks: marks)
    }

    /// A heading of the rows below it.
    public static func heading(_ label: String) -> Row {
      var row = Row(label, [])
      row.isHeading = true
      return row
    }
  }

  /// What the intervals of one colour have in common.
  public struct Series: Equatable, Sendable {
    /// The name, for the legend and the description.
    public var name: String
    /// The colour, or `nil` for the one of the series' turn.
    public var color: LineChart.Color?
    /// The shape of the values' markers, or `nil` for the one of the series' turn.
    public var marker: LineChart.Marker?

    /// Creates a series.
    public init(_ name: String, color: LineChart.Color? = nil, marker: LineChart.Marker? = nil) {
      self.name = name
      self.color = color
      self.marker = marker
    }
  }

  /// The number of series that have a name or an interval.
  var seriesCount: Int { max(series.count, rows.map(\.intervals.count).max() ?? 0) }

  /// The name of a series; empty if it has none.
  func name(at index: Int) -> String { index < series.count ? series[index].name : "" }

  /// The looks of the series at `index`: what it asks for, otherwise what its turn gives.
  func style(at index: Int) -> (color: LineChart.Color, marker: LineChart.Marker) {
    func turn<Look>(_ looks: [Look]) -> Look { looks[index % looks.count] }
    let one = index < series.count ? series[index] : Series("")
    return (
      one.color ?? turn(LineChart.Color.allCases), one.marker ?? turn(LineChart.Marker.allCases)
    )
  }
}

extension IntervalChart.Interval {
  /// The ends in order; `nil` for one that is no number.
  var ends: (low: Double?, high: Double?) {
    if low.isNaN || high.isNaN { return (low.isNaN ? nil : low, high.isNaN ? nil : high) }
    return (min(low, high), max(low, high))
  }

  /// Whether there is anything to draw on `axis`.
  func canDraw(on axis: LineChart.Axis) -> Bool {
    ([value, low, high] + points).contains { axis.canDraw($0) }
  }
}
