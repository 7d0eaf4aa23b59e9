extension LineChart {
  /// The chart in words, for readers who do not see it.
  ///
  /// What is plotted and over which range, then of each series where it starts and ends and its
  /// highest and lowest values, then what the guides mark.
  public var description: String {
    var sentences = [opening]
    if series.isEmpty { sentences.append("There are no series.") }
    sentences += series.map { "\($0.name): \(summary(of: $0))." }
    let marks = guides.filter { ($0.direction == .vertical ? x : y).canDraw($0.value) }.map(phrase)
    if !marks.isEmpty { sentences.append("Marked: \(marks.joined(separator: "; ")).") }
    return sentences.joined(separator: " ")
  }

  private var opening: String {
    func name(_ axis: Axis, _ fallback: String) -> String {
      (axis.label.isEmpty ? fallback : axis.label) + (axis.scale == .log10 ? " (logarithmic)" : "")
    }
    let places = series.flatMap { $0.points.filter(canDraw).map(\.x) }
    let plotted = "Line chart of \(name(y, "y")) by \(name(x, "x"))"
    guard let first = places.min(), let last = places.max() else { return plotted + "." }
    return first == last
      ? "\(plotted), at \(x.text(first))." : "\(plotted), \(x.text(first)) to \(x.text(last))."
  }

  /// "from 10 % to 96.9 %, highest 97.2 % at step 8,640".
  ///
  /// An extreme that reads as the first or the last value does is not told again.
  func summary(of series: Series) -> String {
    let runs = series.points.runs(where: canDraw)
    let points = runs.joined()
    guard let first = points.first, let last = runs.last?.last,
      let lowest = points.min(by: { $0.y < $1.y }), let highest = points.max(by: { $0.y < $1.y })
    else { return "no values" }
    var parts: [String]
    let ends = [y.text(first.y), y.text(last.y)]
    let isConstant = lowest.y == highest.y
    if points.count == 1 {
      parts = ["one value, \(place(of: first))"]
    } else if isConstant {
      parts = ["constant at \(ends[0])"]
    } else if y.text(lowest.y) == y.text(highest.y) {
      parts = ["nearly constant at \(ends[0])"]
    } else {
      parts = ["from \(ends[0]) to \(ends[1])"]
      if !ends.contains(y.text(lowest.y)) { parts.append("lowest \(place(of: lowest))") }
      if !ends.contains(y.text(highest.y)) { parts.append("highest \(place(of: highest))") }
    }
    if let end = series.band.last(where: canDraw) {
      let place = "\(x.label.isEmpty ? "x" : x.label) \(x.text(end.x))"
      parts.append("with a band, \(y.text(end.lower)) to \(y.text(end.upper)) at \(place)")
    }
    if runs.count > 1 { parts.append("with \(runs.count - 1) gap\(runs.count == 2 ? "" : "s")") }
    return parts.joined(separator: ", ")
  }

  private func place(of point: Point) -> String {
    "\(y.text(point.y)) at \(x.label.isEmpty ? "x" : x.label) \(x.text(point.x))"
  }

  /// The label, and the value unless the label says it.
  private func phrase(_ guide: Guide) -> String {
    let value = (guide.direction == .vertical ? x : y).text(guide.value)
    return guide.label.contains(value) ? guide.label : "\(guide.label) at \(value)"
  }
}
