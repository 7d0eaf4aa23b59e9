import Testing

@testable import Plots

@Suite struct ContourPlotSVGTests {
  func plot(
    paths: [LineChart.Series] = [], hasEqualUnits: Bool = false,
    _ function: @escaping (Double, Double) -> Double = { $0 * $0 + $1 * $1 }
  ) -> ContourPlot {
    ContourPlot(
      title: "Title", x: .init("a"), y: .init("b"),
      grid: .init(x: -2...2, y: -1...1, function: function),
      levels: .values([0.25, 0.5]), name: "loss", paths: paths, hasEqualUnits: hasEqualUnits)
  }

  func count(_ name: String, _ plot: ContourPlot) -> Int {
    elements(of: plot.svg(idPrefix: "c")).count { $0.attributes["class"] == name }
  }

  @Test func `every level has a line and a number, the legend one more line`() {
    #expect(count("chart-contour", plot()) == 2 + 1)
    #expect(count("chart-level", plot()) == 2)
  }

  @Test func `the axes end where the grid does`() {
    let layout = plot().layout
    #expect(layout.xScale.range == -2...2)
    #expect(layout.yScale.range == -1...1)
  }

  @Test(arguments: [240.0, 360, 720, 1400])
  func `equal units make circles round`(width: Double) {
    var plot = plot(hasEqualUnits: true)
    plot.width = width
    let layout = plot.layout
    let x = (layout.xPixel(1) - layout.xPixel(0)) / (layout.yPixel(0) - layout.yPixel(1))
    #expect((x - 1).magnitude < 1e-9)
    #expect(layout.bottom - layout.top <= 400.001)
    #expect(layout.right <= width)
  }

  @Test func `a path has a ring at its start, dots on its way and a marker at its end`() {
    let points: [LineChart.Point] = [.init(-1, 0.5), .init(0, 0.5), .init(0.5, 0.5), .init(1, 0)]
    let plot = plot(paths: [.init("path", points: points)])
    #expect(count("chart-ring", plot) == 1)
    #expect(count("chart-step", plot) == 2)
    // One more in the legend.
    #expect(count("chart-marker", plot) == 1 + 1)
    #expect(count("chart-line", plot) == 1 + 1)
  }

  @Test func `a single point is a marker without a line`() {
    let plot = plot(paths: [.init("minimum", points: [.init(0, 0)])])
    #expect(count("chart-marker", plot) == 1 + 1)
    #expect(count("chart-line", plot) == 0)
    #expect(count("chart-ring", plot) == 0)
  }

  @Test func `marks out of sight are not drawn`() {
    let points: [LineChart.Point] = [.init(-5, 0), .init(0, 0), .init(7, 0)]
    let plot = plot(paths: [.init("path", points: points)])
    #expect(count("chart-ring", plot) == 0)
    #expect(count("chart-marker", plot) == 1)
  }

  @Test(arguments: [Double.nan, .infinity, 0, 1e308, -1e308])
  func `any values can be drawn`(value: Double) {
    let points: [LineChart.Point] = [.init(value, 0), .init(0, value), .init(1, 1)]
    for levels in [
      ContourPlot.Levels.linear(count: 5), .logarithmic(perDecade: 2), .values([value]),
    ] {
      var plot = plot(paths: [.init("path", points: points)]) { x, y in x > 0 ? value : x * y }
      plot.levels = levels
      for scale in [LineChart.Axis.Scale.linear, .log10] {
        (plot.x.scale, plot.y.scale) = (scale, scale)
        let svg = plot.svg(idPrefix: "c")
        expectFiniteAttributes(svg)
      }
    }
  }

  @Test func `numbers of levels cover neither each other nor a path`() {
    var plot = plot(paths: [.init("path", points: [.init(-2, -1), .init(2, 1)])])
    plot.levels = .linear(count: 30)
    expectFreeTexts(plot.drawing(width: nil, id: "c"))
    let layout = plot.layout
    let (start, end) = (layout.pixel(.init(-2, -1)), layout.pixel(.init(2, 1)))
    let labels = elements(of: plot.svg(idPrefix: "c")).filter {
      $0.name == "rect" && $0.attributes["class"] == "chart-ground"
    }
    #expect(labels.count > 5)
    for label in labels {
      let numbers = ["x", "y", "width", "height"].compactMap { Double(label.attributes[$0] ?? "") }
      let area = Area(
        left: numbers[0], top: numbers[1], right: numbers[0] + numbers[2],
        bottom: numbers[1] + numbers[3])
      for i in 0...1000 {
        let t = Double(i) / 1000
        let place = Pixel(x: start.x + t * (end.x - start.x), y: start.y + t * (end.y - start.y))
        // Corners may be touched between the places that are tried, 4 apart.
        let inner = Area(middle: area.middle, width: area.width - 4, height: area.height - 4)
        #expect(!inner.contains(place))
      }
    }
  }
}
