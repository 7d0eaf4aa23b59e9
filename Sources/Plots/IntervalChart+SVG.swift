extension IntervalChart {
  /// The picture of the chart; below a width of 480 it has no numbers beside the intervals.
  public func drawing(width: Double?, id: String) -> ChartDrawing {
    var chart = self
    if let width { chart.width = width }
    let layout = IntervalLayout(chart)
    return ChartDrawing(
      width: layout.width, height: layout.height, elements: chart.elements(layout))
  }

  private func elements(_ layout: IntervalLayout) -> String {
    var svg = Markup.title(layout.titleLines)
    svg += layout.legend.svg(left: ChartLayout.margin, top: layout.legendTop) { index, place in
      let middle = Pixel(x: place.x + Legend.sampleWidth / 2, y: place.y)
      let whisker = Self.whisker(from: place.x, to: place.x + Legend.sampleWidth, y: place.y)
      return colored(index, whisker + LineChart.markerPath(style(at: index).marker, at: middle))
    }
    svg += frame(layout)
    for row in layout.rows { svg += label(row, layout) + intervals(row, layout) }
    return svg
  }

  private func frame(_ layout: IntervalLayout) -> String {
    var svg = ""
    for tick in layout.axis.ticks {
      let x = layout.axis.pixel(tick.value)
      svg += Markup.line(
        Pixel(x: x, y: layout.top), Pixel(x: x, y: layout.bottom), classes: "chart-grid")
    }
    if seriesCount > 1 {
      // Where a row has several intervals, a line tells it from the next.
      for (row, next) in zip(layout.rows, layout.rows.dropFirst())
      where !rows[row.index].isHeading && !rows[next.index].isHeading {
        svg += Markup.line(
          Pixel(x: ChartLayout.margin, y: row.bottom),
          Pixel(x: layout.width - ChartLayout.margin, y: row.bottom), classes: "chart-grid")
      }
    }
    svg += marks(layout)
    svg += GuideLabels.svg(layout.labelsAbove, top: layout.top, bottom: layout.bottom)
    svg += layout.axis.line(from: layout.left, to: layout.right, at: layout.bottom)
    var y = layout.bottom + ChartLayout.tickGap + 12
    if !x.labelWithUnit.isEmpty {
      y += ChartLayout.lineHeight + 3
      let text = TextWidth.truncated(x.labelWithUnit, width: layout.width - 2 * ChartLayout.margin)
      let half = TextWidth.estimate(text) / 2
      let middle = max(
        ChartLayout.margin + half,
        min((layout.left + layout.right) / 2, layout.width - ChartLayout.margin - half))
      svg += Markup.text(text, x: middle, y: y, anchor: "middle", classes: "chart-label")
    }
    for line in layout.noteLines {
      y += ChartLayout.lineHeight
      svg += Markup.text(line, x: ChartLayout.margin, y: y + 6, classes: "chart-label")
    }
    return svg
  }

  private func label(_ row: IntervalLayout.PlacedRow, _ layout: IntervalLayout) -> String {
    let isHeading = rows[row.index].isHeading
    let x = ChartLayout.margin + (layout.isIndented && !isHeading ? IntervalLayout.indent : 0)
    // A heading stands close to the rows below it.
    let height = Double(row.labelLines.count) * ChartLayout.lineHeight
    let top = isHeading ? row.bottom - height - 3 : (row.top + row.bottom - height) / 2
    return row.labelLines.enumerated().map { line, text in
      Markup.text(
        text, x: x, y: top + Double(line) * ChartLayout.lineHeight + 13,
        classes: isHeading ? "chart-name chart-heading" : "chart-name")
    }.joined()
  }

  /// Lines across the rows that have marks of their own.
  private func marks(_ layout: IntervalLayout) -> String {
    layout.rows.flatMap { row in
      Set(rows[row.index].marks).sorted()
        .filter { x.canDraw($0) && layout.axis.scale.range.contains($0) }
        .map { mark in
          let place = layout.axis.pixel(mark)
          return Markup.line(
            Pixel(x: place, y: row.top), Pixel(x: place, y: row.bottom), classes: "chart-guide")
        }
    }.joined()
  }

  private func intervals(_ row: IntervalLayout.PlacedRow, _ layout: IntervalLayout) -> String {
    var svg = ""
    let intervals = rows[row.index].intervals
    for (index, interval) in intervals.enumerated() {
      let y = layout.lane(index, of: intervals.count, in: row)
      if let interval {
        svg += colored(index, Self.shapes(interval, y: y, style(at: index).marker, layout, on: x))
      }
      if row.index < layout.numbers.count {
        svg += Markup.text(
          layout.numbers[row.index][index], x: layout.width - ChartLayout.margin, y: y + 4.5,
          anchor: "end", classes: "chart-number")
      }
    }
    return svg
  }

  /// Whisker, arrows, dots and marker of one interval around `y`; dots have the lower half of it.
  private static func shapes(
    _ interval: Interval, y: Double, _ marker: LineChart.Marker, _ layout: IntervalLayout,
    on x: LineChart.Axis
  ) -> String {
    let range = layout.axis.scale.range
    let points = interval.points.filter { x.canDraw($0) && range.contains($0) }
    let line = points.isEmpty ? y : y - 3
    var svg = ""
    if let span = interval.span(on: x) {
      // An interval that lies beyond an edge altogether is nothing but an arrow there.
      let isBeyond = (span.upperBound < range.lowerBound, span.lowerBound > range.upperBound)
      let low = span.lowerBound < range.lowerBound ? End.arrow : isBeyond.1 ? .nothing : .bar
      let high = span.upperBound > range.upperBound ? End.arrow : isBeyond.0 ? .nothing : .bar
      let inner = (
        layout.axis.pixel(min(max(span.lowerBound, range.lowerBound), range.upperBound)),
        layout.axis.pixel(min(max(span.upperBound, range.lowerBound), range.upperBound))
      )
      let start = low == .arrow ? layout.left : inner.0
      let end = high == .arrow ? layout.right : inner.1
      if end > start { svg += whisker(from: start, to: end, y: line, low, high) }
    }
    for point in points {
      svg += "<circle class=\"chart-dot\" cx=\"\(NumberText.coordinate(layout.axis.pixel(point)))\""
      svg += " cy=\"\(NumberText.coordinate(line + 8.5))\" r=\"2.5\" fill=\"currentColor\"/>"
    }
    if x.canDraw(interval.value), range.contains(interval.value) {
      let place = Pixel(x: layout.axis.pixel(interval.value), y: line)
      svg += LineChart.markerPath(marker, at: place)
    }
    return svg
  }

  /// What a whisker ends in.
  private enum End { case bar, arrow, nothing }

  /// A line with a crossbar at each end, or an arrowhead where it goes on.
  private static func whisker(
    from start: Double, to end: Double, y: Double, _ low: End = .bar, _ high: End = .bar
  ) -> String {
    func text(_ value: Double) -> String { NumberText.coordinate(value) }
    func mark(_ end: End, at x: Double, outwards: Double) -> String {
      switch end {
      case .nothing: ""
      case .bar: "M\(text(x)) \(text(y - 4))v8"
      case .arrow:
        "M\(text(x - outwards * 6)) \(text(y - 5))L\(text(x)) \(text(y))"
          + "L\(text(x - outwards * 6)) \(text(y + 5))"
      }
    }
    return "<path class=\"chart-whisker\" d=\"M\(text(start)) \(text(y))H\(text(end))"
      + mark(low, at: start, outwards: -1) + mark(high, at: end, outwards: 1)
      + "\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\"/>"
  }

  private func colored(_ index: Int, _ content: String) -> String {
    "<g class=\"chart-\(style(at: index).color.rawValue)\">\(content)</g>\n"
  }
}

extension IntervalChart.Interval {
  /// From the lower to the upper end, either of which may be infinite; an end that is no number is
  /// at the value. `nil` where no end is known.
  ///
  /// On a logarithmic axis what is not above zero lies beyond every range.
  func span(on axis: LineChart.Axis) -> ClosedRange<Double>? {
    let ends = ends
    guard let low = ends.low ?? (value.isNaN ? ends.high : value),
      let high = ends.high ?? (value.isNaN ? ends.low : value)
    else { return nil }
    return min(low, high)...max(low, high)
  }
}
