/// The key to colours that stand for numbers: a bar beside the data area, with ticks and a label.
struct ColorBar {
  let label: String
  let scale: AxisScale
  /// The attributes that colour what lies at a fraction of the scale, such as `fill="#ffffff"`.
  let fill: @Sendable (Double) -> String

  private static let gap = 18.0
  private static let barWidth = 14.0

  /// The ticks of a bar of common heights; few, since colours are told apart by eye.
  private var ticks: [Tick] {
    let found = scale.ticks(5)
    return found.count < 2 ? scale.ticks(9) : found
  }

  /// The width the bar takes beside the data area, with its numbers.
  var room: Double {
    let widest = ticks.map { TextWidth.estimate($0.label) }.max() ?? 0
    return Self.gap + Self.barWidth + 8 + widest
  }

  /// Where the label ends above a bar right of a data area that ends at `left`: with the numbers,
  /// or as far to the right as it needs.
  func labelEnd(left: Double) -> Double {
    max(left + room, ChartLayout.margin + TextWidth.estimate(label))
  }

  /// The bar right of a data area that ends at `left`, in a drawing of some `width`.
  func svg(left: Double, top: Double, bottom: Double, width: Double) -> String {
    let x = left + Self.gap
    let count = 40
    let step = (bottom - top) / Double(count)
    var svg = "<g shape-rendering=\"crispEdges\">"
    for i in 0..<count {
      let piece = Area(
        left: x, top: bottom - Double(i + 1) * step, right: x + Self.barWidth,
        bottom: bottom - Double(i) * step)
      svg += piece.rect(attributes: fill((Double(i) + 0.5) / Double(count)))
    }
    svg += "</g>\n"
    for tick in ticks {
      let y = bottom - scale.fraction(tick.value) * (bottom - top)
      let end = x + Self.barWidth
      svg += Markup.line(Pixel(x: end, y: y), Pixel(x: end + 4, y: y), classes: "chart-axis")
      svg += Markup.text(tick.label, x: end + 8, y: y + 4.5, classes: "chart-tick")
    }
    if !label.isEmpty {
      let text = TextWidth.truncated(label, width: width - 2 * ChartLayout.margin)
      svg += Markup.text(
        text, x: labelEnd(left: left), y: top - ChartLayout.rowsGap - 4, anchor: "end",
        classes: "chart-label")
    }
    return svg
  }
}
