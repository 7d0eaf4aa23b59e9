/// The values an axis shows, and where along it each of them lies.
struct AxisScale: Equatable {
  /// The values at the two ends of the axis.
  let range: ClosedRange<Double>
  private let axis: LineChart.Axis

  /// Creates the scale of `axis` for the `values` it should show.
  ///
  /// - Parameters:
  ///   - count: Extends the range to whole ticks where the axis has about this many; `nil` keeps
  ///     the ends at the outermost values, or at a tick just beyond them. A range that the axis
  ///     gives is kept as it is.
  init(_ axis: LineChart.Axis, values: some Sequence<Double>, looseFor count: Int? = nil) {
    self.axis = axis
    if let given = axis.range, Self.canShow(given, on: axis) {
      range = given
      return
    }
    var low = Double.infinity
    var high = -Double.infinity
    for value in values where axis.canDraw(value) {
      low = min(low, value)
      high = max(high, value)
    }
    let found: ClosedRange<Double>
    if low > high {
      found = axis.scale == .linear ? 0...1 : 1...10
    } else {
      found = Self.canShow(low...high, on: axis) ? low...high : Self.around(low, high, on: axis)
    }
    range = count.map { Self.loosened(found, on: axis, count: $0) } ?? Self.rounded(found, on: axis)
  }

  /// How far along the axis `value` lies: 0 at its start, 1 at its end.
  ///
  /// Values far outside are brought to 50 lengths of the axis, so that coordinates stay small.
  func fraction(_ value: Double) -> Double {
    let (low, high) = (transformed(range.lowerBound), transformed(range.upperBound))
    return max(-50, min(50, (transformed(value) - low) / (high - low)))
  }

  /// The value at a fraction of the axis; the inverse of `fraction(_:)` within it.
  func value(_ fraction: Double) -> Double {
    if fraction <= 0 { return range.lowerBound }
    if fraction >= 1 { return range.upperBound }
    let (low, high) = (transformed(range.lowerBound), transformed(range.upperBound))
    let place = low * (1 - fraction) + high * fraction
    return axis.scale == .linear ? place : PowerOfTen.power(place)
  }

  /// About `count` ticks.
  func ticks(_ count: Int) -> [Tick] {
    axis.scale == .linear
      ? .linear(in: range, count: count, format: axis.format)
      : .logarithmic(in: range, count: count, format: axis.format)
  }

  private func transformed(_ value: Double) -> Double {
    axis.scale == .linear ? value : PowerOfTen.logarithm(value)
  }

  /// Whether the ends are far enough apart for ticks between them to differ as numbers.
  private static func canShow(_ range: ClosedRange<Double>, on axis: LineChart.Axis) -> Bool {
    let (low, high) = (range.lowerBound, range.upperBound)
    let largest = max(low.magnitude, high.magnitude)
    return axis.canDraw(low) && axis.canDraw(high) && high - low > max(largest * 1e-12, 1e-290)
  }

  /// A range with the one value there is, or the values that are next to equal, in its middle.
  private static func around(
    _ low: Double, _ high: Double, on axis: LineChart.Axis
  ) -> ClosedRange<Double> {
    if axis.scale == .log10 { return max(1e-300, low / 2)...min(1e300, high * 2) }
    let margin = max(low.magnitude, high.magnitude) * 0.1
    return margin < 1e-280 ? -1...1 : (low - margin)...(high + margin)
  }

  private static func loosened(
    _ range: ClosedRange<Double>, on axis: LineChart.Axis, count: Int
  ) -> ClosedRange<Double> {
    switch axis.scale {
    case .linear:
      let step = TickStep(span: range.upperBound - range.lowerBound, count: count)
      let (low, high) = step.indices(in: range).outer
      return step.multiple(low)...step.multiple(high)
    case .log10:
      return below(range.lowerBound)...above(range.upperBound)
    }
  }

  /// `range` with ends moved to ticks no more than a fiftieth of it away: 9,980 steps end at
  /// 10,000.
  private static func rounded(
    _ range: ClosedRange<Double>, on axis: LineChart.Axis
  ) -> ClosedRange<Double> {
    if axis.scale == .log10 { return range }
    let span = range.upperBound - range.lowerBound
    let step = TickStep(span: span, count: 8)
    let outer = step.indices(in: range).outer
    let low = min(step.multiple(outer.0), range.lowerBound)
    let high = max(step.multiple(outer.1), range.upperBound)
    let isNear = (range.lowerBound - low <= span / 50, high - range.upperBound <= span / 50)
    return (isNear.0 ? low : range.lowerBound)...(isNear.1 ? high : range.upperBound)
  }

  /// The greatest of 1, 2 and 5 times a power of ten that is not above `value`.
  private static func below(_ value: Double) -> Double {
    let unit = PowerOfTen.value(PowerOfTen.exponent(of: value))
    return [5, 2, 1].map { $0 * unit }.first { $0 <= value } ?? value
  }

  /// The smallest of 1, 2 and 5 times a power of ten that is not below `value`.
  private static func above(_ value: Double) -> Double {
    let unit = PowerOfTen.value(PowerOfTen.exponent(of: value))
    return [1, 2, 5, 10].map { $0 * unit }.first { $0 >= value } ?? value
  }
}
