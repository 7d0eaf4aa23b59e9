extension LineChart {
  /// The chart as an `svg` element, for a page that holds `styleSheet`.
  ///
  /// The element has the role of an image, named by the title and described in words.
  ///
  /// - Parameter idPrefix: The start of the ids in the element; has to differ between the charts of
  ///   a page.
  public func svg(idPrefix: String) -> String { svg(idPrefix: idPrefix, style: nil) }

  /// The chart as the text of an SVG file: with the style sheet, and a background of its own.
  public func standaloneSVG() -> String { svg(idPrefix: "chart", style: styleSheet) + "\n" }

  private func svg(idPrefix: String, style: String?) -> String {
    let id = Markup.identifier(idPrefix)
    let layout = ChartLayout(self)
    // Inside a page the drawing is flush with the text around it; a file has some ground around it.
    let padding = style == nil ? 0.0 : 14
    let origin = NumberText.coordinate(-padding)
    let width = NumberText.coordinate(layout.width + 2 * padding)
    let height = NumberText.coordinate(layout.height + 2 * padding)
    var svg = """
      <svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" \
      aria-labelledby="\(id)-title \(id)-desc" viewBox="\(origin) \(origin) \(width) \(height)" \
      width="\(width)" height="\(height)">
      <title id="\(id)-title">\(Markup.escaped(title))</title>
      <desc id="\(id)-desc">\(Markup.escaped(description))</desc>

      """
    if let style {
      svg += """
        <style>\(style)</style>
        <rect class="chart-ground" x="\(origin)" y="\(origin)" \
        width="100%" height="100%" fill="none"/>

        """
    }
    // Lines may reach beyond the data area by their own width, so that those along an edge stay
    // whole.
    svg += """
      <clipPath id="\(id)-clip"><rect \
      x="\(NumberText.coordinate(layout.left - 3))" y="\(NumberText.coordinate(layout.top - 3))" \
      width="\(NumberText.coordinate(layout.right - layout.left + 6))" \
      height="\(NumberText.coordinate(layout.bottom - layout.top + 6))"/></clipPath>

      """
    svg += heading(layout) + axes(layout) + guideLines(layout)
    svg += "<g clip-path=\"url(#\(id)-clip)\">\n"
    for index in series.indices { svg += band(at: index, layout) }
    for index in series.indices { svg += line(at: index, layout) }
    svg += "</g>\n"
    for index in series.indices { svg += markers(at: index, layout) }
    return svg + "</svg>"
  }

  // MARK: Around the data area

  private func heading(_ layout: ChartLayout) -> String {
    var svg = ""
    for (row, line) in layout.titleLines.enumerated() {
      let y = ChartLayout.margin + Double(row) * ChartLayout.titleLineHeight + 14
      svg += Markup.text(line, x: ChartLayout.margin, y: y, classes: "chart-title")
    }
    for entry in layout.legend.entries {
      let x = ChartLayout.margin + entry.x
      let y = layout.legendTop + (Double(entry.row) + 0.5) * Legend.rowHeight
      let style = style(at: entry.index)
      svg += "<g class=\"chart-\(style.color.rawValue)\">"
      if !series[entry.index].band.isEmpty {
        svg += Self.bandPath(
          "M\(NumberText.coordinate(x)) \(NumberText.coordinate(y - 7))"
            + "h\(NumberText.coordinate(Legend.sampleWidth))v14H\(NumberText.coordinate(x))z")
      }
      let end = Pixel(x: x + Legend.sampleWidth, y: y)
      svg += Self.linePath(PathData.line([Pixel(x: x, y: y), end]), dash: style.dash)
      svg += Self.markerPath(style.marker, at: Pixel(x: x + Legend.sampleWidth / 2, y: y))
      svg += "</g>\n"
      svg += Markup.text(entry.name, x: x + Legend.nameOffset, y: y + 4.5, classes: "chart-name")
    }
    return svg
  }

  private func axes(_ layout: ChartLayout) -> String {
    var svg = ""
    for tick in layout.yTicks {
      let y = layout.yPixel(tick.value)
      svg += Markup.line(
        Pixel(x: layout.left, y: y), Pixel(x: layout.right, y: y), classes: "chart-grid")
      svg += Markup.text(
        tick.label, x: layout.left - ChartLayout.tickGap, y: y + 4.5, anchor: "end",
        classes: "chart-tick")
    }
    let numbers = layout.bottom + ChartLayout.tickGap + 12
    for tick in layout.xTicks {
      let x = layout.xPixel(tick.value)
      svg += Markup.line(
        Pixel(x: x, y: layout.bottom), Pixel(x: x, y: layout.bottom + 5), classes: "chart-axis")
      svg += Markup.text(tick.label, x: x, y: numbers, anchor: "middle", classes: "chart-tick")
    }
    svg += Markup.line(
      Pixel(x: layout.left, y: layout.bottom), Pixel(x: layout.right, y: layout.bottom),
      classes: "chart-axis")
    let width = layout.width - 2 * ChartLayout.margin
    if !x.labelWithUnit.isEmpty {
      svg += Markup.text(
        TextWidth.truncated(x.labelWithUnit, width: width), x: (layout.left + layout.right) / 2,
        y: numbers + ChartLayout.lineHeight + 3, anchor: "middle", classes: "chart-label")
    }
    if !y.labelWithUnit.isEmpty {
      svg += Markup.text(
        TextWidth.truncated(y.labelWithUnit, width: width), x: ChartLayout.margin,
        y: layout.yLabelTop + 13, classes: "chart-label")
    }
    return svg
  }

  private func guideLines(_ layout: ChartLayout) -> String {
    var (lines, texts) = ("", "")
    for label in layout.labelsAbove {
      let rowBottom =
        layout.top - ChartLayout.rowsGap - Double(label.row) * GuideLabels.lineHeight
      let end = label.isAcross ? rowBottom : rowBottom - GuideLabels.lineHeight + 4
      lines += Markup.line(
        Pixel(x: label.x, y: end), Pixel(x: label.x, y: layout.bottom), classes: "chart-guide")
      texts += Markup.text(label.text, x: label.textStart, y: rowBottom - 3, classes: "chart-note")
    }
    for label in layout.labelsBeside {
      lines += Markup.line(
        Pixel(x: layout.left, y: label.y), Pixel(x: layout.right, y: label.y),
        classes: "chart-guide")
      for (row, line) in label.lines.enumerated() {
        let y = label.middle - label.height / 2 + Double(row) * GuideLabels.lineHeight + 13
        texts += Markup.text(line, x: layout.right + 10, y: y, classes: "chart-note")
      }
    }
    return lines + texts
  }
}
