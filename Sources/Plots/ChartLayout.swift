/// Where everything goes in a chart with two axes of numbers.
///
/// From top to bottom: title, legend, the y axis' label and labels of vertical guides, the data
/// area, the numbers of the x axis, its label. The numbers of the y axis stand left of the data
/// area, labels of horizontal guides or a colour bar right of it. Every part gets the room its text
/// is estimated to need.
struct ChartLayout {
  /// What the layout has to make room for.
  struct Content {
    var title: String
    var x: LineChart.Axis
    var y: LineChart.Axis
    /// The names of the legend.
    var names: [String] = []
    /// The values that axes without a range have to show.
    var xValues: [Double]
    var yValues: [Double]
    /// Whether the y axis is extended to whole ticks.
    var hasLooseY = true
    var guides: [LineChart.Guide] = []
    var colorBar: ColorBar?
    var width: Double
    var plotHeight: Double
    /// Whether a unit is as long on both axes, for which the data area shrinks in one direction.
    var hasEqualUnits = false
    /// The place among other panels, or `nil` for a chart of its own.
    var panel: PanelPlace?

    /// Takes the place of a panel, which has no legend, and no room for values that none has.
    mutating func fit(_ place: PanelPlace) {
      (width, plotHeight) = (place.width, place.plotHeight)
      (names, panel) = ([], place)
      hasLooseY = false
      if !place.showsXLabel { (x.label, x.unit) = ("", "") }
    }
  }

  let content: Content
  let width: Double
  private(set) var height = 0.0

  let titleLines: [String]
  let legend: Legend
  let xAxis: FittedAxis
  let yScale: AxisScale
  private(set) var yTicks: [Tick]
  private(set) var labelsAbove: [GuideLabels.Above] = []
  private(set) var labelsBeside: [GuideLabels.Beside] = []

  // The tops of the parts, and the edges of the data area.
  private(set) var legendTop = 0.0
  private(set) var yLabelTop = 0.0
  let left: Double
  let right: Double
  private(set) var top = 0.0
  private(set) var bottom = 0.0

  static let lineHeight = 17.0
  static let titleLineHeight = 20.0
  /// The room around the drawing, enough for what hangs over: outlines, and errors of estimated
  /// widths.
  static let margin = 2.0
  /// The room between the rows above and the data area, enough for half of the topmost number.
  static let rowsGap = 11.0
  /// The room between numbers and the data area.
  static let tickGap = 8.0

  init(_ content: Content) {
    self.content = content
    width = content.panel.map { max(160, $0.width) } ?? Self.width(content.width)
    var plotHeight = Self.plotHeight(content.plotHeight)
    let inner = width - 2 * Self.margin
    titleLines = TextWidth.wrapped(
      content.title, width: inner,
      size: content.panel == nil ? TextWidth.titleSize : TextWidth.headingSize)
    legend = Legend(names: content.names, width: inner)

    let yTickCount = max(3, Int(plotHeight / 40))
    let xScale = AxisScale(content.x, values: content.xValues)
    let yScale = AxisScale(
      content.y, values: content.yValues, looseFor: content.hasLooseY ? yTickCount : nil)
    self.yScale = yScale
    yTicks = yScale.ticks(yTickCount)
    // A given range may lie so that hardly a tick falls into it.
    for count in yTickCount..<(2 * yTickCount) where yTicks.count < 2 {
      yTicks = yScale.ticks(count + 1)
    }

    let beside = content.guides(.horizontal, on: yScale)
    let besideLimit = min(150, width * 0.25)
    let besideLines = beside.map { TextWidth.wrapped($0.label, width: besideLimit) }
    let besideWidth = besideLines.joined().map { TextWidth.estimate($0) }.max() ?? 0
    let besideRoom =
      content.colorBar.map { $0.room } ?? (besideWidth > 0 ? besideWidth + 10 : 6)
    let yTickWidth = yTicks.map { TextWidth.estimate($0.label) }.max() ?? 0
    let limits = Self.margin...(width - Self.margin)
    var axis = FittedAxis(
      xScale, left: Self.margin + yTickWidth + Self.tickGap,
      right: width - Self.margin - besideRoom,
      limits: limits)
    if content.hasEqualUnits {
      let ratio = Self.ratio(xScale.range, yScale.range)
      if (axis.right - axis.left) * ratio < plotHeight {
        plotHeight = max(80, (axis.right - axis.left) * ratio)
      } else {
        let right = axis.left + max(80, plotHeight / ratio)
        axis = FittedAxis(xScale, left: axis.left, right: right, limits: limits)
      }
    }
    xAxis = axis
    (left, right) = (axis.left, axis.right)

    let titleLineCount = max(titleLines.count, content.panel.map { $0.titleLineCount } ?? 0)
    legendTop = Self.margin + Double(titleLineCount) * Self.titleLineHeight + 4
    labelsAbove = GuideLabels.above(
      content.guides(.vertical, on: xScale).map { (axis.pixel($0.value), $0.label) },
      limits: limits)
    placeAbove(yLabel: content.y.labelWithUnit)
    bottom = top + plotHeight
    labelsBeside = GuideLabels.beside(
      zip(beside, besideLines).map { (yPixel($0.value), $1) }, limits: top...bottom)
    height = bottom + Self.tickGap + Self.lineHeight + Self.margin
    if !content.x.labelWithUnit.isEmpty { height += Self.lineHeight + 3 }
    if let last = labelsBeside.last { height = max(height, last.middle + last.height / 2) }
  }

