/// A horizontal axis with a place in the drawing, and as many ticks as have room for their numbers.
struct FittedAxis: Equatable {
  private(set) var scale: AxisScale
  /// Where the axis' range starts in the drawing.
  private(set) var left: Double
  /// Where the axis' range ends in the drawing.
  private(set) var right: Double
  private(set) var ticks: [Tick] = []

  /// Fits the axis between `left` and `right`, or closer together where the numbers at its ends
  /// would reach beyond `limits`, with ticks no closer than `spacing` on average.
  init(
    _ scale: AxisScale, left: Double, right: Double, limits: ClosedRange<Double>,
    spacing: Double = 80
  ) {
    self.scale = scale
    self.left = left
    self.right = right
    let most = max(1, Int((right - left) / spacing))
    var count = most
    while !fit(count, limits: limits), count > 1 { count -= 1 }
    // A range that starts off a tick may hold a single one, which tells no distance: finer ones do where they have room.
    guard ticks.count < 2 else { return }
    let single = self
    for count in most + 1...most + 4 {
      self = single
      if fit(count, limits: limits), ticks.count > 1 { return }
    }
    self = single
  }

  /// Takes about `count` ticks, moves the ends inwards until the numbers at them lie within `limits`, and says whether
  /// no number is too close to the next.
  private mutating func fit(_ count: Int, limits: ClosedRange<Double>) -> Bool {
    ticks = scale.ticks(count)
    let widths = ticks.map { TextWidth.estimate($0.label) }
    if let first = ticks.first, let last = ticks.last, let w = widths.first, let v = widths.last {
      let beyondLeft = limits.lowerBound - (pixel(first.value) - w / 2)
      let beyondRight = pixel(last.value) + v / 2 - limits.upperBound
      left += max(0, beyondLeft)
      right -= max(0, beyondRight)
    }
    let places = ticks.map { pixel($0.value) }
    return ticks.indices.dropFirst().allSatisfy {
      places[$0] - places[$0 - 1] >= (widths[$0] + widths[$0 - 1]) / 2 + 14
    }
  }

  func pixel(_ value: Double) -> Double { left + scale.fraction(value) * (right - left) }

  /// The axis as a line from `start` to `end` at `y`, with ticks and numbers below it.
  func line(from start: Double, to end: Double, at y: Double) -> String {
    var svg = ""
    for tick in ticks {
      let x = pixel(tick.value)
      svg += Markup.line(Pixel(x: x, y: y), Pixel(x: x, y: y + 5), classes: "chart-axis")
      svg += Markup.text(
        tick.label, x: x, y: y + ChartLayout.tickGap + 12, anchor: "middle", classes: "chart-tick")
    }
    return svg + Markup.line(Pixel(x: start, y: y), Pixel(x: end, y: y), classes: "chart-axis")
  }
}
