import Testing

@testable import Plots

@Suite struct TicksTests {
  @Test(arguments: [
    (0.0...1.0, 5, ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
    (0.0...10_000.0, 5, ["0", "2,000", "4,000", "6,000", "8,000", "10,000"]),
    (-1.0...1.0, 4, ["−1.0", "−0.5", "0", "0.5", "1.0"]),
    (0.1...0.35, 5, ["0.10", "0.15", "0.20", "0.25", "0.30", "0.35"]),
    (3.0...9.5, 3, ["5"]),
    (0.0...3e-20, 3, ["0", "1×10⁻²⁰", "2×10⁻²⁰", "3×10⁻²⁰"]),
    (0.0...2e7, 4, ["0", "0.5×10⁷", "1.0×10⁷", "1.5×10⁷", "2.0×10⁷"]),
    (1_000_000.0...1_000_000.2, 2, ["1,000,000.0", "1,000,000.1", "1,000,000.2"]),
  ])
  func `linear ticks are multiples of one, two or five`(
    range: ClosedRange<Double>, count: Int, expected: [String]
  ) {
    let ticks = [Tick].linear(in: range, count: count, format: .number)
    #expect(ticks.map(\.label) == expected)
  }

  @Test func `ticks are rounded once`() {
    let ticks = [Tick].linear(in: 0...1, count: 10, format: .number)
    #expect(ticks.map(\.value) == [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1])
  }

  @Test func `hundredths are written as percent`() {
    let ticks = [Tick].linear(in: 0...1, count: 2, format: .percent)
    #expect(ticks.map(\.label) == ["0 %", "50 %", "100 %"])
    #expect(ticks.map(\.value) == [0, 0.5, 1])
  }

  @Test(arguments: [
    (0.001...1.0, 5, ["0.001", "0.01", "0.1", "1"]),
    (1.0...100.0, 7, ["1", "2", "5", "10", "20", "50", "100"]),
    (1e-8...1e4, 4, ["10⁻⁶", "10⁻³", "10⁰", "10³"]),
    (1e-6...2e-5, 6, ["10⁻⁶", "2×10⁻⁶", "5×10⁻⁶", "10⁻⁵", "2×10⁻⁵"]),
    (50.0...4000.0, 4, ["100", "1,000"]),
    (3.0...4.0, 5, ["3.0", "3.2", "3.4", "3.6", "3.8", "4.0"]),
  ])
  func `logarithmic ticks are powers of ten, finer where there is room`(
    range: ClosedRange<Double>, count: Int, expected: [String]
  ) {
    let ticks = [Tick].logarithmic(in: range, count: count, format: .number)
    #expect(ticks.map(\.label) == expected)
  }
}
