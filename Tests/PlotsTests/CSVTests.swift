import Testing

@testable import Plots

@Suite struct CSVTests {
  @Test func `fields are quoted where they need it`() {
    #expect(CSV.line(["a", "b c", ""]) == "a,b c,\n")
    #expect(
      CSV.line(["1,5", "say \"x\"", "two\nlines"]) == "\"1,5\",\"say \"\"x\"\"\",\"two\nlines\"\n")
    #expect(CSV.line(["a\r\nb"]) == "\"a\r\nb\"\n")
  }

  @Test(
    arguments: [
      (1.0, "1"), (-3, "-3"), (0, "0"), (0.1, "0.1"), (1e300, "1e+300"),
      (0.1 + 0.2, "0.30000000000000004"),
      (.infinity, "inf"), (-.infinity, "-inf"), (.nan, "nan"), (-0.0, "-0.0"),
    ] as [(Double, String)])
  func `numbers read back as they were`(value: Double, text: String) {
    #expect(CSV.number(value) == text)
    let back = Double(CSV.number(value))
    #expect(back?.bitPattern == value.bitPattern || value.isNaN && back?.isNaN == true)
  }

  @Test func `what is missing is empty`() { #expect(CSV.number(nil).isEmpty) }
}
