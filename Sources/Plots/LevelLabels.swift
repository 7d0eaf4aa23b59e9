/// Where the numbers of level lines go: on their lines, and clear of each other and of paths.
struct LevelLabels {
  /// A number with its place.
  struct Label: Equatable {
    var text: String
    var area: Area
  }

  static let size = 11.0
  private static let height = 15.0
  /// How many places along a line are tried.
  private static let attempts = 60

  private(set) var labels: [Label] = []
  private let limits: Area
  /// What labels must not cover, and what they should not.
  private let obstacles: [Pixel]
  private let lines: [Pixel]

  /// Prepares the places within `limits`.
  ///
  /// - Parameters:
  ///   - paths: what labels must not cover: corners of polylines.
  ///   - lines: what labels should not cover, as far as possible: those of all level lines.
  init(limits: Area, paths: [[Pixel]], lines: [[Pixel]]) {
    self.limits = limits
    obstacles = paths.flatMap { Self.dense($0) }.filter(limits.contains)
    self.lines = lines.flatMap { Self.dense($0) }.filter(limits.contains)
  }

  /// Puts `text` where on one of the `lines` of its level it covers the least; leaves it out where
  /// there is no room.
  mutating func add(_ text: String, on lines: [[Pixel]]) {
    let width = TextWidth.estimate(text, size: Self.size) + 4
    let places = lines.flatMap { Self.dense($0) }
    let step = max(1, places.count / Self.attempts)
    var best: (covered: Int, area: Area)?
    for index in stride(from: step / 2, to: places.count, by: step) {
      let area = Area(middle: places[index], width: width, height: Self.height)
      guard limits.contains(area), !labels.contains(where: { area.overlaps($0.area) }),
        !obstacles.contains(where: area.contains)
      else { continue }
      let covered = self.lines.count(where: area.contains)
      if best.map({ covered < $0.covered }) ?? true { best = (covered, area) }
    }
    guard let best else { return }
    labels.append(Label(text: text, area: best.area))
  }

  /// `pixels` with further ones between them, 4 apart.
  private static func dense(_ pixels: [Pixel]) -> [Pixel] {
    var result = Array(pixels.prefix(1))
    for (start, end) in zip(pixels, pixels.dropFirst()) {
      let (dx, dy) = (end.x - start.x, end.y - start.y)
      // Far outside of the drawing lines need no points.
      let count = max(1, min(500, Int((max(dx.magnitude, dy.magnitude) / 4).rounded(.up))))
      for i in 1...count {
        let t = Double(i) / Double(count)
        result.append(Pixel(x: start.x + dx * t, y: start.y + dy * t))
      }
    }
    return result
  }
}
