import Testing

@testable import Plots

@Suite struct SmallMultiplesSVGTests {
  func panels(_ count: Int, title: String = "panel") -> [LineChart] {
    (0..<count).map { index in
      LineChart(
        title: "\(title) \(index)", x: .init("step"), y: .init("loss"),
        series: [
          .init("plain", points: [.init(0, 0), .init(10, Double(index))]),
          .init("batch", points: [.init(0, 1), .init(5, 2)]),
        ])
    }
  }

  /// The places of the panels.
  func places(_ chart: SmallMultiples<LineChart>, width: Double? = nil) -> [Pixel] {
    chart.drawing(width: width, id: "c").elements.split(separator: "translate(").dropFirst()
      .compactMap { piece in
        let numbers = piece.prefix { $0 != ")" }.split(separator: " ").compactMap { Double($0) }
        return numbers.count == 2 ? Pixel(x: numbers[0], y: numbers[1]) : nil
      }
  }

  @Test func `panels fill rows of equal columns`() {
    let found = places(SmallMultiples(title: "t", panels: panels(5)))
    // (720 - 2 * 20) / 3 wide, 20 apart.
    #expect(found.map(\.x) == [0, 246.7, 493.3, 0, 246.7])
    #expect(Set(found[..<3].map(\.y)).count == 1)
    #expect(found[3].y > found[0].y + 150 && found[3].y == found[4].y)
  }

  @Test func `a narrow drawing has fewer columns`() {
    let chart = SmallMultiples(title: "t", panels: panels(3))
    #expect(Set(places(chart, width: 360).map(\.x)) == [0])
    #expect(Set(places(chart, width: 500).map(\.x)).count == 2)
  }

  @Test func `a name has one entry in the legend, and axes are labelled once a row and column`() {
    let drawing = SmallMultiples(title: "t", panels: panels(6)).drawing(width: nil, id: "c")
    let texts = textAreas(drawing).map(\.text)
    #expect(texts.count { $0 == "plain" } == 1)
    #expect(texts.count { $0 == "step" } == 3)
    #expect(texts.count { $0 == "loss" } == 2)
    let apart = SmallMultiples(title: "t", panels: panels(6), sharesX: false, sharesY: false)
    let more = textAreas(apart.drawing(width: nil, id: "c")).map(\.text)
    #expect(more.count { $0 == "step" } == 6 && more.count { $0 == "loss" } == 6)
  }

  @Test func `ids of panels differ`() {
    let all = elements(of: SmallMultiples(title: "t", panels: panels(4)).svg(idPrefix: "c"))
    let ids = all.compactMap { $0.attributes["id"] }
    #expect(ids.count == 2 + 4 && Set(ids).count == ids.count)
  }

  @Test func `texts of each panel are free`() {
    let long = "a title long enough to be wrapped into lines, of panel"
    for width in [240.0, 360, 720, 1000] {
      for panel in panels(3, title: long) {
        let place = PanelPlace(
          width: max(200, width / 3), plotHeight: 150, titleLineCount: 4, showsXLabel: true,
          showsYLabel: true)
        expectFreeTexts(panel.panel(place, id: "p").drawing)
      }
      let height = SmallMultiples(title: long, panels: panels(7)).drawing(width: width, id: "c")
        .height
      #expect(height > 7 * 150 / 4)
    }
  }

  @Test func `data areas of a row end at one height, whatever the titles`() {
    var charts = panels(2)
    charts[0].title = String(repeating: "long ", count: 20)
    let chart = SmallMultiples(title: "t", panels: charts, columnCount: 2)
    let elements = chart.drawing(width: nil, id: "c").elements
    let shifts = places(chart).map(\.y)
    // The x axis is the lowest horizontal line of a panel.
    let lowest = elements.split(separator: "<g transform").dropFirst().map { panel in
      panel.split(separator: "class=\"chart-axis\"").dropFirst().compactMap { line in
        Double(line.split(separator: "y1=\"")[1].prefix { $0 != "\"" })
      }.max() ?? 0
    }
    #expect(lowest.count == 2)
    #expect((shifts[0] + lowest[0] - shifts[1] - lowest[1]).magnitude < 0.11)
  }

  @Test func `no panels and empty panels can be drawn`() {
    let none = SmallMultiples<LineChart>(title: "t", panels: [])
    expectFiniteAttributes(none.svg(idPrefix: "c"))
    #expect(none.dataTable().rows.isEmpty && none.csv() == "panel\n")
    let empty = LineChart(title: "", x: .init(""), y: .init(""), series: [])
    for columns in [-1, 0, 1, 9] {
      let chart = SmallMultiples(title: "", panels: [empty, empty], columnCount: columns)
      expectFiniteAttributes(chart.svg(idPrefix: "c"))
    }
  }
}
