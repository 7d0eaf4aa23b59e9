import Testing

@testable import Plots

@Suite struct IntervalMarkTests {
  private func mark(
    _ interval: IntervalChart.Interval, lower: Double = 1, upper: Double = 2,
    color: LineChart.Color? = .blue
  ) -> IntervalMark {
    IntervalMark(
      title: "Effect", description: "It is there.", x: .init("factor", scale: .log10),
      interval: interval, lower: lower, upper: upper, color: color)
  }

  private func found(_ name: String, _ mark: IntervalMark) -> [[String: String]] {
    elements(of: mark.svg(idPrefix: "m")).filter { $0.attributes["class"] == name }
      .map(\.attributes)
  }

  @Test func `the ground is tinted beyond both limits and not between them`() throws {
    let mark = mark(.init(4, low: 3, high: 5))
    let lines = found("chart-limit", mark).compactMap { $0["x1"].flatMap(Double.init) }
    try #require(lines.count == 2)
    let zones = found("chart-zone", mark).compactMap { zone -> ClosedRange<Double>? in
      guard let x = zone["x"].flatMap(Double.init), let width = zone["width"].flatMap(Double.init)
      else { return nil }
      return x...x + width
    }
    #expect(zones == [0...lines[0], lines[1]...160])
  }

  @Test func `limits that agree are one line`() {
    #expect(found("chart-limit", mark(.init(4), lower: 2, upper: 2)).count == 1)
  }

  @Test func `an infinite end is an arrow at the edge`() throws {
    let open = mark(.init(4, low: 3, high: .infinity))
    let path = try #require(found("chart-whisker", open).first?["d"])
    #expect(path.contains("H158") && path.count { $0 == "v" } == 1)
    let none = try #require(
      found("chart-whisker", mark(.init(4, low: 0, high: .infinity))).first?["d"])
    #expect(none.hasPrefix("M2 ") && !none.contains("v"))
  }

  @Test func `a dot stands for each value that can be drawn`() {
    let one = mark(.init(4, low: 3, high: 5, points: [3, 4, .nan, -1, .infinity]))
    #expect(found("chart-dot", one).count == 2)
  }

  @Test(arguments: [[], [.nan], [.infinity], [0], [1e308, 1e-308], [5, 5]] as [[Double]])
  func `any numbers give a drawing`(values: [Double]) {
    for limit in [0, 1, .nan] {
      let one = mark(
        .init(values.first ?? .nan, low: values.min(), high: values.max(), points: values),
        lower: limit, upper: limit)
      expectFiniteAttributes(one.svg(idPrefix: "m"))
    }
  }

  @Test func `its colour is that of the series, or of text`() {
    #expect(found("chart-green", mark(.init(4), color: .green)).count == 1)
    #expect(found("chart-green", mark(.init(4), color: nil)).isEmpty)
  }
}
