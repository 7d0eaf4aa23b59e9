import Testing

@testable import Plots

@Suite struct PanelChartTests {
  let place = PanelPlace(
    width: 240, plotHeight: 150, titleLineCount: 1, showsXLabel: false, showsYLabel: false)

  @Test func `line charts show what any of them shows`() {
    let one = LineChart(
      title: "", x: .init("x"), y: .init("y", range: 0...9),
      series: [.init("a", points: [.init(0, 1), .init(4, 2)])])
    let other = LineChart(
      title: "", x: .init("x"), y: .init("y"),
      series: [.init("b", points: [.init(2, -1), .init(6, 5)]), .init("a", points: [])])
    let both = LineChart.sharingAxes([one, other], x: true, y: true)
    #expect(both.map(\.x.range) == [0...6, 0...6])
    // A given range is kept.
    #expect(both.map(\.y.range) == [0...9, -1...5])
    let apart = LineChart.sharingAxes([one, other], x: false, y: false)
    #expect(apart.map(\.x.range) == [nil, nil])
    // The second chart's first series is the second name of all.
    #expect(both[1].style(at: 0).color == .orange)
    #expect(both[1].style(at: 1) == both[0].style(at: 0))
  }

  @Test func `charts without values keep their axes`() {
    let empty = LineChart(title: "", x: .init("x"), y: .init("y"), series: [])
    #expect(LineChart.sharingAxes([empty, empty], x: true, y: true) == [empty, empty])
    #expect(LineChart.sharingAxes([], x: true, y: true).isEmpty)
  }

  @Test func `contours share the grids' extent and the looks of paths`() {
    func plot(_ range: ClosedRange<Double>, _ name: String) -> ContourPlot {
      ContourPlot(
        title: "", x: .init("x"), y: .init("y"), grid: .init(x: range, y: 0...1) { $0 + $1 },
        paths: [.init(name, points: [.init(0, 0)])])
    }
    let plots = ContourPlot.sharingAxes([plot(0...1, "a"), plot(-2...0.5, "b")], x: true, y: true)
    #expect(plots.map(\.x.range) == [-2...1, -2...1])
    #expect(plots.map { $0.paths[0].color } == [.blue, .orange])
    #expect(plots.map { $0.paths[0].dash } == [nil, nil])
    let entries = plots[0].panel(place, id: "p").entries
    #expect(entries.map(\.name) == ["a", "level lines"])
    #expect(entries.map(\.isLast) == [false, true])
  }

  @Test func `strips have their colours in the legend instead of a bar`() {
    let strip = HistogramStrip(
      title: "", x: .init("x"), y: .init("y"), samples: [(x: 0, values: [1, 2, 3])])
    let panel = strip.panel(place, id: "p")
    #expect(panel.entries.map(\.name).last == "density, by each step's peak")
    #expect(panel.entries.count == 4)
    #expect(!panel.drawing.elements.contains("density"))
    let sample = panel.entries[3].sample(Pixel(x: 10, y: 20))
    #expect(elements(of: sample).count { $0.name == "rect" } == 4)
  }

  @Test func `a panel hides the labels it is asked to, and keeps the room of the upper one`() {
    let chart = LineChart(
      title: "t", x: .init("across"), y: .init("up"), series: [.init("a", points: [.init(0, 1)])])
    let hidden = chart.panel(place, id: "p")
    let shown = chart.panel(
      PanelPlace(
        width: 240, plotHeight: 150, titleLineCount: 1, showsXLabel: true, showsYLabel: true),
      id: "p")
    let texts = { (panel: ChartPanel) in textAreas(panel.drawing).map(\.text) }
    #expect(!texts(hidden).contains("across") && !texts(hidden).contains("up"))
    #expect(texts(shown).contains("across") && texts(shown).contains("up"))
    #expect(hidden.bottom == shown.bottom)
    #expect(hidden.drawing.height < shown.drawing.height)
    #expect(!texts(shown).contains("a"))
  }
}
