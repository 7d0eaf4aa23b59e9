import Testing

@testable import Plots

/// One chart of each kind, with usual numbers.
let someCharts: [any Chart] = [
  LineChart(
    title: "Lines", x: .init("step"), y: .init("loss"),
    series: [.init("a", points: [.init(0, 1), .init(1, 2)])]),
  IntervalChart(
    title: "Intervals", x: .init("effect"),
    rows: [.init("a", .init(1, low: 0, high: .infinity, points: [0.5]))]),
  ContourPlot(
    title: "Contours", x: .init("a"), y: .init("b"), grid: .init(x: 0...1, y: 0...1) { $0 + $1 },
    paths: [.init("path", points: [.init(0, 0), .init(1, 1)])]),
  HeatMap(
    title: "Cells", x: .init("a", names: ["one", "two"]), y: .init("b", numbers: [1]),
    z: .init("accuracy", format: .percent), values: [[0.5, .nan]]),
  HistogramStrip(
    title: "Strip", x: .init("step"), y: .init("value"),
    samples: [(x: 0, values: [1, 2, 3]), (x: 10, values: [2, 3, 4])]),
  IntervalMark(
    title: "Mark", description: "An interval.", x: .init("effect"),
    interval: .init(1, low: 0, high: .infinity, points: [0.5]), lower: 0, upper: 0.2),
  SmallMultiples(
    title: "Panels",
    panels: [
      LineChart(
        title: "one", x: .init("step"), y: .init("loss"),
        series: [.init("a", points: [.init(0, 1), .init(1, 2)])])
    ]),
]

@Suite struct ChartTests {
  @Test(arguments: someCharts.indices)
  func `every chart is well-formed in every form, wide and narrow`(index: Int) {
    let chart = someCharts[index]
    for svg in [
      chart.svg(idPrefix: "a"), chart.svg(idPrefix: "b", width: 360, style: nil),
      chart.standaloneSVG(), chart.standaloneSVG(theme: .light), chart.standaloneSVG(theme: .dark),
    ] {
      let all = elements(of: svg)
      let ids = all.compactMap { $0.attributes["id"] }
      #expect(all.first?.name == "svg")
      #expect(Set(ids).count == ids.count)
      #expect(all.contains { $0.name == "title" } && all.contains { $0.name == "desc" })
      expectFiniteAttributes(svg)
      // What a clip path or a pattern is called has to be there.
      for reference in svg.split(separator: "url(#").dropFirst() {
        #expect(ids.contains(String(reference.prefix { $0 != ")" })))
      }
    }
  }

  @Test(arguments: someCharts.indices)
  func `every chart has words, a table and a file`(index: Int) {
    let chart = someCharts[index]
    #expect(chart.description.hasSuffix("."))
    let table = chart.dataTable()
    #expect(!table.rows.isEmpty)
    #expect(table.rows.allSatisfy { $0.count == table.columns.count })
    let lines = chart.csv().split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.last?.isEmpty == true)
    let counts = Set(lines.dropLast().map { $0.count { $0 == "," } })
    #expect(lines.count > 2 && counts.count == 1)
  }

  @Test func `a narrow drawing is as wide as it is asked to be`() {
    for chart in someCharts { #expect(chart.drawing(width: 360, id: "c").width == 360) }
  }

  @Test(arguments: someCharts.indices)
  func `texts lie within the drawing and do not cover each other`(index: Int) {
    for width in [240.0, 360, 720] {
      expectFreeTexts(someCharts[index].drawing(width: width, id: "c"))
    }
  }

  @Test func `charts are equal to their like only`() {
    for (i, one) in someCharts.enumerated() {
      for (j, other) in someCharts.enumerated() { #expect(one.isEqual(to: other) == (i == j)) }
    }
  }
}

/// The rectangles of all texts of a drawing, by the estimate of their widths.
func textAreas(_ drawing: ChartDrawing) -> [(text: String, area: Area)] {
  // A text element holds no other element, so its end is that of its line.
  drawing.elements.split(separator: "<text ").dropFirst().compactMap { piece in
    func attribute(_ name: String) -> String {
      String(piece.split(separator: "\(name)=\"").dropFirst().first?.prefix { $0 != "\"" } ?? "")
    }
    guard let x = Double(attribute(" x")), let y = Double(attribute(" y")),
      let start = piece.firstIndex(of: ">"), let end = piece.firstRange(of: "</text>")
    else { return nil }
    let text = piece[piece.index(after: start)..<end.lowerBound]
      .replacing("&#39;", with: "'").replacing("&amp;", with: "&")
    let classes = attribute("class")
    let size =
      classes == "chart-title" ? TextWidth.titleSize : classes == "chart-level" ? 11 : 13
    let width = TextWidth.estimate(String(text), size: size)
    let anchor = attribute("text-anchor")
    let left = anchor == "end" ? x - width : anchor == "middle" ? x - width / 2 : x
    let isTurned = attribute("transform").hasPrefix("rotate(-90")
    let area =
      isTurned
      // Turned texts end at their place, from below.
      ? Area(left: x - size * 0.75, top: y, right: x + size * 0.25, bottom: y + width)
      : Area(left: left, top: y - size * 0.75, right: left + width, bottom: y + size * 0.25)
    return (String(text), area)
  }
}

/// Records an issue for each text that leaves the drawing or covers another.
func expectFreeTexts(_ drawing: ChartDrawing, sourceLocation: SourceLocation = #_sourceLocation) {
  let texts = textAreas(drawing)
  let limits = Area(left: -0.5, top: -0.5, right: drawing.width + 0.5, bottom: drawing.height + 0.5)
  for (index, one) in texts.enumerated() {
    #expect(
      limits.contains(one.area), "\(one.text) leaves the drawing at width \(drawing.width)",
      sourceLocation: sourceLocation)
    for other in texts[..<index] {
      #expect(
        !one.area.overlaps(other.area), "\(one.text) covers \(other.text) at \(drawing.width)",
        sourceLocation: sourceLocation)
    }
  }
}
