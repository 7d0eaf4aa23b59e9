import Testing

@testable import Plots

@Suite struct AxisScaleTests {
  let linear = LineChart.Axis("y")
  let logarithmic = LineChart.Axis("y", scale: .log10)

  @Test func `a loose range ends at ticks`() {
    #expect(AxisScale(linear, values: [0.104, 0.972], looseFor: 5).range == 0...1)
    #expect(AxisScale(logarithmic, values: [0.003, 40], looseFor: 5).range == 0.002...50)
  }

  @Test func `a tight range ends at the data, or at a tick close to it`() {
    #expect(AxisScale(linear, values: [3, 7.7]).range == 3...7.7)
    #expect(AxisScale(linear, values: [1, 9_980]).range == 0...10_000)
  }

  @Test func `a given range is kept`() {
    let axis = LineChart.Axis("y", range: 0.5...0.7)
    #expect(AxisScale(axis, values: [0, 1], looseFor: 5).range == 0.5...0.7)
  }

  @Test(arguments: [0...0, -Double.infinity...0, 0...1e308])
  func `a given range that cannot be drawn is replaced`(range: ClosedRange<Double>) {
    #expect(AxisScale(LineChart.Axis("y", range: range), values: [2, 4]).range == 2...4)
  }

  @Test func `a logarithmic range from zero is replaced`() {
    let axis = LineChart.Axis("y", scale: .log10, range: 0...1)
    #expect(AxisScale(axis, values: [0.1, 10]).range == 0.1...10)
  }

  @Test(arguments: [0, 5, -3, .leastNonzeroMagnitude, 1e300, -1e300])
  func `one value stands in the middle`(value: Double) {
    #expect((AxisScale(linear, values: [value, value]).fraction(value) - 0.5).magnitude < 1e-9)
  }

  @Test func `values that cannot be drawn do not count`() {
    #expect(AxisScale(linear, values: [.nan, 1, .infinity, 3, 1e301]).range == 1...3)
    #expect(AxisScale(logarithmic, values: [0, -1, 1, 100]).range == 1...100)
    #expect(AxisScale(linear, values: []).range == 0...1)
    #expect(AxisScale(logarithmic, values: [-1]).range == 1...10)
  }

  @Test func `a fraction leads back to its value`() {
    for axis in [linear, logarithmic] {
      let scale = AxisScale(axis, values: [0.01, 100])
      #expect(scale.value(0) == scale.range.lowerBound)
      #expect(scale.value(1) == scale.range.upperBound && scale.value(2) == scale.value(1))
      for value in [0.02, 1, 37] {
        #expect((scale.value(scale.fraction(value)) / value - 1).magnitude < 1e-12)
      }
    }
  }

  @Test func `equal ratios are equally far apart on a logarithmic axis`() {
    let scale = AxisScale(logarithmic, values: [1, 100])
    #expect(scale.fraction(1) == 0)
    #expect(scale.fraction(10) == 0.5)
    #expect(scale.fraction(100) == 1)
  }
}
