extension HistogramStrip {
  /// The picture of the chart; one for a narrow screen is at most 240 high in its data area.
  public func drawing(width: Double?, id: String) -> ChartDrawing {
    var strip = self
    if let width {
      strip.width = width
      strip.plotHeight = min(plotHeight, 240)
    }
    let layout = strip.layout
    return ChartDrawing(
      width: layout.width, height: layout.height, elements: strip.elements(layout, id: id))
  }

  /// How many degrees of darkness there are.
  private static let degrees = 20
  /// The most steps that are drawn.
  private static let columns = 240

  var layout: ChartLayout { ChartLayout(content) }

  /// What the layout has to make room for.
  var content: ChartLayout.Content {
    let overlay = overlay
    // Bins without values do not widen the axis.
    let values = steps.flatMap { step in
      step.shares.indices.filter { step.shares[$0] > 0 }.flatMap { step.edges[$0...$0 + 1] }
    }
    let inLines = overlay.series.flatMap { $0.points.filter(overlay.canDraw) }
    let label = shading == .eachStep ? "density, by each step's peak" : "density, by the peak"
    let axis = LineChart.Axis(label, format: .percent, range: 0...1)
    let bar = ColorBar(label: label, scale: AxisScale(axis, values: []), fill: Self.fill)
    return .init(
      title: title, x: x, y: y, names: lines.map(\.name),
      xValues: steps.map(\.x) + inLines.map(\.x), yValues: values + inLines.map(\.y),
      colorBar: bar, width: width, plotHeight: plotHeight)
  }

  /// The lines as a chart of their own, in the colour of text but for what they ask for.
  private var overlay: LineChart {
    LineChart(
      title: title, x: x, y: y,
      series: lines.enumerated().map { index, line in
        var line = line
        line.color = line.color ?? .black
        // The middle one of percentiles is whole, as a median should be.
        let turn = (index + lines.count - lines.count / 2) % lines.count
        line.dash = line.dash ?? LineChart.Dash.allCases[turn % LineChart.Dash.allCases.count]
        return line
      })
  }

  /// What the legend shows of a line; and after the lines of the strips.
  func sample(of index: Int, at place: Pixel) -> String {
    guard index < lines.count else {
      let pieces = (0..<4).map { piece in
        let left = place.x + Double(piece) * Legend.sampleWidth / 4
        let area = Area(
          left: left, top: place.y - 7, right: left + Legend.sampleWidth / 4, bottom: place.y + 7)
        return area.rect(attributes: Self.fill(Double(piece + 1) / 4))
      }
      return "<g shape-rendering=\"crispEdges\">\(pieces.joined())</g>\n"
    }
    let style = overlay.style(at: index)
    let end = Pixel(x: place.x + Legend.sampleWidth, y: place.y)
    return "<g class=\"chart-\(style.color.rawValue)\">"
      + LineChart.linePath(PathData.line([place, end]), dash: style.dash) + "</g>\n"
  }

  /// The colour of a fraction of the greatest density.
  private static func fill(_ darkness: Double) -> String {
    "class=\"chart-heat chart-blue\" fill=\"currentColor\" fill-opacity=\"\(opacity(darkness))\""
  }

  func elements(_ layout: ChartLayout, id: String) -> String {
    let overlay = overlay
    var svg = layout.clipPath(id: "\(id)-clip")
    svg += layout.heading(sample: sample) + layout.frame()
    svg += "<g clip-path=\"url(#\(id)-clip)\">\n"
    svg += "<g class=\"chart-blue\" shape-rendering=\"crispEdges\">"
    for (degree, data) in paths(layout).enumerated() where !data.isEmpty {
      let opacity = Self.opacity(Double(degree) / Double(Self.degrees))
      svg += "<path class=\"chart-heat\" d=\"\(data)\" fill=\"currentColor\""
      svg += " fill-opacity=\"\(opacity)\"/>\n"
    }
    svg += "</g>\n"
    for index in lines.indices { svg += overlay.line(at: index, layout, hasHalo: true) }
    return svg + "</g>\n"
  }

  /// Two digits are finer than the degrees.
  private static func opacity(_ darkness: Double) -> String {
    NumberText.fixed(max(0, min(1, darkness)), decimals: 2)
  }

  /// The rectangles of each degree of darkness, from none to full.
  private func paths(_ layout: ChartLayout) -> [String] {
    let drawn = drawnSteps(layout)
    let densities = drawn.map { step in cells(of: step, layout) }
    let peak = densities.joined().map(\.density).max() ?? 0
    let places = drawn.map { layout.xPixel($0.x) }
    var result = [String](repeating: "", count: Self.degrees + 1)
    for (index, cells) in densities.enumerated() {
      let extent = Self.extent(index, of: places)
      let reference = shading == .overall ? peak : cells.map(\.density).max() ?? 0
      guard reference > 0 else { continue }
      let degrees = cells.map { Int(($0.density / reference * Double(Self.degrees)).rounded()) }
      var start = 0
      while start < cells.count {
        // Neighbours of one degree are one rectangle.
        var end = start + 1
        while end < cells.count, degrees[end] == degrees[start],
          cells[end].bottom == cells[end - 1].top
        { end += 1 }
        if degrees[start] > 0 {
          let (left, right) = (
            NumberText.coordinate(max(layout.left, extent.left)),
            NumberText.coordinate(min(layout.right, extent.right))
          )
          result[degrees[start]] +=
            "M\(left) \(NumberText.coordinate(cells[start].bottom))"
            + "V\(NumberText.coordinate(cells[end - 1].top))H\(right)"
            + "V\(NumberText.coordinate(cells[start].bottom))z"
        }
        start = end
      }
    }
    return result
  }

  /// The steps in sight, by their place; evenly spread ones of very many.
  private func drawnSteps(_ layout: ChartLayout) -> [Step] {
    let seen = steps.filter { x.canDraw($0.x) && layout.xScale.range.contains($0.x) }
      .sorted { $0.x < $1.x }
    guard seen.count > Self.columns else { return seen }
    return (0..<Self.columns).map { seen[$0 * (seen.count - 1) / (Self.columns - 1)] }
  }

  /// The bins of a step that have a place, from below: their edges, and the share by height.
  private func cells(
    of step: Step, _ layout: ChartLayout
  ) -> [(bottom: Double, top: Double, density: Double)] {
    step.shares.indices.compactMap { index in
      let share = step.shares[index]
      guard y.canDraw(step.edges[index]), y.canDraw(step.edges[index + 1]), share.isFinite,
        share >= 0
      else { return nil }
      let bottom = layout.yPixel(step.edges[index])
      // A bin without height, where percentiles agree, is drawn as a line.
      let top = min(bottom - 1, layout.yPixel(step.edges[index + 1]))
      return (bottom, top, share / (bottom - top))
    }
  }

  /// From half of the way to the place before to half of the way to the next; as far at the ends.
  static func extent(_ index: Int, of places: [Double]) -> (left: Double, right: Double) {
    let place = places[index]
    let before = index > 0 ? (place - places[index - 1]) / 2 : nil
    let after = index + 1 < places.count ? (places[index + 1] - place) / 2 : nil
    return (place - (before ?? after ?? 10), place + (after ?? before ?? 10))
  }
}
