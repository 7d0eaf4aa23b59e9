extension ContourPlot {
  /// The picture of the chart; one for a narrow screen is at most 320 high in its data area.
  public func drawing(width: Double?, id: String) -> ChartDrawing {
    var chart = self
    if let width {
      chart.width = width
      chart.plotHeight = min(plotHeight, 320)
    }
    let layout = chart.layout
    return ChartDrawing(
      width: layout.width, height: layout.height, elements: chart.elements(layout, id: id))
  }

  var layout: ChartLayout { ChartLayout(content) }

  /// What the layout has to make room for.
  var content: ChartLayout.Content {
    let overlay = overlay
    let isLinear = x.scale == .linear && y.scale == .linear
    return .init(
      title: title, x: overlay.x, y: overlay.y, names: paths.map(\.name) + [legendName],
      xValues: grid.x, yValues: grid.y, hasLooseY: false, width: width, plotHeight: plotHeight,
      hasEqualUnits: hasEqualUnits && isLinear)
  }

  private var legendName: String { name.isEmpty ? "level lines" : "levels of \(name)" }

  /// The paths as a line chart of their own, whose axes end where the grid does.
  var overlay: LineChart {
    func fitted(_ axis: LineChart.Axis, to places: [Double]) -> LineChart.Axis {
      var axis = axis
      if axis.range == nil, let first = places.first(where: axis.canDraw), let last = places.last,
        first < last
      {
        axis.range = first...last
      }
      return axis
    }
    // Paths end in markers that tell them apart; dashes would hide where they turn.
    let series = paths.map { path in
      var path = path
      path.dash = path.dash ?? .solid
      return path
    }
    return LineChart(
      title: title, x: fitted(x, to: grid.x), y: fitted(y, to: grid.y), series: series)
  }

  func elements(_ layout: ChartLayout, id: String) -> String {
    let overlay = overlay
    var svg = layout.clipPath(id: "\(id)-clip")
    svg += layout.heading(sample: sample) + layout.frame(hasGrid: false)

    let levels = shownLevels.map { level in
      let lines = LevelLines.lines(of: grid, at: level).map { line in
        Thinning.straightened(line.filter(overlay.canDraw).map(layout.pixel))
      }
      return (value: level, lines: lines.filter { $0.count > 1 })
    }
    let runs = paths.map { $0.points.runs(where: overlay.canDraw).map { $0.map(layout.pixel) } }
    svg += "<g clip-path=\"url(#\(id)-clip)\">\n"
    for level in levels where !level.lines.isEmpty {
      svg += Self.contour(level.lines.map(PathData.line).joined())
    }
    svg += "</g>\n"
    svg += labels(levels, runs.flatMap { $0 }, layout)
    svg += "<g clip-path=\"url(#\(id)-clip)\">\n"
    for index in paths.indices { svg += overlay.line(at: index, layout) }
    svg += "</g>\n"
    for index in paths.indices { svg += marks(at: index, runs[index], overlay, layout) }
    return svg
  }

  /// What the legend shows of a path, of a single point its marker alone; and after the paths of
  /// the level lines.
  func sample(of index: Int, at place: Pixel) -> String {
    let overlay = overlay
    guard index < paths.count else {
      let end = Pixel(x: place.x + Legend.sampleWidth, y: place.y)
      return Self.contour(PathData.line([place, end]))
    }
    guard paths[index].points.count == 1 else { return overlay.sample(of: index, at: place) }
    let style = overlay.style(at: index)
    let middle = Pixel(x: place.x + Legend.sampleWidth / 2, y: place.y)
    return "<g class=\"chart-\(style.color.rawValue)\">"
      + LineChart.markerPath(style.marker, at: middle) + "</g>\n"
  }

  private static func contour(_ data: String) -> String {
    "<path class=\"chart-contour\" d=\"\(data)\" fill=\"none\" stroke=\"currentColor\"/>\n"
  }

  private func labels(
    _ levels: [(value: Double, lines: [[Pixel]])], _ paths: [[Pixel]], _ layout: ChartLayout
  ) -> String {
    let area = Area(
      left: layout.left + 2, top: layout.top + 2, right: layout.right - 2, bottom: layout.bottom - 2
    )
    var labels = LevelLabels(limits: area, paths: paths, lines: levels.flatMap(\.lines))
    // The outermost levels say the most, and the lines in between are counted from them.
    for index in levels.indices.sorted(by: {
      min($0, levels.count - $0) < min($1, levels.count - $1)
    }) {
      let level = levels[index]
      labels.add(NumberText.significant(level.value, digits: 3), on: level.lines)
    }
    return labels.labels.map {
      $0.area.rect(classes: "chart-ground")
        + Markup.text(
          $0.text, x: $0.area.middle.x, y: $0.area.middle.y + 4, anchor: "middle",
          classes: "chart-level")
    }.joined()
  }

  /// A ring at the start of a path, dots at its steps where they are few, a marker at its end.
  private func marks(
    at index: Int, _ runs: [[Pixel]], _ overlay: LineChart, _ layout: ChartLayout
  ) -> String {
    let pixels = Array(runs.joined())
    var svg = ""
    func circle(_ place: Pixel, _ name: String, _ radius: Double) -> String {
      "<circle class=\"\(name)\" cx=\"\(NumberText.coordinate(place.x))\""
        + " cy=\"\(NumberText.coordinate(place.y))\" r=\"\(NumberText.coordinate(radius))\""
        + " fill=\"currentColor\"/>"
    }
    if pixels.count <= 100 {
      for pixel in pixels.dropFirst().dropLast() where layout.contains(pixel) {
        svg += circle(pixel, "chart-step", 2.5)
      }
    }
    if pixels.count > 1, let first = pixels.first, layout.contains(first) {
      svg += circle(first, "chart-ring", 4.5)
    }
    if let last = pixels.last, layout.contains(last) {
      svg += LineChart.markerPath(overlay.style(at: index).marker, at: last)
    }
    let color = overlay.style(at: index).color.rawValue
    return svg.isEmpty ? "" : "<g class=\"chart-\(color)\">\(svg)</g>\n"
  }
}
