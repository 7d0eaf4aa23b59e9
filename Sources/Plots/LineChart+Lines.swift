// What is drawn in the data area: bands, lines and markers.
extension LineChart {
  func band(at index: Int, _ layout: ChartLayout) -> String {
    let series = series[index]
    var data = ""
    for run in series.band.runs(where: canDraw) {
      var lower = run.map { layout.pixel(Point($0.x, $0.lower)) }
      var upper = run.map { layout.pixel(Point($0.x, $0.upper)) }
      if series.band.count > Thinning.threshold {
        (lower, upper) = Thinning.envelope(lower: lower, upper: upper)
      }
      data += PathData.area(lower: lower, upper: upper)
    }
    return data.isEmpty ? "" : colored(index, Self.bandPath(data))
  }

  /// The line of a series; with a halo where it has to stand out from colours under it.
  func line(at index: Int, _ layout: ChartLayout, hasHalo: Bool = false) -> String {
    let series = series[index]
    var data = ""
    for run in series.points.runs(where: canDraw) where run.count > 1 {
      let pixels = run.map(layout.pixel)
      data += PathData.line(
        series.points.count > Thinning.threshold ? Thinning.minMax(pixels) : pixels)
    }
    if data.isEmpty { return "" }
    let halo = hasHalo ? "<path class=\"chart-halo\" d=\"\(data)\" fill=\"none\"/>" : ""
    return colored(index, halo + Self.linePath(data, dash: style(at: index).dash))
  }

  /// Markers at the end of the line, at a few points on its way, and at points that no line reaches
  /// since both neighbours are gaps.
  ///
  /// Markers on the way tell lines apart where noise blurs their dashes. Each series has them at
  /// places of its own, so that those of neighbouring lines do not cover each other.
  func markers(at index: Int, _ layout: ChartLayout) -> String {
    let runs = series[index].points.runs(where: canDraw)
    var pixels = runs.filter { $0.count == 1 }.joined().map(layout.pixel).filter(layout.contains)
    if pixels.count > Thinning.threshold { pixels = Thinning.minMax(pixels) }
    let drawn = runs.filter { $0.count > 1 }.joined().map(layout.pixel).filter(layout.contains)
    let turn = (Double(index) + 0.5) / Double(series.count)
    pixels += Self.spread(drawn, from: layout.left, to: layout.right, turn: turn)
    // Where the range ends before the line does, the marker stands at the last point in sight.
    if let last = runs.last, last.count > 1, let end = drawn.last { pixels.append(end) }
    let marker = style(at: index).marker
    let paths = pixels.map { Self.markerPath(marker, at: $0) }.joined()
    return paths.isEmpty ? "" : colored(index, paths)
  }

  /// Of `pixels`, those nearest to `turn` of the way through each quarter of the width; through
  /// each half or the whole, where quarters would be narrow.
  ///
  /// None is chosen close to the last one, which has its marker anyway, nor far from its place.
  private static func spread(
    _ pixels: [Pixel], from left: Double, to right: Double, turn: Double
  ) -> [Pixel] {
    guard let last = pixels.last else { return [] }
    let count = max(1, min(4, Int((right - left) / 110)))
    let part = (right - left) / Double(count)
    return (0..<count).compactMap { number in
      let place = left + (Double(number) + turn) * part
      return pixels.min { ($0.x - place).magnitude < ($1.x - place).magnitude }
        .flatMap {
          ($0.x - place).magnitude < part / 2 && (last.x - $0.x).magnitude > 24 ? $0 : nil
        }
    }
  }

  private func colored(_ index: Int, _ content: String) -> String {
    "<g class=\"chart-\(style(at: index).color.rawValue)\">\(content)</g>\n"
  }

  // The attributes hold where there is no style sheet; it outranks them where there is one.

  static func bandPath(_ data: String) -> String {
    "<path class=\"chart-band\" d=\"\(data)\" fill=\"currentColor\" fill-opacity=\"0.2\"/>"
  }

  static func linePath(_ data: String, dash: Dash) -> String {
    let pattern = dash.pattern.map { " stroke-dasharray=\"\($0)\"" } ?? ""
    return "<path class=\"chart-line\" d=\"\(data)\" fill=\"none\" stroke=\"currentColor\""
      + " stroke-width=\"2\" stroke-linejoin=\"round\"\(pattern)/>"
  }

  static func markerPath(_ marker: Marker, at pixel: Pixel) -> String {
    let data = marker.path(x: pixel.x, y: pixel.y)
    return "<path class=\"chart-marker\" d=\"\(data)\" fill=\"currentColor\"/>"
  }
}
