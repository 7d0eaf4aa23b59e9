import Testing

@testable import Plots

@Suite struct IntervalChartSVGTests {
  func chart(_ rows: [IntervalChart.Row], x: LineChart.Axis = .init("x")) -> IntervalChart {
    IntervalChart(title: "Title", x: x, rows: rows, guides: [.vertical(at: 0, label: "no effect")])
  }

  func paths(_ name: String, _ chart: IntervalChart) -> [String] {
    elements(of: chart.svg(idPrefix: "c"))
      .filter { $0.name == "path" && $0.attributes["class"] == name }
      .compactMap { $0.attributes["d"] }
  }

  @Test func `a whisker goes from end to end, with bars, and the marker lies on it`() {
    let chart = chart([.init("a", .init(2, low: 1, high: 4))])
    let layout = IntervalLayout(chart)
    let (low, high) = (layout.axis.pixel(1), layout.axis.pixel(4))
    let y = layout.lane(0, of: 1, in: layout.rows[0])
    func text(_ value: Double) -> String { NumberText.coordinate(value) }
    #expect(
      paths("chart-whisker", chart) == [
        "M\(text(low)) \(text(y))H\(text(high))M\(text(low)) \(text(y - 4))v8"
          + "M\(text(high)) \(text(y - 4))v8"
      ])
    let marker = LineChart.Marker.circle.path(x: layout.axis.pixel(2), y: y)
    #expect(paths("chart-marker", chart) == [marker])
  }

  @Test func `an infinite end is an arrow at the edge`() {
    let chart = chart([.init("a", .init(2, low: -.infinity, high: .infinity))])
    let layout = IntervalLayout(chart)
    let whisker = paths("chart-whisker", chart).joined()
    #expect(whisker.hasPrefix("M\(NumberText.coordinate(layout.left)) "))
    #expect(whisker.contains("H\(NumberText.coordinate(layout.right))M"))
    #expect(!whisker.contains("v8"))
  }

  @Test func `an interval out of sight is an arrow towards it`() {
    let axis = LineChart.Axis("x", range: 0...1)
    let chart = chart([.init("a", .init(6, low: 5, high: 7))], x: axis)
    let layout = IntervalLayout(chart)
    let whisker = paths("chart-whisker", chart).joined()
    #expect(whisker.hasPrefix("M\(NumberText.coordinate(layout.axis.pixel(1))) "))
    #expect(whisker.contains("H\(NumberText.coordinate(layout.right))M"))
    #expect(!whisker.contains("v8"))
    #expect(paths("chart-marker", chart).isEmpty)
  }

  @Test func `an end that is not above zero is an arrow on a logarithmic axis`() {
    let axis = LineChart.Axis("x", scale: .log10)
    let chart = chart([.init("a", .init(2, low: 0, high: 4))], x: axis)
    let layout = IntervalLayout(chart)
    let whisker = paths("chart-whisker", chart).joined()
    #expect(whisker.hasPrefix("M\(NumberText.coordinate(layout.left)) "))
    #expect(whisker.count { $0 == "v" } == 1)
  }

  @Test func `a row's marks are lines across it alone, and within the axis`() {
    let chart = IntervalChart(
      title: "Title", x: .init("x"),
      rows: [
        .heading("rule"), .init("a", .init(2, low: 1, high: 4), marks: [-3, 3]),
        .init("b", .init(2)),
      ])
    let layout = IntervalLayout(chart)
    func text(_ value: Double) -> String { NumberText.coordinate(value) }
    let lines = elements(of: chart.svg(idPrefix: "c")).filter {
      $0.attributes["class"] == "chart-guide"
    }.map(\.attributes)
    #expect(lines.map { $0["x1"] } == [-3, 3].map { text(layout.axis.pixel($0)) })
    #expect(lines.allSatisfy { $0["y1"] == text(layout.rows[1].top) })
    #expect(lines.allSatisfy { $0["y2"] == text(layout.rows[1].bottom) })
  }

  @Test func `points are dots, those that are finite`() {
    let chart = chart([.init("a", .init(2, points: [1, .nan, 3, .infinity]))])
    let layout = IntervalLayout(chart)
    let dots = elements(of: chart.svg(idPrefix: "c")).filter { $0.name == "circle" }
    #expect(
      dots.map { $0.attributes["cx"] }
        == [1, 3].map {
          NumberText.coordinate(layout.axis.pixel($0))
        })
  }

  @Test func `a chart of unnamed series has no legend`() {
    let row = IntervalChart.Row("a", [.init(1), .init(2)])
    #expect(paths("chart-whisker", chart([row])).count == 0)
    var named = chart([row])
    named.series = [.init("one"), .init("two")]
    #expect(paths("chart-whisker", named).count == 2)
  }

  @Test(
    arguments: [
      [], [.nan], [.infinity], [-.infinity, .infinity], [0], [1e308, -1e308],
      [.leastNonzeroMagnitude, 1], [5, 5],
    ] as [[Double]])
  func `any values can be drawn on any axis`(values: [Double]) {
    for scale in [LineChart.Axis.Scale.linear, .log10] {
      for format in [LineChart.Axis.Format.number, .percent] {
        var rows: [IntervalChart.Row] = []
        for value in values {
          for other in values {
            rows.append(.init("row", .init(value, low: other, high: value, points: values)))
          }
        }
        let chart = chart(rows, x: .init("x", scale: scale, format: format))
        let svg = chart.svg(idPrefix: "c")
        expectFiniteAttributes(svg)
        #expect(chart.dataTable().rows.count == rows.count)
      }
    }
  }

  @Test func `many rows with long labels stay readable`() {
    let long = "a label that is much too long for a single line of its column"
    var rows: [IntervalChart.Row] = []
    for index in 0..<6 {
      rows.append(.heading("\(index) \(long) and \(long)"))
      let wide = IntervalChart.Interval(Double(index) * 1234.5, low: -1e5, high: 1e5)
      let open = IntervalChart.Interval(3, low: 2, high: .infinity)
      rows.append(.init("\(long) \(index)", [wide, nil, open]))
    }
    let chart = IntervalChart(
      title: long, x: .init(long, unit: "s"), rows: rows,
      series: [.init(long), .init("b"), .init("c")],
      guides: [.vertical(at: 0, label: long), .vertical(at: 100, label: "close by")], note: long)
    for width in [240.0, 360, 480, 720, 1000] {
      expectFreeTexts(chart.drawing(width: width, id: "c"))
    }
  }
}
