import Testing

@testable import Plots

@Suite struct HistogramStripSVGTests {
  func strip(
    _ steps: [HistogramStrip.Step], shading: HistogramStrip.Shading = .eachStep
  ) -> HistogramStrip {
    HistogramStrip(
      title: "Title", x: .init("step"), y: .init("value"), steps: steps, shading: shading)
  }

  /// Opacity and path of the strips.
  func paths(_ strip: HistogramStrip) -> [(opacity: String, data: String)] {
    elements(of: strip.svg(idPrefix: "c"))
      .filter { $0.name == "path" && $0.attributes["class"] == "chart-heat" }
      .map { ($0.attributes["fill-opacity"] ?? "", $0.attributes["d"] ?? "") }
  }

  @Test func `darkness is density, the densest bin is full`() {
    // The second bin is twice as high, so it has half of the density of its share.
    let strip = strip([.init(0, edges: [0, 1, 3], shares: [0.5, 0.5])])
    let found = paths(strip)
    #expect(found.map(\.opacity) == ["0.50", "1.00"])
    let layout = strip.layout
    func y(_ value: Double) -> String { NumberText.coordinate(layout.yPixel(value)) }
    #expect(found.map { $0.data.contains(" \(y(1))V\(y(3))H") } == [true, false])
    #expect(found.map { $0.data.contains(" \(y(0))V\(y(1))H") } == [false, true])
  }

  @Test func `shading is by step or over all`() {
    let steps: [HistogramStrip.Step] = [
      .init(0, edges: [0, 1], shares: [1]), .init(1, edges: [0, 4], shares: [1]),
    ]
    #expect(paths(strip(steps)).map(\.opacity) == ["1.00"])
    #expect(paths(strip(steps, shading: .overall)).map(\.opacity) == ["0.25", "1.00"])
  }

  @Test func `equal neighbours are one rectangle and empty bins none`() {
    let steps: [HistogramStrip.Step] = [
      .init(0, edges: [0, 1, 2, 3, 4], shares: [0.5, 0.5, 0, 1])
    ]
    let found = paths(strip(steps))
    #expect(found.map(\.opacity) == ["0.50", "1.00"])
    #expect(found.map { $0.data.count { $0 == "M" } } == [1, 1])
  }

  @Test func `a step reaches half of the way to its neighbours`() {
    let places: [Double] = [10, 20, 60]
    let extents = places.indices.map { HistogramStrip.extent($0, of: places) }
    #expect(extents.map(\.left) == [5, 15, 40])
    #expect(extents.map(\.right) == [15, 40, 80])
    let alone = HistogramStrip.extent(0, of: [7])
    #expect(alone == (-3, 17))
  }

  @Test func `of very many steps evenly spread ones are drawn`() {
    let steps = (0..<5000).map { HistogramStrip.Step(Double($0), edges: [0, 1], shares: [1]) }
    let count = paths(strip(steps)).map(\.data).joined().count { $0 == "M" }
    #expect(count == 240)
  }

  @Test(
    arguments: [
      [], [.nan], [.infinity, -.infinity], [0], [5, 5], [1e308, -1e308], [.leastNonzeroMagnitude],
    ] as [[Double]])
  func `any values can be drawn on any axes`(values: [Double]) {
    for scale in [LineChart.Axis.Scale.linear, .log10] {
      let samples = ([0, 1, .nan] + values).map { (x: $0, values: values) }
      let strip = HistogramStrip(
        title: "Title", x: .init("x", scale: scale), y: .init("y", scale: scale), samples: samples)
      expectFiniteAttributes(strip.svg(idPrefix: "c"))
      #expect(strip.dataTable().columns.count == 4)
    }
    let raw = strip([
      .init(0, edges: [.nan, 0, 1], shares: [1, .nan]), .init(1, edges: [0, 0], shares: [1]),
      .init(2, edges: [], shares: []), .init(3, edges: [0, 1], shares: [-1]),
    ])
    expectFiniteAttributes(raw.svg(idPrefix: "c"))
  }
}
