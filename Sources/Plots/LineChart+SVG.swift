extension LineChart {
  /// The picture of the chart; one for a narrow screen is at most 240 high in its data area.
  public func drawing(width: Double?, id: String) -> ChartDrawing {
    var chart = self
    if let width {
      chart.width = width
      chart.plotHeight = min(plotHeight, 240)
    }
    let layout = ChartLayout(chart)
    return ChartDrawing(
      width: layout.width, height: layout.height, elements: chart.elements(layout, id: id))
  }

  func elements(_ layout: ChartLayout, id: String) -> String {
    var svg = layout.clipPath(id: "\(id)-clip")
    svg += layout.heading(sample: sample) + layout.frame()
    svg += "<g clip-path=\"url(#\(id)-clip)\">\n"
    for index in series.indices { svg += band(at: index, layout) }
    for index in series.indices { svg += line(at: index, layout) }
    svg += "</g>\n"
    for index in series.indices { svg += markers(at: index, layout) }
    return svg
  }

  /// A piece of a series' band, line and marker for the legend.
  func sample(of index: Int, at place: Pixel) -> String {
    let (x, y) = (place.x, place.y)
    let style = style(at: index)
    var svg = "<g class=\"chart-\(style.color.rawValue)\">"
    if !series[index].band.isEmpty {
      svg += Self.bandPath(
        "M\(NumberText.coordinate(x)) \(NumberText.coordinate(y - 7))"
          + "h\(NumberText.coordinate(Legend.sampleWidth))v14H\(NumberText.coordinate(x))z")
    }
    let end = Pixel(x: x + Legend.sampleWidth, y: y)
    svg += Self.linePath(PathData.line([Pixel(x: x, y: y), end]), dash: style.dash)
    svg += Self.markerPath(style.marker, at: Pixel(x: x + Legend.sampleWidth / 2, y: y))
    return svg + "</g>\n"
  }
}

extension ChartLayout {
  /// Lays out a line chart.
  init(_ chart: LineChart) { self.init(chart.content) }
}

extension LineChart {
  /// What the layout has to make room for.
  var content: ChartLayout.Content {
    .init(
      title: title, x: x, y: y, names: series.map(\.name), xValues: shownX, yValues: shownY,
      guides: guides, width: width, plotHeight: plotHeight)
  }

  /// The places along x that an axis without a range has to show.
  private var shownX: [Double] {
    series.flatMap { one in
      one.points.filter(canDraw).map(\.x) + one.band.filter(canDraw).map(\.x)
    } + guides.filter { $0.direction == .vertical }.map(\.value)
  }

  /// The places along y that an axis without a range has to show.
  private var shownY: [Double] {
    series.flatMap { one in
      one.points.filter(canDraw).map(\.y)
        + one.band.filter(canDraw).flatMap { [$0.lower, $0.upper] }
    } + guides.filter { $0.direction == .horizontal }.map(\.value)
  }
}
