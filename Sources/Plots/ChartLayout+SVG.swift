// What is drawn around the data area.
extension ChartLayout {
  var xTicks: [Tick] { xAxis.ticks }
  var xScale: AxisScale { xAxis.scale }

  /// Title and legend.
  ///
  /// - Parameter sample: what stands before a name, from its left middle, in a group of its own.
  func heading(sample: (_ index: Int, _ place: Pixel) -> String) -> String {
    Markup.title(titleLines, isPanel: content.panel != nil)
      + legend.svg(left: Self.margin, top: legendTop, sample: sample)
  }

  /// Axes and guides, with lines of a grid, or ticks where the lines would be taken for others.
  func frame(hasGrid: Bool = true) -> String {
    var svg = ""
    for tick in yTicks {
      let y = yPixel(tick.value)
      svg +=
        hasGrid
        ? Markup.line(Pixel(x: left, y: y), Pixel(x: right, y: y), classes: "chart-grid")
        : Markup.line(Pixel(x: left - 5, y: y), Pixel(x: left, y: y), classes: "chart-axis")
      svg += Markup.text(
        tick.label, x: left - Self.tickGap, y: y + 4.5, anchor: "end", classes: "chart-tick")
    }
    if !hasGrid {
      svg += Markup.line(
        Pixel(x: left, y: top), Pixel(x: left, y: bottom), classes: "chart-axis")
    }
    svg += xAxis.line(from: left, to: right, at: bottom)
    let width = width - 2 * Self.margin
    if !content.x.labelWithUnit.isEmpty {
      let text = TextWidth.truncated(content.x.labelWithUnit, width: width)
      // Below a narrow data area a long label would reach beyond the drawing.
      let half = TextWidth.estimate(text) / 2
      let middle = max(Self.margin + half, min((left + right) / 2, self.width - Self.margin - half))
      svg += Markup.text(
        text, x: middle, y: bottom + Self.tickGap + 12 + Self.lineHeight + 3, anchor: "middle",
        classes: "chart-label")
    }
    if !content.y.labelWithUnit.isEmpty, content.panel?.showsYLabel != false {
      svg += Markup.text(
        TextWidth.truncated(content.y.labelWithUnit, width: width), x: Self.margin,
        y: yLabelTop + 13, classes: "chart-label")
    }
    if let bar = content.colorBar {
      svg += bar.svg(left: right, top: top, bottom: bottom, width: self.width)
    }
    return svg + guideLines()
  }

  /// The data area as a clip path.
  ///
  /// Lines may reach beyond it by their own width, so that those along an edge stay whole.
  func clipPath(id: String) -> String {
    """
    <clipPath id="\(id)"><rect \
    x="\(NumberText.coordinate(left - 3))" y="\(NumberText.coordinate(top - 3))" \
    width="\(NumberText.coordinate(right - left + 6))" \
    height="\(NumberText.coordinate(bottom - top + 6))"/></clipPath>

    """
  }

  private func guideLines() -> String {
    var (lines, texts) = ("", "")
    for label in labelsBeside {
      lines += Markup.line(
        Pixel(x: left, y: label.y), Pixel(x: right, y: label.y), classes: "chart-guide")
      for (row, line) in label.lines.enumerated() {
        let y = label.middle - label.height / 2 + Double(row) * GuideLabels.lineHeight + 13
        texts += Markup.text(line, x: right + 10, y: y, classes: "chart-note")
      }
    }
    return GuideLabels.svg(labelsAbove, top: top, bottom: bottom) + lines + texts
  }
}

extension GuideLabels {
  /// Vertical guides from `bottom` up to their labels, which stand above `top`.
  static func svg(_ labels: [Above], top: Double, bottom: Double) -> String {
    var (lines, texts) = ("", "")
    for label in labels {
      let rowBottom = top - ChartLayout.rowsGap - Double(label.row) * lineHeight
      let end = label.isAcross ? rowBottom : rowBottom - lineHeight + 4
      lines += Markup.line(
        Pixel(x: label.x, y: end), Pixel(x: label.x, y: bottom), classes: "chart-guide")
      texts += Markup.text(label.text, x: label.textStart, y: rowBottom - 3, classes: "chart-note")
    }
    return lines + texts
  }
}
