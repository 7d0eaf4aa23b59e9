/// Where everything goes in a heat map.
///
/// From top to bottom: title, the rows' label and that of the colours, the cells with the names of
/// the rows on the left and the colour bar on the right, the names of the columns, their label.
struct HeatMapLayout {
  let width: Double
  let height: Double
  let titleLines: [String]
  let rowNames: [[String]]
  /// The lines of each column's name; one line each where they are turned.
  let columnNames: [[String]]
  /// Whether the columns' names read upwards, since they have no room side by side.
  let isTurned: Bool
  /// Every how many columns a name stands: more than one where even turned names would meet.
  let nameStride: Int
  let bar: ColorBar
  let rowLabelTop: Double
  let labelBaseline: Double
  let left: Double
  let right: Double
  let top: Double
  let bottom: Double
  private let rowCount: Int
  private let columnCount: Int

  static let rowHeight = 34.0
  /// The most a cell is wide; wider ones would be stripes.
  static let columnWidth = 110.0

  init(_ map: HeatMap) {
    width = ChartLayout.width(map.width)
    let margin = ChartLayout.margin
    let inner = width - 2 * margin
    rowCount = map.y.names.count
    columnCount = map.x.names.count
    titleLines = TextWidth.wrapped(map.title, width: inner, size: TextWidth.titleSize)
    let scale = map.scale
    bar = ColorBar(label: map.z.labelWithUnit, scale: scale) {
      "fill=\"\(map.color(at: $0, on: scale).text)\""
    }

    let nameRoom = width * 0.3
    rowNames = map.y.names.map { TextWidth.wrapped($0, width: nameRoom) }
    let nameWidth = rowNames.joined().map { TextWidth.estimate($0) }.max() ?? 0
    left = margin + nameWidth + ChartLayout.tickGap
    let most = width - margin - bar.room
    right = min(most, left + Double(max(1, columnCount)) * Self.columnWidth)

    let cell = (right - left) / Double(max(1, columnCount))
    let wrapped = map.x.names.map { TextWidth.wrapped($0, width: cell - 8) }
    isTurned = zip(wrapped, map.x.names).contains { lines, name in
      lines.count > 3 || lines.joined(separator: " ").count < name.filter { $0 != " " }.count
        || lines.contains { $0.hasSuffix("…") } && !name.hasSuffix("…")
    }
    nameStride = isTurned ? max(1, Int((ChartLayout.lineHeight / cell).rounded(.up))) : 1
    columnNames =
      isTurned ? map.x.names.map { [TextWidth.truncated($0, width: 120)] } : wrapped

    // Both labels share a row where they have room.
    let rowLabel = TextWidth.estimate(map.y.label)
    let barLabel = bar.labelEnd(left: right) - TextWidth.estimate(bar.label)
    let shares = rowLabel == 0 || bar.label.isEmpty || margin + rowLabel + 16 <= barLabel
    let rows = rowLabel == 0 && bar.label.isEmpty ? 0.0 : shares ? 1 : 2
    rowLabelTop = margin + Double(titleLines.count) * ChartLayout.titleLineHeight + 10
    top = rowLabelTop + rows * ChartLayout.lineHeight + ChartLayout.rowsGap
    let lines = rowNames.map(\.count).max() ?? 1
    let rowHeight = max(Self.rowHeight, Double(lines) * ChartLayout.lineHeight + 8)
    bottom = top + max(80, Double(rowCount) * rowHeight)
    let namesHeight =
      isTurned
      ? columnNames.joined().map { TextWidth.estimate($0) }.max() ?? 0
      : Double(columnNames.map(\.count).max() ?? 0) * ChartLayout.lineHeight
    labelBaseline = bottom + ChartLayout.tickGap + namesHeight + ChartLayout.lineHeight
    height =
      (map.x.label.isEmpty ? labelBaseline - ChartLayout.lineHeight : labelBaseline + 4)
      + margin
  }

  /// The place of a cell, with the gap to its neighbours.
  func cell(row: Int, column: Int) -> Area {
    let width = (right - left) / Double(max(1, columnCount))
    let height = (bottom - top) / Double(max(1, rowCount))
    return Area(
      left: left + Double(column) * width, top: top + Double(row) * height,
      right: left + Double(column + 1) * width, bottom: top + Double(row + 1) * height)
  }
}
