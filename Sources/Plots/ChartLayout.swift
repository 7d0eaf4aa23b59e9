/// Where everything in a chart goes.
///
/// From top to bottom: title, legend, the y axis' label and labels of vertical guides, the data
/// area, the numbers of the x axis, its label. The numbers of the y axis stand left of the data
/// area, labels of horizontal guides right of it. Every part gets the room its text is estimated to
/// need.
struct ChartLayout {
  let width: Double
  private(set) var height = 0.0

  private(set) var titleLines: [String]
  private(set) var legend: Legend
  private(set) var xScale: AxisScale
  private(set) var yScale: AxisScale
  private(set) var xTicks: [Tick] = []
  private(set) var yTicks: [Tick]
  private(set) var labelsAbove: [GuideLabels.Above] = []
  private(set) var labelsBeside: [GuideLabels.Beside] = []

  // The tops of the parts, and the edges of the data area.
  private(set) var legendTop = 0.0
  private(set) var yLabelTop = 0.0
  private(set) var left = 0.0
  private(set) var right = 0.0
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

  init(_ chart: LineChart) {
    width = chart.width.isFinite ? max(240, min(10_000, chart.width)) : 720
    let plotHeight = chart.plotHeight.isFinite ? max(80, min(10_000, chart.plotHeight)) : 300
    let inner = width - 2 * Self.margin
    titleLines = TextWidth.wrapped(chart.title, width: inner, size: TextWidth.titleSize)
    legend = Legend(names: chart.series.map(\.name), width: inner)

    let yTickCount = max(3, Int(plotHeight / 40))
    xScale = AxisScale(chart.x, values: chart.shownX)
    yScale = AxisScale(chart.y, values: chart.shownY, looseFor: yTickCount)
    yTicks = yScale.ticks(yTickCount)
    // A given range may lie so that hardly a tick falls into it.
    for count in yTickCount..<(2 * yTickCount) where yTicks.count < 2 {
      yTicks = yScale.ticks(count + 1)
    }

    let beside = chart.guides(.horizontal, on: yScale)
    let besideLines = beside.map { TextWidth.wrapped($0.label, width: min(150, width * 0.25)) }
    let besideWidth = besideLines.joined().map { TextWidth.estimate($0) }.max() ?? 0
    let yTickWidth = yTicks.map { TextWidth.estimate($0.label) }.max() ?? 0
    left = Self.margin + yTickWidth + Self.tickGap
    right = width - Self.margin - (besideWidth > 0 ? besideWidth + 10 : 6)
    placeXTicks()

    legendTop = Self.margin + Double(titleLines.count) * Self.titleLineHeight + 4
    labelsAbove = GuideLabels.above(
      chart.guides(.vertical, on: xScale).map { (xPixel($0.value), $0.label) },
      limits: Self.margin...(width - Self.margin))
    placeAbove(yLabel: chart.y.labelWithUnit)
    bottom = top + plotHeight
    labelsBeside = GuideLabels.beside(
      zip(beside, besideLines).map { (yPixel($0.value), $1) }, limits: top...bottom)
    height = bottom + Self.tickGap + Self.lineHeight + Self.margin
    if !chart.x.labelWithUnit.isEmpty { height += Self.lineHeight + 3 }
    if let last = labelsBeside.last { height = max(height, last.middle + last.height / 2) }
  }

  /// Places the rows between the legend and the data area.
  ///
  /// The label of the y axis shares the lowest row with guides' labels where it meets none of them
  /// and no guide; otherwise it has a row above them.
  private mutating func placeAbove(yLabel: String) {
    let labelEnd = Self.margin + TextWidth.estimate(yLabel) + 8
    let shares = labelsAbove.allSatisfy { min($0.x, $0.textStart) > labelEnd }
    let guideRows = (labelsAbove.map(\.row).max() ?? -1) + 1
    let rows = yLabel.isEmpty ? guideRows : shares ? max(guideRows, 1) : guideRows + 1
    let rowsTop = legendTop + legend.height + 6
    top = rowsTop + Double(rows) * Self.lineHeight + Self.rowsGap
    yLabelTop = shares ? top - Self.rowsGap - Self.lineHeight : rowsTop
  }

  /// As many ticks as have room for their numbers, and room at the edges for half a number.
  private mutating func placeXTicks() {
    var count = max(1, Int((right - left) / 80))
    while true {
      xTicks = xScale.ticks(count)
      let widths = xTicks.map { TextWidth.estimate($0.label) }
      if let first = xTicks.first, let last = xTicks.last, let w = widths.first, let v = widths.last
      {
        // A number may reach beyond the data area, but not beyond the drawing.
        let beyondLeft = Self.margin - (xPixel(first.value) - w / 2)
        let beyondRight = xPixel(last.value) + v / 2 - (width - Self.margin)
        left += max(0, beyondLeft)
        right -= max(0, beyondRight)
      }
      let places = xTicks.map { xPixel($0.value) }
      let fits = xTicks.indices.dropFirst().allSatisfy {
        places[$0] - places[$0 - 1] >= (widths[$0] + widths[$0 - 1]) / 2 + 14
      }
      if fits || count == 1 { break }
      count -= 1
    }
  }

  func xPixel(_ value: Double) -> Double { left + xScale.fraction(value) * (right - left) }
  func yPixel(_ value: Double) -> Double { bottom - yScale.fraction(value) * (bottom - top) }
  func pixel(_ point: LineChart.Point) -> Pixel {
    Pixel(x: xPixel(point.x), y: yPixel(point.y))
  }

  /// Whether `pixel` lies in the data area or on its edge.
  func contains(_ pixel: Pixel) -> Bool {
    (left - 0.01...right + 0.01).contains(pixel.x) && (top - 0.01...bottom + 0.01).contains(pixel.y)
  }
}

extension LineChart {
  /// The places along x that an axis without a range has to show.
  fileprivate var shownX: [Double] {
    series.flatMap { one in
      one.points.filter(canDraw).map(\.x) + one.band.filter(canDraw).map(\.x)
    } + guides.filter { $0.direction == .vertical }.map(\.value)
  }

  /// The places along y that an axis without a range has to show.
  fileprivate var shownY: [Double] {
    series.flatMap { one in
      one.points.filter(canDraw).map(\.y)
        + one.band.filter(canDraw).flatMap { [$0.lower, $0.upper] }
    } + guides.filter { $0.direction == .horizontal }.map(\.value)
  }

  /// The guides of one direction that the axis shows.
  func guides(_ direction: Guide.Direction, on scale: AxisScale) -> [Guide] {
    let axis = direction == .vertical ? x : y
    return guides.filter {
      $0.direction == direction && axis.canDraw($0.value) && scale.range.contains($0.value)
    }
  }
}
