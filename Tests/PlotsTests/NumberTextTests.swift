import Testing

@testable import Plots

@Suite struct NumberTextTests {
  @Test(
    arguments: [
      (0.0, "0"), (-0.0, "0"), (8640, "8,640"), (-1_234_567, "−1,234,567"), (0.25, "0.25"),
      (96.9, "96.9"), (0.12345, "0.1235"), (999.96, "1,000"), (0.0001, "0.0001"),
      (1234.5678, "1,235"),
      (2e-7, "2×10⁻⁷"), (9.9999e-7, "10⁻⁶"), (-1e10, "−10¹⁰"), (1.2344e12, "1.234×10¹²"),
      (.leastNonzeroMagnitude, "4.941×10⁻³²⁴"), (.greatestFiniteMagnitude, "1.798×10³⁰⁸"),
      (.infinity, "∞"), (-.infinity, "−∞"), (.nan, "–"),
    ] as [(Double, String)])
  func `four digits say a number`(value: Double, expected: String) {
    #expect(NumberText.significant(value) == expected)
  }

  @Test(arguments: [
    (0.0, 2, "0.00"), (-0.001, 2, "0.00"), (12_345.678, 1, "12,345.7"), (0.05, 3, "0.050"),
  ])
  func `decimals are kept`(value: Double, decimals: Int, expected: String) {
    #expect(NumberText.fixed(value, decimals: decimals) == expected)
  }

  @Test(
    arguments: [
      (0.0, "0"), (-0.04, "0"), (12.25, "12.3"), (-3.1, "-3.1"), (100, "100"), (.nan, "0"),
      (1e300, "1000000"),
    ] as [(Double, String)])
  func `coordinates have at most a tenth and ASCII signs`(value: Double, expected: String) {
    #expect(NumberText.coordinate(value) == expected)
  }

  @Test func `the exponent is exact at every power of ten`() {
    for exponent in -307...308 {
      let power = PowerOfTen.value(exponent)
      #expect(PowerOfTen.exponent(of: power) == exponent)
      #expect(PowerOfTen.exponent(of: power.nextDown) == exponent - 1)
    }
  }
}
