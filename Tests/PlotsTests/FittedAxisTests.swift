import Testing

@testable import Plots

@Suite struct FittedAxisTests {
  func axis(_ range: ClosedRange<Double>, _ left: Double, _ right: Double) -> FittedAxis {
    FittedAxis(
      AxisScale(LineChart.Axis("x", range: range), values: []), left: left, right: right,
      limits: 0...400)
  }

  @Test func `values lie where proportion says`() {
    let axis = axis(0...10, 100, 300)
    #expect(axis.pixel(0) == 100)
    #expect(axis.pixel(2.5) == 150)
    #expect(axis.pixel(10) == 300)
  }

  @Test func `an axis between two ticks has finer ones`() {
    let axis = axis(1...30, 100, 290)
    #expect(axis.ticks.map(\.label) == ["10", "20", "30"])
    #expect(axis.left == 100)
  }

  @Test(arguments: [0.0...1, 0...1e6, -1e6...1e-3, 12_345_678...12_345_679])
  func `numbers stay apart and within the limits`(range: ClosedRange<Double>) {
    for left in [0.0, 50, 200] {
      let axis = axis(range, left, 400)
      let extents = axis.ticks.map { tick in
        let half = TextWidth.estimate(tick.label) / 2
        return (axis.pixel(tick.value) - half, axis.pixel(tick.value) + half)
      }
      #expect(!extents.isEmpty)
      #expect(extents.allSatisfy { $0.0 >= -0.01 && $0.1 <= 400.01 })
      #expect(zip(extents, extents.dropFirst()).allSatisfy { $0.1 < $1.0 })
    }
  }
}
