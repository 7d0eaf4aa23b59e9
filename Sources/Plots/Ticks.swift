/// A labelled place on an axis.
struct Tick: Equatable {
  var value: Double
  var label: String
}

/// A distance between ticks: 1, 2 or 5 times a power of ten.
///
/// Mantissa and exponent are kept apart, so that multiples are rounded once: 3 * 0.1 is 0.3 here.
struct TickStep: Equatable {
  var mantissa: Double
  var exponent: Int

  /// The smallest step that divides `span` into at most `count` parts.
  ///
  /// - Precondition: `span` is finite and above zero.
  init(span: Double, count: Int) {
    let raw = span / Double(max(1, count))
    exponent = PowerOfTen.exponent(of: raw)
    let leading = raw / PowerOfTen.value(exponent)
    // A step may exceed its exact value by rounding; 1e-9 keeps 0.2 from becoming 0.5.
    mantissa = leading <= 1 + 1e-9 ? 1 : leading <= 2 + 1e-9 ? 2 : leading <= 5 + 1e-9 ? 5 : 10
    if mantissa == 10 { (mantissa, exponent) = (1, exponent + 1) }
  }

  var value: Double { multiple(1) }

  /// `index` steps, times ten to the power of `shift`.
  func multiple(_ index: Double, shift: Int = 0) -> Double {
    let e = exponent + shift
    return e < 0
      ? index * mantissa / PowerOfTen.value(-e) : index * mantissa * PowerOfTen.value(e)
  }

  /// The numbers of steps at or within the ends of `range`, and at or beyond them.
  func indices(in range: ClosedRange<Double>) -> (inner: [Double], outer: (Double, Double)) {
    let low = range.lowerBound / value
    let high = range.upperBound / value
    // Ends that miss a tick by rounding alone still count as on it.
    let first = (low - 1e-9).rounded(.up)
    let last = (high + 1e-9).rounded(.down)
    let inner =
      last >= first && last - first < 1000 ? Array(stride(from: first, through: last, by: 1)) : []
    return (inner, ((low + 1e-9).rounded(.down), (high - 1e-9).rounded(.up)))
  }
}

extension [Tick] {
  /// Ticks at the multiples of a step of 1, 2 or 5, no more than `count + 1` of them.
  ///
  /// All labels have the same number of decimals, and the same power of ten where there is one.
  static func linear(
    in range: ClosedRange<Double>, count: Int, format: LineChart.Axis.Format
  ) -> [Tick] {
    let step = TickStep(span: range.upperBound - range.lowerBound, count: count)
    let indices = step.indices(in: range).inner
    let shift = format == .percent ? 2 : 0
    let shown = indices.map { step.multiple($0, shift: shift) }
    let largest = shown.map(\.magnitude).max() ?? 0
    let stepExponent = step.exponent + shift
    // Millions with decimals differ in digits that a power of ten would only push further back.
    let longest = stepExponent < 0 ? 1e9 : 1e6
    let isPlain = largest == 0 || (largest < longest && largest >= 1e-3 && stepExponent > -10)
    let exponent = isPlain ? 0 : PowerOfTen.exponent(of: largest)
    return zip(indices, shown).map { index, number in
      var label = NumberText.fixed(
        number / PowerOfTen.value(exponent), decimals: Swift.max(0, exponent - stepExponent))
      if number == 0 {
        label = "0"
      } else if !isPlain {
        label += "×" + NumberText.powerOfTen(exponent)
      }
      return Tick(value: step.multiple(index), label: label + (format == .percent ? " %" : ""))
    }
  }

  /// Ticks at powers of ten; at 1, 2 and 5 times them where there is room; at the multiples of a
  /// step where even these are too few.
  ///
  /// - Precondition: `range` is above zero.
  static func logarithmic(
    in range: ClosedRange<Double>, count: Int, format: LineChart.Axis.Format
  ) -> [Tick] {
    let first = PowerOfTen.exponent(of: range.lowerBound)
    let last = PowerOfTen.exponent(of: range.upperBound)
    let decades =
      PowerOfTen.logarithm(range.upperBound) - PowerOfTen.logarithm(range.lowerBound)
    let mantissas: [Double] = decades * 3 <= Double(count) + 0.5 ? [1, 2, 5] : [1]
    let stride = Swift.max(1, Int((decades / Double(Swift.max(1, count))).rounded(.up)))
    var places: [(mantissa: Double, exponent: Int)] = []
    for exponent in first...Swift.max(first, last) where exponent.isMultiple(of: stride) {
      for mantissa in mantissas where range.contains(mantissa * PowerOfTen.value(exponent)) {
        places.append((mantissa, exponent))
      }
    }
    if places.count < 3, decades < 1 { return linear(in: range, count: count, format: format) }
    let shift = format == .percent ? 2 : 0
    let isPlain = places.allSatisfy { (-4..<6).contains($0.exponent + shift) }
    return places.map { mantissa, exponent in
      let e = exponent + shift
      let power = NumberText.powerOfTen(e)
      let label =
        isPlain
        ? NumberText.fixed(mantissa * PowerOfTen.value(e), decimals: Swift.max(0, -e))
        : mantissa == 1 ? power : "\(Int(mantissa))×\(power)"
      return Tick(
        value: mantissa * PowerOfTen.value(exponent),
        label: label + (format == .percent ? " %" : ""))
    }
  }
}
