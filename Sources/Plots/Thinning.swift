/// Fewer points that draw the same picture.
///
/// Within one column of pixels a line covers everything between its lowest and its highest point,
/// so the first, lowest, highest and last point of a column stand for all of them. No spike is
/// lost, as it would be with every n-th point or with averages.
enum Thinning {
  /// Series up to this length are drawn as they are.
  static let threshold = 600

  /// The points of `pixels` that matter: of each run of neighbours in one column, at most four, in
  /// their order. The first and the last point always stay.
  static func minMax(_ pixels: [Pixel]) -> [Pixel] {
    var result: [Pixel] = []
    var start = 0
    while start < pixels.count {
      let column = pixels[start].x.rounded(.down)
      var (end, lowest, highest) = (start, start, start)
      while end < pixels.count, pixels[end].x.rounded(.down) == column {
        if pixels[end].y < pixels[lowest].y { lowest = end }
        if pixels[end].y > pixels[highest].y { highest = end }
        end += 1
      }
      var previous = -1
      for index in [start, min(lowest, highest), max(lowest, highest), end - 1]
      where index > previous {
        result.append(pixels[index])
        previous = index
      }
      start = end
    }
    return result
  }

  /// A polyline without the points that lie within a tenth of a pixel of the line without them:
  /// Douglas and Peucker's way.
  static func straightened(_ pixels: [Pixel]) -> [Pixel] {
    guard pixels.count > 2 else { return pixels }
    var isKept = [Bool](repeating: false, count: pixels.count)
    (isKept[0], isKept[pixels.count - 1]) = (true, true)
    var spans = [(0, pixels.count - 1)]
    while let (start, end) = spans.popLast() {
      let inner = (start + 1)..<max(start + 1, end)
      let far = inner.map { distance(pixels[$0], pixels[start], pixels[end]) }
      guard let most = far.max(), most > 0.1, let place = far.firstIndex(of: most) else { continue }
      let middle = inner.lowerBound + place
      isKept[middle] = true
      spans += [(start, middle), (middle, end)]
    }
    return zip(pixels, isKept).compactMap { $1 ? $0 : nil }
  }

  /// How far `pixel` lies from the line from `start` to `end`.
  private static func distance(_ pixel: Pixel, _ start: Pixel, _ end: Pixel) -> Double {
    let (dx, dy) = (end.x - start.x, end.y - start.y)
    let (px, py) = (pixel.x - start.x, pixel.y - start.y)
    let length = (dx * dx + dy * dy).squareRoot()
    // A closed line starts where it ends.
    guard length > 0 else { return (px * px + py * py).squareRoot() }
    let along = max(0, min(1, (px * dx + py * dy) / (length * length)))
    let (ex, ey) = (px - along * dx, py - along * dy)
    return (ex * ex + ey * ey).squareRoot()
  }

  /// One extent per column: from the lowest of its lower edges to the highest of its upper ones.
  static func envelope(lower: [Pixel], upper: [Pixel]) -> (lower: [Pixel], upper: [Pixel]) {
    var result: (lower: [Pixel], upper: [Pixel]) = ([], [])
    var column = Double.nan
    for (low, high) in zip(lower, upper) {
      if low.x.rounded(.down) == column, let last = result.lower.indices.last {
        // y counts downwards: lower values lie further down.
        result.lower[last].y = max(result.lower[last].y, low.y)
        result.upper[last].y = min(result.upper[last].y, high.y)
      } else {
        result.lower.append(low)
        result.upper.append(high)
        column = low.x.rounded(.down)
      }
    }
    // The band ends where its last point is, not at the start of that point's column.
    if let low = lower.last, let high = upper.last, let last = result.lower.indices.last {
      if result.lower[last].x < low.x {
        result.lower.append(Pixel(x: low.x, y: result.lower[last].y))
        result.upper.append(Pixel(x: high.x, y: result.upper[last].y))
      }
    }
    return result
  }
}
