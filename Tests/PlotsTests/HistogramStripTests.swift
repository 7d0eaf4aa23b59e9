import Testing

@testable import Plots

@Suite struct HistogramStripTests {
  func strip(_ samples: [(x: Double, values: [Double])], binCount: Int = 4) -> HistogramStrip {
    HistogramStrip(
      title: "Title", x: .init("step"), y: .init("value"), samples: samples, binCount: binCount)
  }

  @Test func `values are counted in their bins, edges in the upper one but for the last`() {
    let strip = strip([(x: 1, values: [0, 0.5, 1, 2, 3, 3.5, 4, 4])])
    #expect(strip.steps.count == 1)
    #expect(strip.steps[0].edges == [0, 1, 2, 3, 4])
    #expect(strip.steps[0].shares == [0.25, 0.125, 0.125, 0.5])
  }

  @Test func `shares sum up to one, whatever the values`() {
    var state: UInt64 = 1
    func next() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 40) / 1e6
    }
    let samples = (1...20).map { step in
      (x: Double(step), values: (0..<step * 7).map { _ in next() })
    }
    for step in strip(samples, binCount: 13).steps {
      #expect((step.shares.reduce(0, +) - 1).magnitude < 1e-12)
      #expect(step.edges.count == 14)
      #expect(zip(step.edges, step.edges.dropFirst()).allSatisfy { $0 < $1 })
    }
  }

  @Test func `what is not finite does not count, and what is out of range lies in no bin`() {
    var axis = LineChart.Axis("value", range: 0...2)
    let values: [Double] = [0.5, 1.5, .nan, .infinity, 7, -7]
    let strip = HistogramStrip(
      title: "", x: .init(""), y: axis, samples: [(x: 0, values: values)], binCount: 2)
    #expect(strip.steps[0].shares == [0.25, 0.25])
    axis.range = nil
    let whole = HistogramStrip(
      title: "", x: .init(""), y: axis, samples: [(x: 0, values: values)], binCount: 2)
    #expect(whole.steps[0].shares == [0.25, 0.75])
    #expect(whole.steps[0].edges == [-7, 0, 7])
  }

  @Test func `bins of a logarithmic axis are as high on it`() {
    let strip = HistogramStrip(
      title: "", x: .init(""), y: .init("", scale: .log10),
      samples: [(x: 0, values: [1, 20, 100])],
      binCount: 2)
    #expect(strip.steps[0].edges == [1, 10, 100])
    #expect((strip.steps[0].shares[1] - 2 / 3.0).magnitude < 1e-15)
  }

  @Test func `lines are the percentiles`() {
    let strip = strip([(x: 5, values: (0...100).map(Double.init)), (x: 6, values: [])])
    #expect(strip.lines.map(\.name) == ["15th percentile", "median", "85th percentile"])
    #expect(strip.lines.map { $0.points[0] } == [.init(5, 15), .init(5, 50), .init(5, 85)])
    #expect(strip.lines.allSatisfy { $0.points[1].y.isNaN })
  }

  @Test func `percentiles tell the shares between them`() {
    let step = HistogramStrip.Step(
      3, percentiles: [(0.5, 1), (0.25, 0), (.nan, 9), (0.75, 5), (0.9, .infinity)])
    #expect(step.edges == [0, 1, 5])
    #expect(step.shares == [0.25, 0.25])
    #expect(HistogramStrip.Step(3, percentiles: [(0.5, 1)]).edges.isEmpty)
  }
}
