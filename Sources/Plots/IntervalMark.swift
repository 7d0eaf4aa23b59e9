/// An interval as small as a few words, to stand in a cell of a table.
///
///     let mark = IntervalMark(
///       title: "Effect of fewer-steps", description: "6.6 times, from 4.4 to 9.5: supported.",
///       x: .init("factor", scale: .log10), interval: .init(6.6, low: 4.4, high: 9.5),
///       lower: 1, upper: 1.5, color: .blue)
///
/// It has no numbers: they stand beside it. Lines mark two limits; the ground is tinted orange left
/// of the lower one and blue right of the upper one. Each mark has an axis of its own, which shows
/// the interval, its points and both limits.
public struct IntervalMark: Chart {
  /// Its name for screen readers.
  public var title: String
  /// What it shows, in words and numbers.
  public var description: String
  /// The axis, which is not drawn.
  public var x: LineChart.Axis
  /// What is drawn. An infinite end is an arrow at the edge.
  public var interval: IntervalChart.Interval
  /// The lower limit.
  public var lower: Double
  /// The upper limit; may be the lower one.
  public var upper: Double
  /// The colour of the interval; nil for that of text.
  public var color: LineChart.Color?
  /// The width of the drawing.
  public var width: Double

  /// Creates a mark.
  public init(
    title: String, description: String, x: LineChart.Axis, interval: IntervalChart.Interval,
    lower: Double, upper: Double, color: LineChart.Color? = nil, width: Double = 160
  ) {
    self.title = title
    self.description = description
    self.x = x
    self.interval = interval
    self.lower = min(lower, upper)
    self.upper = max(lower, upper)
    self.color = color
    self.width = width
  }

  private static let height = 30.0
  private static let edge = 10.0

  /// The same mark with axis and limits as a chart.
  private var chart: IntervalChart {
    IntervalChart(
      title: title, x: x, rows: [.init("", interval)],
      guides: Set([lower, upper]).sorted().map { .vertical(at: $0, label: "limit") })
  }

  /// The numbers of the interval.
  public func dataTable() -> ReportTable { chart.dataTable() }

  /// The numbers of the interval, with every digit.
  public func records() -> [[String]] { chart.records() }

  /// The mark.
  public func drawing(width: Double?, id: String) -> ChartDrawing {
    let width = max(80, width ?? self.width)
    let scale = AxisScale(
      x, values: [interval.value, interval.low, interval.high, lower, upper] + interval.points)
    // A range of one value has it in its middle, so that limits and interval never leave the drawing.
    func pixel(_ value: Double) -> Double {
      let fraction = value.isNaN ? 0.5 : max(0, min(1, scale.fraction(value)))
      return Self.edge + fraction * (width - 2 * Self.edge)
    }
    let (left, right) = (pixel(lower), pixel(upper))
    var svg = zone(from: 0, to: left, .orange) + zone(from: right, to: width, .blue)
    for place in Set([left, right]).sorted() {
      svg += Markup.line(
        Pixel(x: place, y: 0), Pixel(x: place, y: Self.height), classes: "chart-limit")
    }
    let classes = color.map { " class=\"chart-\($0.rawValue)\"" } ?? ""
    svg += "<g\(classes)>\(shapes(scale, width: width, pixel))</g>\n"
    return ChartDrawing(width: width, height: Self.height, elements: svg)
  }

  private func zone(from start: Double, to end: Double, _ color: LineChart.Color) -> String {
    guard x.canDraw(lower), x.canDraw(upper) else { return "" }
    let area = Area(left: start, top: 0, right: end, bottom: Self.height)
    return "<g class=\"chart-\(color.rawValue)\">\(area.rect(classes: "chart-zone"))</g>"
  }

  /// Whisker, marker and dots.
  private func shapes(_ scale: AxisScale, width: Double, _ pixel: (Double) -> Double) -> String {
    func text(_ value: Double) -> String { NumberText.coordinate(value) }
    let y = 11.0
    var svg = ""
    if let span = interval.span(on: x) {
      let isOpen = (
        span.lowerBound < scale.range.lowerBound, span.upperBound > scale.range.upperBound
      )
      let (start, end) = (
        isOpen.0 ? 2 : pixel(span.lowerBound), isOpen.1 ? width - 2 : pixel(span.upperBound)
      )
      svg += "<path class=\"chart-whisker\" d=\"M\(text(start)) \(text(y))H\(text(end))"
      svg +=
        isOpen.0
        ? "M\(text(start + 5)) \(text(y - 4))L\(text(start)) \(text(y))L\(text(start + 5)) \(text(y + 4))"
        : "M\(text(start)) \(text(y - 4))v8"
      svg +=
        isOpen.1
        ? "M\(text(end - 5)) \(text(y - 4))L\(text(end)) \(text(y))L\(text(end - 5)) \(text(y + 4))"
        : "M\(text(end)) \(text(y - 4))v8"
      svg += "\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\"/>"
    }
    for point in interval.points where x.canDraw(point) && scale.range.contains(point) {
      svg += "<circle class=\"chart-dot\" cx=\"\(text(pixel(point)))\" cy=\"\(text(y + 12))\""
      svg += " r=\"2\" fill=\"currentColor\"/>"
    }
    if x.canDraw(interval.value), scale.range.contains(interval.value) {
      svg += LineChart.markerPath(.circle, at: Pixel(x: pixel(interval.value), y: y))
    }
    return svg
  }
}