  /// A width the parts have room in.
  static func width(_ wanted: Double) -> Double {
    wanted.isFinite ? max(240, min(10_000, wanted)) : 720
  }

  /// A height of the data area with room for three numbers.
  static func plotHeight(_ wanted: Double) -> Double {
    wanted.isFinite ? max(80, min(10_000, wanted)) : 300
  }

  /// The height of one range by the width of the other.
  private static func ratio(_ x: ClosedRange<Double>, _ y: ClosedRange<Double>) -> Double {
    max(1e-3, min(1e3, (y.upperBound - y.lowerBound) / (x.upperBound - x.lowerBound)))
  }

  /// Places the rows between the legend and the data area.
  ///
  /// The label of the y axis shares the lowest row with guides' labels and the colour bar's where it
  /// meets none of them and no guide; otherwise it has a row above them.
  private mutating func placeAbove(yLabel: String) {
    let labelEnd = Self.margin + TextWidth.estimate(yLabel) + 8
    let barLabel = content.colorBar.map { $0.label } ?? ""
    let shares =
      labelsAbove.allSatisfy { min($0.x, $0.textStart) > labelEnd }
      && (barLabel.isEmpty || labelEnd + 16 < width - Self.margin - TextWidth.estimate(barLabel))
    let guideRows = (labelsAbove.map(\.row).max() ?? -1) + 1
    let sharedRows = barLabel.isEmpty ? guideRows : max(guideRows, 1)
    let rows = yLabel.isEmpty ? sharedRows : shares ? max(sharedRows, 1) : sharedRows + 1
    let rowsTop = legendTop + legend.height + 6
    top = rowsTop + Double(rows) * Self.lineHeight + Self.rowsGap
    yLabelTop = shares ? top - Self.rowsGap - Self.lineHeight : rowsTop
  }

  func xPixel(_ value: Double) -> Double { xAxis.pixel(value) }
  func yPixel(_ value: Double) -> Double { bottom - yScale.fraction(value) * (bottom - top) }
  func pixel(_ point: LineChart.Point) -> Pixel {
    Pixel(x: xPixel(point.x), y: yPixel(point.y))
  }

  /// Whether `pixel` lies in the data area or on its edge.
  func contains(_ pixel: Pixel) -> Bool {
    (left - 0.01...right + 0.01).contains(pixel.x) && (top - 0.01...bottom + 0.01).contains(pixel.y)
  }
}

extension ChartLayout.Content {
  /// The guides of one direction that the axis shows.
  func guides(
    _ direction: LineChart.Guide.Direction, on scale: AxisScale
  ) -> [LineChart.Guide] {
    let axis = direction == .vertical ? x : y
    return guides.filter {
      $0.direction == direction && axis.canDraw($0.value) && scale.range.contains($0.value)
    }
  }
}
