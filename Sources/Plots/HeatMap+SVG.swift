extension HeatMap {
  /// The picture of the chart.
  public func drawing(width: Double?, id: String) -> ChartDrawing {
    var map = self
    if let width { map.width = width }
    let layout = HeatMapLayout(map)
    return ChartDrawing(
      width: layout.width, height: layout.height, elements: map.elements(layout, id: id))
  }

  private func elements(_ layout: HeatMapLayout, id: String) -> String {
    var svg = """
      <pattern id="\(id)-hatch" width="6" height="6" patternUnits="userSpaceOnUse" \
      patternTransform="rotate(45)"><path class="chart-axis" d="M0 0v6" \
      stroke="currentColor" stroke-opacity="0.5"/></pattern>

      """
    svg += Markup.title(layout.titleLines)
    let inner = layout.width - 2 * ChartLayout.margin
    if !y.label.isEmpty {
      svg += Markup.text(
        TextWidth.truncated(y.label, width: inner), x: ChartLayout.margin,
        y: layout.rowLabelTop + 13, classes: "chart-label")
    }
    svg += names(layout) + cells(layout, id: id)
    if !x.label.isEmpty {
      let text = TextWidth.truncated(x.label, width: inner)
      let half = TextWidth.estimate(text) / 2
      let middle = max(
        ChartLayout.margin + half,
        min((layout.left + layout.right) / 2, layout.width - ChartLayout.margin - half))
      svg += Markup.text(
        text, x: middle, y: layout.labelBaseline, anchor: "middle", classes: "chart-label")
    }
    return svg
      + layout.bar.svg(
        left: layout.right, top: layout.top, bottom: layout.bottom, width: layout.width)
  }

  /// The names of rows and columns.
  private func names(_ layout: HeatMapLayout) -> String {
    var svg = ""
    for (row, lines) in layout.rowNames.enumerated() {
      let place = layout.cell(row: row, column: 0)
      let first = place.middle.y - Double(lines.count) * ChartLayout.lineHeight / 2 + 13
      for (index, line) in lines.enumerated() {
        svg += Markup.text(
          line, x: layout.left - ChartLayout.tickGap,
          y: first + Double(index) * ChartLayout.lineHeight, anchor: "end", classes: "chart-tick")
      }
    }
    for (column, lines) in layout.columnNames.enumerated()
    where column.isMultiple(of: layout.nameStride) {
      let x = layout.cell(row: 0, column: column).middle.x
      for (index, line) in lines.enumerated() {
        svg +=
          layout.isTurned
          ? Markup.turnedText(line, x: x + 4.5, y: layout.bottom + 6, classes: "chart-tick")
          : Markup.text(
            line, x: x,
            y: layout.bottom + ChartLayout.tickGap + 12 + Double(index) * ChartLayout.lineHeight,
            anchor: "middle", classes: "chart-tick")
      }
    }
    return svg
  }

  private func cells(_ layout: HeatMapLayout, id: String) -> String {
    let scale = scale
    let place = layout.cell(row: 0, column: 0)
    let texts = place.height >= 18 ? texts(cellWidth: place.width) : nil
    var svg = ""
    for row in y.names.indices {
      for column in x.names.indices {
        let cell = layout.cell(row: row, column: column)
        let value = value(row: row, column: column)
        let color = z.canDraw(value) ? color(at: scale.fraction(value), on: scale) : nil
        // Half of the gap between two cells on each side.
        let box = Area(
          middle: cell.middle, width: max(1, cell.width - 1.5), height: max(1, cell.height - 1.5))
        svg += box.rect(attributes: "fill=\"\(color.map { $0.text } ?? "url(#\(id)-hatch)")\"")
        guard let text = texts?[row][column] else { continue }
        let classes =
          color.map { $0.needsLightText ? "chart-on-dark" : "chart-on-light" } ?? "chart-note"
        svg += Markup.text(
          text, x: cell.middle.x, y: cell.middle.y + 4.5, anchor: "middle", classes: classes)
      }
    }
    return svg
  }
}
