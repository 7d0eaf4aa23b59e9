/// Where the labels of guides go, so that none covers another or a line of the chart.
enum GuideLabels {
  static let lineHeight = ChartLayout.lineHeight

  /// A vertical guide's label, in one of the rows above the data area.
  struct Above: Equatable {
    var text: String
    /// The place of the guide.
    var x: Double
    /// The left end of the text.
    var textStart: Double
    /// The row, counted upwards from the data area.
    var row: Int

    /// Whether the text stands across its guide, which then ends below it.
    var isAcross: Bool { extent.contains(x) }
    /// The space the text takes.
    var extent: ClosedRange<Double> { textStart...(textStart + TextWidth.estimate(text)) }
  }

  /// Finds rows for labels of vertical guides at `x`, within `limits`.
  ///
  /// A label starts right of its guide or, where there is no room, ends left of it or stands across
  /// it. The guide goes up to its label. A label takes the lowest row where it meets no other one,
  /// and where neither its guide crosses a label below nor a higher label's guide crosses it.
  static func above(
    _ guides: [(x: Double, label: String)], limits: ClosedRange<Double>
  ) -> [Above] {
    let width = limits.upperBound - limits.lowerBound
    let texts = guides.map { (x: $0.x, text: TextWidth.truncated($0.label, width: width - gap)) }
    func reach(_ guide: (x: Double, text: String)) -> Double {
      guide.x + gap + TextWidth.estimate(guide.text)
    }
    // From right to left, a guide goes up left of all labels that start at theirs; then from left
    // to right, it goes up right of all labels that end at theirs. Where that fails, the other
    // order or labels that keep clear of all guides may do.
    let starting = texts.filter { reach($0) <= limits.upperBound }.sorted { $0.x > $1.x }
    let ending = texts.filter { reach($0) > limits.upperBound }.sorted { $0.x < $1.x }
    let attempts = [
      (starting + ending, false), (ending + starting, false), (ending + starting, true),
    ]
    .lazy.map { placed($0, limits: limits, keepingClear: $1) }
    return (attempts.first { $0.isFree } ?? attempts[0]).labels
  }

  /// The room between a label and a guide.
  private static let gap = 4.0

  /// Places the labels of `guides` one after the other.
  ///
  /// - Returns: the labels, and whether none of them crosses another one or a guide.
  private static func placed(
    _ guides: [(x: Double, text: String)], limits: ClosedRange<Double>, keepingClear: Bool
  ) -> (labels: [Above], isFree: Bool) {
    var labels: [Above] = []
    var isFree = true
    for (x, text) in guides {
      let width = TextWidth.estimate(text)
      // Last choices stand across their guide, which ends below them: next to another guide, or at
      // a limit.
      let across = guides.map { $0.x + gap } + [limits.upperBound - width, limits.lowerBound]
      var starts = ([x + gap, x - gap - width] + across.filter { $0 <= x && x <= $0 + width })
        .filter { limits.lowerBound <= $0 && $0 + width <= limits.upperBound + 0.01 }
      if keepingClear {
        let isClear = { start in
          !guides.contains { $0.x != x && (start...start + width).contains($0.x) }
        }
        starts = starts.filter(isClear) + starts
      }
      let rows = (labels.map(\.row).max() ?? -1) + 1
      let choices = (0...rows).flatMap { row in
        starts.map { Above(text: text, x: x, textStart: $0, row: row) }
      }
      if let choice = choices.first(where: { choice in !labels.contains { meets(choice, $0) } }) {
        labels.append(choice)
      } else {
        // At least no text covers another.
        isFree = false
        let start = starts.first ?? limits.lowerBound
        labels.append(Above(text: text, x: x, textStart: start, row: rows))
      }
    }
    return (labels, isFree)
  }

  /// Whether one of two labels, or its guide, crosses the other one.
  private static func meets(_ a: Above, _ b: Above) -> Bool {
    if a.row == b.row {
      return a.extent.overlaps(b.extent) || a.extent.contains(b.x) || b.extent.contains(a.x)
    }
    let (upper, lower) = a.row > b.row ? (a, b) : (b, a)
    return lower.extent.contains(upper.x)
  }

  /// A horizontal guide's label, right of the data area.
  struct Beside: Equatable {
    var lines: [String]
    /// The place of the guide.
    var y: Double
    /// The middle of the text.
    var middle: Double

    var height: Double { Double(lines.count) * GuideLabels.lineHeight }
  }

  /// Moves labels apart that would overlap, as little as possible downwards, then up again at the
  /// end.
  static func beside(
    _ guides: [(y: Double, lines: [String])], limits: ClosedRange<Double>
  ) -> [Beside] {
    var placed =
      guides.sorted { $0.y < $1.y }.map { Beside(lines: $0.lines, y: $0.y, middle: $0.y) }
    var free = limits.lowerBound
    for i in placed.indices {
      placed[i].middle = max(placed[i].middle, free + placed[i].height / 2)
      free = placed[i].middle + placed[i].height / 2
    }
    var ceiling = max(limits.upperBound, limits.lowerBound + placed.reduce(0) { $0 + $1.height })
    for i in placed.indices.reversed() {
      placed[i].middle = min(placed[i].middle, ceiling - placed[i].height / 2)
      ceiling = placed[i].middle - placed[i].height / 2
    }
    return placed
  }
}
