import Testing

@testable import Plots

@Suite struct HeatMapSVGTests {
  func map(_ values: [[Double]], z: LineChart.Axis = .init("z")) -> HeatMap {
    let columns = values.first?.count ?? 0
    return HeatMap(
      title: "Title", x: .init("columns", names: (0..<columns).map { "column \($0)" }),
      y: .init("rows", names: values.indices.map { "row \($0)" }), z: z, values: values)
  }

  /// The fills of the cells, without those of the colour bar.
  func fills(_ map: HeatMap) -> [String] {
    let all = elements(of: map.svg(idPrefix: "c"))
      .filter { $0.name == "rect" }.compactMap { $0.attributes["fill"] }
    return Array(all.prefix(map.x.names.count * map.y.names.count))
  }

  @Test func `cells have the colours of their numbers, and missing ones are hatched`() {
    let ends = [ColorScale.sequential.color(0).text, ColorScale.sequential.color(1).text]
    #expect(fills(map([[1, 2], [.nan, 1]])) == [ends[0], ends[1], "url(#c-hatch)", ends[0]])
  }

  @Test func `numbers that a logarithmic scale cannot show are hatched`() {
    let found = fills(map([[0, 1, 10, -1, .infinity]], z: .init("z", scale: .log10)))
    #expect(found.map { $0.hasPrefix("url") } == [true, false, false, true, true])
  }

  @Test func `numbers stand on dark cells in white and on light ones in black`() {
    let all = elements(of: map([[1, 2]]).svg(idPrefix: "c"))
    #expect(all.count { $0.attributes["class"] == "chart-on-dark" } == 1)
    #expect(all.count { $0.attributes["class"] == "chart-on-light" } == 1)
  }

  @Test func `cells too small for numbers have none`() {
    let map = map([(0..<60).map { Double($0) + 0.5 }])
    #expect(!map.svg(idPrefix: "c").contains("class=\"chart-on-"))
  }

  @Test func `many long names stay readable`() {
    for count in [1, 3, 8, 20] {
      let names = (0..<count).map { "a rather long name \($0)" }
      let map = HeatMap(
        title: "Title", x: .init("the label of the columns, which is long", names: names),
        y: .init("the label of the rows, which is long, too", names: names),
        z: .init("what is counted", unit: "units"),
        values: names.indices.map { i in names.indices.map { Double(i * $0) - 100.25 } })
      for width in [320.0, 360, 720] { expectFreeTexts(map.drawing(width: width, id: "c")) }
    }
  }

  @Test(
    arguments: [
      [], [[]], [[.nan]], [[5]], [[5, 5]], [[.infinity, -.infinity]], [[1e308, -1e308]], [[0]],
    ] as [[[Double]]])
  func `any values can be drawn`(values: [[Double]]) {
    for palette in [
      HeatMap.Palette.sequential, .diverging(center: 0), .diverging(center: .nan),
      .diverging(center: 1e9),
    ] {
      for scale in [LineChart.Axis.Scale.linear, .log10] {
        var map = map(values, z: .init("z", scale: scale))
        map.palette = palette
        expectFiniteAttributes(map.svg(idPrefix: "c"))
        #expect(map.csv().hasPrefix("rows,columns,z\n"))
        #expect(map.dataTable().rows.count == values.count)
      }
    }
  }
}
