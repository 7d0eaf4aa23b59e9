import Testing

@testable import Plots

@Suite struct LineChartSVGTests {
  func chart(
    _ series: [LineChart.Series], x: LineChart.Axis = .init("step"),
    y: LineChart.Axis = .init("value"),
    guides: [LineChart.Guide] = []
  ) -> LineChart {
    LineChart(title: "Title", x: x, y: y, series: series, guides: guides)
  }

  /// The `d` attributes of the paths of a class in the data area; the legend's samples are left
  /// out.
  func paths(_ name: String, in chart: LineChart) -> [String] {
    let all = elements(of: chart.svg(idPrefix: "c"))
      .filter { $0.name == "path" && $0.attributes["class"] == name }
      .compactMap { $0.attributes["d"] }
    let samples = chart.series.count { name != "chart-band" || !$0.band.isEmpty }
    return Array(all.dropFirst(samples))
  }

  @Test func `the element is a named and described image`() {
    let svg = chart([.init("a", points: [.init(0, 1), .init(1, 2)])]).svg(idPrefix: "loss")
    let all = elements(of: svg)
    #expect(all.first?.name == "svg")
    #expect(all.first?.attributes["role"] == "img")
    #expect(all.first?.attributes["aria-labelledby"] == "loss-title loss-desc")
    #expect(all.first { $0.name == "title" }?.attributes["id"] == "loss-title")
    #expect(all.first { $0.name == "desc" }?.attributes["id"] == "loss-desc")
    #expect(svg.contains(">Line chart of value by step, 0 to 1. a: from 1 to 2.</desc>"))
  }

  @Test func `text is escaped wherever it stands`() {
    let nasty = "</text><script>&\"'"
    let chart = LineChart(
      title: nasty, x: .init(nasty, unit: nasty), y: .init(nasty),
      series: [.init(nasty, points: [.init(0, 0), .init(1, 1)])],
      guides: [.vertical(at: 0.5, label: nasty), .horizontal(at: 0.5, label: nasty)])
    for svg in [chart.svg(idPrefix: nasty), chart.standaloneSVG()] {
      #expect(!elements(of: svg).contains { $0.name == "script" })
    }
  }

  @Test func `a value that is not finite leaves a gap`() {
    let y: [Double] = [1, 2, .nan, 3, 4, .infinity, 5]
    let gappy = chart([.init("a", x: (0..<7).map(Double.init), y: y)])
    let lines = paths("chart-line", in: gappy)
    #expect(lines.count == 1)
    #expect(lines.joined().count { $0 == "M" } == 2)
    #expect(lines.joined().count { $0 == "L" } == 2)
  }

  @Test func `a point between gaps has a marker`() {
    let points: [LineChart.Point] = [.init(0, 1), .init(1, .nan), .init(2, 2)]
    #expect(paths("chart-line", in: chart([.init("a", points: points)])).isEmpty)
    #expect(paths("chart-marker", in: chart([.init("a", points: points)])).count == 2)
  }

  @Test func `long series are thinned and keep their spikes`() {
    let x = (0..<50_000).map(Double.init)
    let spiky = chart([.init("a", x: x, y: x.map { $0 == 31_415 ? 100 : 0 })])
    let line = paths("chart-line", in: spiky).joined()
    #expect(line.count { $0 == "L" } < 2400)
    let top = NumberText.coordinate(ChartLayout(spiky).yPixel(100))
    #expect(line.contains(" \(top)L"))
  }

  @Test func `a band is one closed area`() {
    let band: [LineChart.BandPoint] = [.init(0, lower: 1, upper: 2), .init(1, lower: 2, upper: 3)]
    let areas = paths("chart-band", in: chart([.init("a", points: [.init(0, 1)], band: band)]))
    #expect(areas.count == 1)
    #expect(areas.joined().count { $0 == "z" } == 1)
  }

  @Test func `guides out of sight are not drawn`() {
    let x = LineChart.Axis("step", range: 0...10)
    let guides: [LineChart.Guide] = [
      .vertical(at: 5, label: "five"), .vertical(at: 50, label: "fifty"),
      .vertical(at: .nan, label: "nan"),
    ]
    let all = elements(of: chart([], x: x, guides: guides).svg(idPrefix: "c"))
    #expect(all.count { $0.attributes["class"] == "chart-guide" } == 1)
  }

  @Test(
    arguments: [
      [], [.nan], [.nan, .nan, .nan], [5], [5, 5, 5], [0], [0, 0], [-1, 0, 1],
      [.infinity, -.infinity, 1],
      [1e300, -1e300], [1e308, 1], [.leastNonzeroMagnitude, 0], [1, 1 + 1e-15], [1e-20, 1e20],
      [-5, -6],
    ] as [[Double]])
  func `any values can be drawn on any axes`(values: [Double]) {
    let scales: [LineChart.Axis.Scale] = [.linear, .log10]
    for xScale in scales {
      for yScale in scales {
        for format in [LineChart.Axis.Format.number, .percent] {
          let chart = chart(
            [
              .init("a", x: values.indices.map(Double.init), y: values),
              .init("b", x: values, y: values),
            ],
            x: .init("x", scale: xScale, format: format),
            y: .init("y", scale: yScale, format: format),
            guides: values.map { .horizontal(at: $0, label: "here") }
              + values.map { .vertical(at: $0, label: "there") })
          let svg = chart.svg(idPrefix: "c")
          #expect(!elements(of: svg).isEmpty)
          #expect(!svg.contains("\"nan") && !svg.contains("inf"))
        }
      }
    }
  }

  @Test func `a file has its style and ground inside`() {
    let all = elements(of: chart([]).standaloneSVG())
    #expect(all.contains { $0.name == "style" })
    #expect(all.contains { $0.attributes["class"] == "chart-ground" })
    #expect(!elements(of: chart([]).svg(idPrefix: "c")).contains { $0.name == "style" })
  }
}
