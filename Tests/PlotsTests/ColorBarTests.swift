import Testing

@testable import Plots

@Suite struct ColorBarTests {
  func bar(_ label: String = "loss", _ range: ClosedRange<Double> = 0...1) -> ColorBar {
    ColorBar(label: label, scale: AxisScale(LineChart.Axis("z", range: range), values: [])) {
      "data-place=\"\($0)\""
    }
  }

  @Test func `pieces fill the bar, lowest number at the bottom`() {
    let svg = bar().svg(left: 100, top: 20, bottom: 220, width: 300)
    let pieces = elements(of: "<svg>\(svg)</svg>").filter { $0.name == "rect" }
    #expect(pieces.count == 40)
    let places = pieces.compactMap { Double($0.attributes["data-place"] ?? "") }
    let tops = pieces.compactMap { Double($0.attributes["y"] ?? "") }
    #expect(zip(places, places.dropFirst()).allSatisfy { $0 < $1 })
    #expect(tops == (0..<40).map { 215 - Double($0) * 5 })
    #expect(pieces.allSatisfy { $0.attributes["height"] == "5" })
  }

  @Test func `ticks stand at their numbers`() {
    let svg = bar().svg(left: 100, top: 20, bottom: 220, width: 300)
    let lines = elements(of: "<svg>\(svg)</svg>").filter { $0.name == "line" }
    #expect(lines.compactMap { $0.attributes["y1"] } == ["220", "180", "140", "100", "60", "20"])
  }

  @Test(arguments: [0.0...1, 0.3...0.4, -1e6...1e6, 1...1.000001])
  func `numbers lie within the room`(range: ClosedRange<Double>) {
    let bar = bar("", range)
    let svg = bar.svg(left: 100, top: 20, bottom: 220, width: 300)
    let texts = textAreas(ChartDrawing(width: 300, height: 300, elements: svg))
    #expect(texts.count >= 2)
    #expect(texts.allSatisfy { $0.area.right <= 100 + bar.room + 0.1 })
  }

  @Test func `a long label reaches to the left`() {
    #expect(bar("z").labelEnd(left: 100) == 100 + bar("z").room)
    let long = String(repeating: "long ", count: 10)
    let bar = bar(long)
    let start = bar.labelEnd(left: 100) - TextWidth.estimate(long)
    #expect((start - ChartLayout.margin).magnitude < 1e-9)
  }
}
