import Tensors
import Testing

@testable import TensorFiles

@Suite struct DecimalNumberTests {
  private func number(_ text: String) -> Double? {
    let bytes = Array(text.utf8)
    return decimalNumber(bytes, in: bytes.indices)
  }

  @Test(arguments: [
    "0", "-0", "+1", "1.", ".5", "-.5e1", "1e5", "1E-5", "1e+22", "1e23", "123456789012345678",
    "9007199254740993", "0.1", "1.7976931348623157e308", "2.2250738585072011e-308", "5e-324",
    "1.00000000000000000000000000000000000001", "0.000000000000000000000000000000000001",
    "123456789012345678901234567890.", ".00000000000000000000000000000000000000000000012345",
    "100000000000000000000000000000000000000000000000000", "8.41470984807896506652502321630",
  ])
  func `decimal numbers are rounded as the standard library rounds them`(text: String) throws {
    let expected = try #require(Double(text))
    #expect(number(text)?.bitPattern == expected.bitPattern)
    #expect(number(" \t\(text)  ")?.bitPattern == expected.bitPattern)
  }

  @Test func `numbers beyond the range become infinity or zero`() {
    #expect(number("1e999") == .infinity)
    #expect(number("-1e99999999999999999999999999999") == -.infinity)
    #expect(number("1e-999") == 0)
    #expect(number("1e-99999999999999999999999999999") == 0)
    #expect(number("0e99999999999999999999999999999") == 0)
  }

  @Test func `nan and infinities are numbers in any case`() throws {
    for text in ["nan", "NaN", "NAN", "-nan", "+nan"] {
      #expect(try #require(number(text)).isNaN)
    }
    for text in ["inf", "Inf", "INF", "+inf", "infinity", "INFINITY"] {
      #expect(number(text) == .infinity)
      #expect(number("-" + text.drop { $0 == "+" }) == -.infinity)
    }
  }

  @Test(arguments: [
    "", " ", "-", "+", ".", "e5", "1e", "1e+", "1e5.0", "1..2", "1.2.3", "--1", "+-1", "1 2",
    "0x10",
    "0x1p3", "1_000", "1,5", "nano", "na", "in", "infinit", "infinity1", "nan(1)", "NA", "null",
    "1f", "1d", "\u{0}", "１", "∞", "1\r", "1\n", "1e 5",
  ])
  func `everything else is not a number`(text: String) {
    #expect(number(text) == nil)
  }

  @Test func `random numbers come back from their shortest form and from shorter ones`() throws {
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<20_000 {
      let value = Double(bitPattern: generator.next())
      guard value.isFinite else { continue }
      #expect(number(value.description)?.bitPattern == value.bitPattern)
      let digits = Int.random(in: -1_000_000_000...1_000_000_000, using: &generator)
      let text = "\(digits)e\(Int.random(in: -40...40, using: &generator))"
      #expect(number(text) == Double(text))
    }
  }
}
