extension SmallMultiples {
  /// The picture of the charts, with as many columns as have room.
  public func drawing(width: Double?, id: String) -> ChartDrawing {
    let width = ChartLayout.width(width ?? self.width)
    let margin = ChartLayout.margin
    let titleLines = TextWidth.wrapped(
      title, width: width - 2 * margin, size: TextWidth.titleSize)
    let columns = Self.columns(columnCount, of: panels.count, width: width)
    let panels = drawnPanels(width: width, columns: columns, id: id)

    let entries = Self.entries(panels)
    let legend = Legend(names: entries.map(\.name), width: width - 2 * margin)
    var top = margin + Double(titleLines.count) * ChartLayout.titleLineHeight + 4
    var svg = Markup.title(titleLines)
    svg += legend.svg(left: margin, top: top) { entries[$0].sample($1) }
    top += legend.height + 8
    let panelWidth = Self.panelWidth(width: width, columns: columns)
    for start in stride(from: 0, to: panels.count, by: columns) {
      let row = Array(panels[start..<min(start + columns, panels.count)])
      // Data areas of a row end at one height, whatever stands above them.
      let bottom = row.map(\.bottom).max() ?? 0
      for (column, panel) in row.enumerated() {
        let x = NumberText.coordinate(Double(column) * (panelWidth + Self.gap))
        let y = NumberText.coordinate(top + bottom - panel.bottom)
        svg += "<g transform=\"translate(\(x) \(y))\">\n\(panel.drawing.elements)</g>\n"
      }
      top += bottom + (row.map { $0.drawing.height - $0.bottom }.max() ?? 0) + Self.rowGap
    }
    return ChartDrawing(
      width: width, height: panels.isEmpty ? top : top - Self.rowGap, elements: svg)
  }

  private static var gap: Double { 20 }
  private static var rowGap: Double { 14 }
  /// The least width of a panel, unless there is a single column.
  private static var leastWidth: Double { 200 }

  /// The number of columns that have room.
  static func columns(_ wanted: Int, of count: Int, width: Double) -> Int {
    max(1, min(wanted, count, Int((width + gap) / (leastWidth + gap))))
  }

  private static func panelWidth(width: Double, columns: Int) -> Double {
    (width - Double(columns - 1) * gap) / Double(columns)
  }

  private func drawnPanels(width: Double, columns: Int, id: String) -> [ChartPanel] {
    let width = Self.panelWidth(width: width, columns: columns)
    let lines = panels.map {
      TextWidth.wrapped(
        $0.title, width: width - 2 * ChartLayout.margin, size: TextWidth.headingSize
      )
      .count
    }
    let shared = Panel.sharingAxes(panels, x: sharesX, y: sharesY)
    return shared.enumerated().map { index, panel in
      let start = index / columns * columns
      let place = PanelPlace(
        width: width, plotHeight: plotHeight,
        titleLineCount: lines[start..<min(start + columns, lines.count)].max() ?? 0,
        showsXLabel: !sharesX || index + columns >= panels.count,
        showsYLabel: !sharesY || index.isMultiple(of: columns))
      return panel.panel(place, id: "\(id)-\(index + 1)")
    }
  }

  /// What the panels' legends say, each name once.
  private static func entries(_ panels: [ChartPanel]) -> [ChartPanel.Entry] {
    let all = panels.flatMap(\.entries)
    return (all.filter { !$0.isLast } + all.filter(\.isLast)).reduce(into: []) { entries, entry in
      if !entries.contains(where: { $0.name == entry.name }) { entries.append(entry) }
    }
  }
}
