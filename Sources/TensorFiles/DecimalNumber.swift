/// Reads the number that fills a range of text, but for spaces around it.
///
///     number   = [sign] (digits [. [digits]] | . digits) [(e | E) [sign] digits]
///              | [sign] (nan | inf | infinity)          in upper or lower case
///
/// The result is the `Double` nearest to the number: infinity beyond the greatest one and zero
/// below the least, as IEEE 754 rounds.
///
/// - Returns: `nil` where the text is anything else, such as a hexadecimal number.
func decimalNumber(_ bytes: [UInt8], in range: Range<Int>) -> Double? {
  var (position, end) = (range.lowerBound, range.upperBound)
  while position < end, isSpace(bytes[position]) { position += 1 }
  while end > position, isSpace(bytes[end - 1]) { end -= 1 }
  let start = position

  func nextIs(_ character: Unicode.Scalar) -> Bool {
    position < end && bytes[position] == UInt8(ascii: character)
  }
  func nextDigit() -> Int? {
    guard position < end else { return nil }
    let digit = Int(bytes[position]) - 0x30
    return (0...9).contains(digit) ? digit : nil
  }
  func skipSign() -> Bool {
    let isNegative = nextIs("-")
    if isNegative || nextIs("+") { position += 1 }
    return isNegative
  }

  let isNegative = skipSign()
  if let special = specialNumber(bytes, in: position..<end) {
    return isNegative ? -special : special
  }
  // The digits as one integer, as long as it is exact, and the power of ten that it is multiplied
  // by.
  var mantissa: UInt64 = 0
  var (digitCount, fractionCount, exponent) = (0, 0, 0)
  var isExact = true
  var isFraction = false
  while true {
    if let digit = nextDigit() {
      digitCount += 1
      if isFraction { fractionCount += 1 }
      isExact = isExact && mantissa < exactMantissaLimit / 10
      if isExact { mantissa = mantissa * 10 + UInt64(digit) }
    } else if nextIs("."), !isFraction {
      isFraction = true
    } else {
      break
    }
    position += 1
  }
  guard digitCount > 0 else { return nil }
  if nextIs("e") || nextIs("E") {
    position += 1
    let isNegativeExponent = skipSign()
    guard nextDigit() != nil else { return nil }
    while let digit = nextDigit() {
      exponent = min(exponent * 10 + digit, 1 << 40)
      position += 1
    }
    if isNegativeExponent { exponent = -exponent }
  }
  guard position == end else { return nil }
  exponent -= fractionCount
  // Both factors are exact, so their product is rounded once: Clinger 1990, "How to read floating
  // point numbers accurately". Other numbers take the standard library's longer way.
  if isExact, abs(exponent) < exactPowersOfTen.count {
    let power = exactPowersOfTen[abs(exponent)]
    let magnitude = exponent < 0 ? Double(mantissa) / power : Double(mantissa) * power
    return isNegative ? -magnitude : magnitude
  }
  return Double(String(decoding: bytes[start..<end], as: UTF8.self))
}

/// Integers up to here are exact in `Double`.
private let exactMantissaLimit: UInt64 = 1 << 53

/// The powers of ten that are exact in `Double`.
private let exactPowersOfTen: [Double] = [
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
  1e18, 1e19, 1e20, 1e21, 1e22,
]

private func specialNumber(_ bytes: [UInt8], in range: Range<Int>) -> Double? {
  func matches(_ word: StaticString) -> Bool {
    guard range.count == word.utf8CodeUnitCount else { return false }
    return word.withUTF8Buffer { word in
      zip(bytes[range], word).allSatisfy { $0 | 0x20 == $1 }
    }
  }
  if matches("nan") { return .nan }
  return matches("inf") || matches("infinity") ? .infinity : nil
}
