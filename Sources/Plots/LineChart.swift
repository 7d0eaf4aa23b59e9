/// A line chart, drawn as SVG.
///
///     let chart = LineChart(
///       title: "Test accuracy",
///       x: .init("step"),
///       y: .init("accuracy", format: .percent),
///       series: [
///         .init("plain", x: steps, y: plainAccuracies),
///         .init("normalized", x: steps, y: normalizedAccuracies),
///       ],
///       guides: [.vertical(at: 8_640, label: "plain's best accuracy, step 8,640")])
///     let markup = chart.svg(idPrefix: "accuracy")
///
/// Any numbers can be drawn: what is not finite, beyond 1e300 in size, or not above zero on a
/// logarithmic axis makes a gap in its line. A chart without a number shows empty axes.
public struct LineChart: Chart {
  /// What the chart shows; its heading, and its name for screen readers.
  public var title: String
  /// The horizontal axis.
  public var x: Axis
  /// The vertical axis.
  public var y: Axis
  /// The lines, in the order of the legend; later ones are drawn over earlier ones.
  public var series: [Series]
  /// Straight lines that mark a value of an axis.
  public var guides: [Guide]
  /// The width of the whole drawing, in units of which the text is 13 high; at least 240.
  public var width: Double
  /// The height of the area the lines are in. Title, legend and labels come on top of it; at least
  /// 80.
  public var plotHeight: Double

  /// Creates a chart.
  public init(
    title: String, x: Axis, y: Axis, series: [Series], guides: [Guide] = [],
    width: Double = 720, plotHeight: Double = 300
  ) {
    self.title = title
    self.x = x
    self.y = y
    self.series = series
    self.guides = guides
    self.width = width
    self.plotHeight = plotHeight
  }
}

extension LineChart {
  /// An axis: what it counts, how its numbers read, and which of them it shows.
  public struct Axis: Equatable, Sendable {
    /// How values are spread along an axis.
    public enum Scale: Equatable, Sendable {
      /// Equal differences are equally far apart.
      case linear
      /// Equal ratios are equally far apart. Values that are not above zero are not drawn.
      case log10
    }

    /// How the numbers of an axis are written.
    public enum Format: Equatable, Sendable {
      /// As they are: 0.969.
      case number
      /// As hundredths: 0.969 is written 96.9 %.
      case percent
    }

    /// What the axis counts, such as "step".
    public var label: String
    /// The unit, such as "s"; empty for a bare number.
    public var unit: String
    /// How values are spread.
    public var scale: Scale
    /// How the numbers are written.
    public var format: Format
    /// The values shown, or `nil` to show all there are. A range that cannot be drawn, such as an
    /// infinite one or one from zero on a logarithmic axis, counts as `nil`.
    public var range: ClosedRange<Double>?

    /// Creates an axis.
    public init(
      _ label: String, unit: String = "", scale: Scale = .linear, format: Format = .number,
      range: ClosedRange<Double>? = nil
    ) {
      self.label = label
      self.unit = unit
      self.scale = scale
      self.format = format
      self.range = range
    }

    /// The label with its unit: "time (ms)".
    var labelWithUnit: String {
      if unit.isEmpty { return label }
      return label.isEmpty ? unit : "\(label) (\(unit))"
    }

    /// Whether `value` has a place on the axis.
    ///
    /// 1e300 leaves room for differences, 1e-300 for quotients, without overflow.
    func canDraw(_ value: Double) -> Bool {
      guard value.isFinite, value.magnitude <= 1e300 else { return false }
      return scale == .linear || value >= 1e-300
    }

    /// `value` in words: four significant digits and the unit.
    func text(_ value: Double) -> String {
      if format == .percent { return NumberText.significant(value * 100) + " %" }
      let number = NumberText.significant(value)
      return unit.isEmpty ? number : "\(number) \(unit)"
    }
  }

  /// A straight line across the chart that marks a value of an axis.
  public struct Guide: Equatable, Sendable {
    enum Direction: Equatable, Sendable { case vertical, horizontal }

    var direction: Direction
    /// The value that is marked.
    public var value: Double
    /// What the value is.
    public var label: String

    /// A line from bottom to top at a value of the x axis. Its label stands above the chart.
    public static func vertical(at value: Double, label: String) -> Guide {
      Guide(direction: .vertical, value: value, label: label)
    }

    /// A line from left to right at a value of the y axis. Its label stands right of the chart.
    public static func horizontal(at value: Double, label: String) -> Guide {
      Guide(direction: .horizontal, value: value, label: label)
    }
  }
}
