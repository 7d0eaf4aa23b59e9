/// Numbers as a reader wants them: thousands grouped, no noise digits, powers of ten written out.
///
/// Between 0.0001 and a million a number is written plainly, 8,640 or 0.25; outside as 2×10⁻⁷.
enum NumberText {
  /// `value` rounded to `digits` significant digits, without trailing zeros.
  ///
  /// Whole numbers below a thousand million keep all their digits.
  static func significant(_ value: Double, digits: Int = 4) -> String {
    guard value.isFinite else { return value.isNaN ? "–" : value < 0 ? "−∞" : "∞" }
    if value == 0 { return "0" }
    if value.magnitude < 1e9, value == value.rounded() { return fixed(value, decimals: 0) }
    var (mantissa, exponent) = scientific(value)
    if (-4..<6).contains(exponent) {
      return withoutTrailingZeros(fixed(value, decimals: max(0, digits - 1 - exponent)))
    }
    let unit = PowerOfTen.value(digits - 1)
    if (mantissa.magnitude * unit).rounded() >= 10 * unit {
      (mantissa, exponent) = (mantissa / 10, exponent + 1)
    }
    let mantissaText = withoutTrailingZeros(fixed(mantissa, decimals: digits - 1))
    let isPower = mantissaText == "1" || mantissaText == "−1"
    return (isPower ? String(mantissaText.dropLast()) : mantissaText + "×") + powerOfTen(exponent)
  }

  /// `value` with exactly `decimals` digits after the point.
  static func fixed(_ value: Double, decimals: Int) -> String {
    let scaled = (value.magnitude * PowerOfTen.value(decimals)).rounded()
    guard scaled < 9e18 else { return value.description }
    var digits = String(UInt64(scaled))
    if digits.count <= decimals {
      digits = String(repeating: "0", count: decimals + 1 - digits.count) + digits
    }
    let sign = value < 0 && scaled != 0 ? "−" : ""
    let whole = grouped(digits.dropLast(decimals))
    return decimals == 0 ? sign + whole : "\(sign)\(whole).\(digits.suffix(decimals))"
  }

  /// 10 to the power of `exponent`, written with a raised exponent.
  static func powerOfTen(_ exponent: Int) -> String {
    let raised: [Character: Character] = [
      "-": "⁻", "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴",
      "5": "⁵", "6": "⁶", "7": "⁷", "8": "⁸", "9": "⁹",
    ]
    return "10" + String(String(exponent).map { raised[$0] ?? $0 })
  }

  /// A coordinate of the drawing, in tenths: as fine as any screen shows, and short.
  static func coordinate(_ value: Double) -> String {
    guard value.isFinite else { return "0" }
    let tenths = Int((max(-1e6, min(1e6, value)) * 10).rounded())
    let (whole, rest) = tenths.magnitude.quotientAndRemainder(dividingBy: 10)
    return (tenths < 0 ? "-" : "") + (rest == 0 ? "\(whole)" : "\(whole).\(rest)")
  }

  /// `value` as a mantissa of one digit before the point, and an exponent.
  ///
  /// - Precondition: `value` is finite and not zero.
  private static func scientific(_ value: Double) -> (mantissa: Double, exponent: Int) {
    // Below the smallest normal numbers the power of ten would itself lose digits.
    if value.magnitude < 1e-290 {
      let larger = scientific(value * 1e40)
      return (larger.mantissa, larger.exponent - 40)
    }
    let exponent = PowerOfTen.exponent(of: value)
    return (value / PowerOfTen.value(exponent), exponent)
  }

  private static func grouped(_ digits: Substring) -> String {
    var result = ""
    for (i, digit) in digits.enumerated() {
      if i > 0, (digits.count - i).isMultiple(of: 3) { result.append(",") }
      result.append(digit)
    }
    return result
  }

  private static func withoutTrailingZeros(_ text: String) -> String {
    guard text.contains(".") else { return text }
    let kept = text.reversed().drop { $0 == "0" }
    return String((kept.first == "." ? kept.dropFirst() : kept).reversed())
  }
}
