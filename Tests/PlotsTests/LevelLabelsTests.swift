import Testing

@testable import Plots

@Suite struct LevelLabelsTests {
  let limits = Area(left: 0, top: 0, right: 400, bottom: 300)

  func labels(
    _ lines: [[Pixel]], paths: [[Pixel]] = [], texts: [String] = ["1", "2", "3"]
  ) -> [LevelLabels.Label] {
    var labels = LevelLabels(limits: limits, paths: paths, lines: lines)
    for (text, line) in zip(texts, lines) { labels.add(text, on: [line]) }
    return labels.labels
  }

  @Test func `a number stands on its line`() {
    let found = labels([[Pixel(x: 0, y: 100), Pixel(x: 400, y: 100)]])
    #expect(found.map(\.text) == ["1"])
    #expect(found.allSatisfy { $0.area.middle.y == 100 && limits.contains($0.area) })
  }

  @Test func `numbers of lines close to each other do not meet`() {
    let lines = [100.0, 104, 108].map { [Pixel(x: 0, y: $0), Pixel(x: 400, y: $0)] }
    let found = labels(lines)
    #expect(found.count == 3)
    for (index, one) in found.enumerated() {
      #expect(found[..<index].allSatisfy { !$0.area.overlaps(one.area) })
    }
  }

  @Test func `a number makes way for a path`() {
    let line = [Pixel(x: 0, y: 100), Pixel(x: 400, y: 100)]
    // Along the line, but for its last quarter.
    let path = [Pixel(x: 0, y: 102), Pixel(x: 300, y: 102)]
    let found = labels([line], paths: [path])
    #expect(found.count == 1 && found.allSatisfy { $0.area.left > 300 })
  }

  @Test func `a number avoids other lines where it can`() {
    // The second line runs beside the first, and then away from it.
    let one = [Pixel(x: 0, y: 100), Pixel(x: 400, y: 100)]
    let other = [Pixel(x: 0, y: 103), Pixel(x: 200, y: 103), Pixel(x: 400, y: 290)]
    let found = labels([one, other], texts: ["1"])
    #expect(found.count == 1 && found.allSatisfy { $0.area.left > 195 })
  }

  @Test func `without room there is no number`() {
    #expect(labels([[Pixel(x: -50, y: 100), Pixel(x: -1, y: 100)]]).isEmpty)
    let line = [Pixel(x: 0, y: 100), Pixel(x: 400, y: 100)]
    #expect(labels([line], paths: [line]).isEmpty)
    #expect(labels([[]]).isEmpty)
  }
}
