import Plots
import Testing

@Suite struct LineChartDescriptionTests {
  func describe(_ series: LineChart.Series..., guides: [LineChart.Guide] = []) -> String {
    LineChart(
      title: "Accuracy", x: .init("step"), y: .init("accuracy", format: .percent), series: series,
      guides: guides
    ).description
  }

  @Test func `ends and extremes are told`() {
    let text = describe(
      .init("plain", points: [.init(0, 0.1), .init(8640, 0.972), .init(10_000, 0.969)]),
      .init("normalized", points: [.init(0, 0.1), .init(10_000, 0.98)]),
      guides: [
        .vertical(at: 8640, label: "plain's best, step 8,640"),
        .horizontal(at: 0.972, label: "plain's best"),
        .horizontal(at: .nan, label: "nowhere"),
      ])
    #expect(
      text == "Line chart of accuracy by step, 0 to 10,000. "
        + "plain: from 10 % to 96.9 %, highest 97.2 % at step 8,640. "
        + "normalized: from 10 % to 98 %. "
        + "Marked: plain's best, step 8,640; plain's best at 97.2 %.")
  }

  @Test func `series of few or equal values are told as such`() {
    #expect(describe().hasSuffix("There are no series."))
    #expect(describe(.init("a", points: [])).hasSuffix("a: no values."))
    #expect(describe(.init("a", points: [.init(1, .nan)])).hasSuffix("a: no values."))
    #expect(
      describe(.init("a", points: [.init(3, 0.5)])).hasSuffix("a: one value, 50 % at step 3."))
    let constant = describe(.init("a", points: [.init(1, 0.5), .init(2, 0.5)]))
    #expect(constant.hasSuffix("a: constant at 50 %."))
    let near = describe(.init("a", points: [.init(1, 0.5), .init(2, 0.500_000_1)]))
    #expect(near.hasSuffix("a: nearly constant at 50 %."))
  }

  @Test func `gaps and bands are told`() {
    let text = describe(
      .init(
        "a", points: [.init(1, 0.5), .init(2, .nan), .init(3, 0.25)],
        band: [.init(1, lower: 0, upper: 1)]))
    #expect(
      text.hasSuffix("a: from 50 % to 25 %, with a band, 0 % to 100 % at step 1, with 1 gap."))
  }
}
