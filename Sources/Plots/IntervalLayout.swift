/// Where everything goes in a chart of intervals.
///
/// From top to bottom: title, legend, labels of guides, the rows with their labels on the left and
/// their numbers on the right, the axis, its label, the note.
struct IntervalLayout {
  /// The place of a row.
  struct PlacedRow {
    /// The number of the row in the chart.
    var index: Int
    var labelLines: [String]
    var top: Double
    var bottom: Double
  }

  let width: Double
  private(set) var height = 0.0
  let titleLines: [String]
  let legend: Legend
  private(set) var legendTop = 0.0
  private(set) var rows: [PlacedRow] = []
  let labelsAbove: [GuideLabels.Above]
  let axis: FittedAxis
  /// The numbers right of the intervals, by row and series; empty where they are not drawn.
  let numbers: [[String]]
  let noteLines: [String]
  let isIndented: Bool

  // The edges of the data area. The axis' range starts and ends within them, so that there is room
  // for arrows.
  let left: Double
  let right: Double
  private(set) var top = 0.0
  private(set) var bottom = 0.0

  /// The height of one interval.
  static let laneHeight = 22.0
  /// The room between two rows.
  static let rowGap = 8.0
  /// The room for arrows at both ends of the data area.
  static let arrowRoom = 16.0
  static let indent = 12.0

  init(_ chart: IntervalChart) {
    width = ChartLayout.width(chart.width)
    let margin = ChartLayout.margin
    let inner = width - 2 * margin
    titleLines = TextWidth.wrapped(chart.title, width: inner, size: TextWidth.titleSize)
    let names = (0..<chart.seriesCount).map(chart.name)
    legend = Legend(names: names.allSatisfy(\.isEmpty) ? [] : names, width: inner)
    noteLines = TextWidth.wrapped(chart.note, width: inner)
    isIndented = chart.rows.contains { $0.isHeading }

    let labelRoom = min(280, width * 0.36)
    let labels = chart.rows.map { [isIndented] row in
      // Headings may stand above the data area; they are bold, thus wider.
      row.isHeading
        ? [TextWidth.truncated(row.label, width: inner, size: TextWidth.headingSize)]
        : TextWidth.wrapped(row.label, width: labelRoom - (isIndented ? Self.indent : 0))
    }
    let labelWidth =
      zip(chart.rows, labels).filter { !$0.0.isHeading }.flatMap { $0.1 }
      .map { TextWidth.estimate($0) }.max() ?? 0
    left = margin + labelWidth + (isIndented ? Self.indent : 0) + 12
    numbers = chart.hasNumbers && width >= 480 ? chart.numbers : []
    let numbersWidth = numbers.joined().map { TextWidth.estimate($0) }.max() ?? 0
    right = width - margin - (numbersWidth > 0 ? numbersWidth + 14 : 0)

    let room = Self.arrowRoom
    let scale = AxisScale(chart.x, values: chart.shown)
    axis = FittedAxis(
      scale, left: left + room, right: right - room, limits: margin...(width - margin),
      spacing: 55)
    let guides = chart.guides.filter {
      $0.direction == .vertical && chart.x.canDraw($0.value) && scale.range.contains($0.value)
    }
    labelsAbove = GuideLabels.above(
      guides.map { [axis] in (axis.pixel($0.value), $0.label) },
      limits: margin...(width - margin))
    place(labels, hasAxisLabel: !chart.x.labelWithUnit.isEmpty, chart)
  }

  /// Places the rows one below the other, and what follows them.
  private mutating func place(_ labels: [[String]], hasAxisLabel: Bool, _ chart: IntervalChart) {
    legendTop = ChartLayout.margin + Double(titleLines.count) * ChartLayout.titleLineHeight + 4
    let guideRows = (labelsAbove.map(\.row).max() ?? -1) + 1
    top = legendTop + legend.height + 6 + Double(guideRows) * ChartLayout.lineHeight
    if guideRows > 0 { top += ChartLayout.rowsGap }
    var y = top
    for (index, lines) in labels.enumerated() {
      let lanes = Double(max(1, chart.rows[index].intervals.count)) * Self.laneHeight
      let height = max(lanes, Double(lines.count) * ChartLayout.lineHeight) + Self.rowGap
      rows.append(PlacedRow(index: index, labelLines: lines, top: y, bottom: y + height))
      y += height
    }
    bottom = max(y, top + 40)
    height = bottom + ChartLayout.tickGap + ChartLayout.lineHeight + ChartLayout.margin
    if hasAxisLabel { height += ChartLayout.lineHeight + 3 }
    if !noteLines.isEmpty { height += Double(noteLines.count) * ChartLayout.lineHeight + 6 }
  }

  /// The middle of the interval of a series in a row of `count` intervals.
  func lane(_ series: Int, of count: Int, in row: PlacedRow) -> Double {
    (row.top + row.bottom) / 2 + (Double(series) - Double(count - 1) / 2) * Self.laneHeight
  }
}

extension IntervalChart {
  /// The values an axis without a range has to show.
  fileprivate var shown: [Double] {
    let intervals = rows.flatMap { $0.intervals.compactMap { $0 } }
    let marked = guides.filter { $0.direction == .vertical }.map(\.value) + rows.flatMap(\.marks)
    return intervals.flatMap { [$0.value, $0.low, $0.high] + $0.points } + marked
  }

  /// "0.62 (0.55 to 0.68)" for each interval by row, all with as many decimals.
  var numbers: [[String]] {
    let all = rows.flatMap { $0.intervals.flatMap { [$0?.value, $0?.ends.low, $0?.ends.high] } }
    let texts = NumberText.column(all, on: x, digits: 3)
    var next = 0
    return rows.map { row in
      row.intervals.map { interval in
        defer { next += 3 }
        guard let interval,
          [interval.value, interval.low, interval.high].contains(where: { !$0.isNaN })
        else { return "–" }
        if interval.low == interval.value, interval.high == interval.value { return texts[next] }
        return "\(texts[next]) (\(texts[next + 1]) to \(texts[next + 2]))"
      }
    }
  }
}
