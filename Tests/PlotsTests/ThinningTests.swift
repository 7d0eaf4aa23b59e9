import Testing

@testable import Plots

@Suite struct ThinningTests {
  @Test func `the extremes of each column stay, in their order`() {
    let ys: [Double] = [5, 9, 1, 4, 6, 2, 8]
    let pixels = zip([0, 0.1, 0.2, 0.5, 0.9, 1.1, 1.5], ys).map { Pixel(x: $0, y: $1) }
    #expect(Thinning.minMax(pixels).map(\.y) == [5, 9, 1, 6, 2, 8])
  }

  @Test func `no spike is lost`() {
    let ys = (0..<100_000).map { (i: Int) -> Double in i == 51_234 ? 1000 : i == 777 ? -1000 : 0 }
    let pixels = ys.enumerated().map { Pixel(x: Double($0.offset) / 200, y: $0.element) }
    let thinned = Thinning.minMax(pixels)
    #expect(thinned.count <= 4 * 500)
    #expect(thinned.map(\.y).max() == 1000)
    #expect(thinned.map(\.y).min() == -1000)
    #expect(thinned.first == pixels.first)
    #expect(thinned.last == pixels.last)
  }

  @Test(arguments: 0...3) func `points in columns of their own stay as they are`(count: Int) {
    let pixels = (0..<count).map { Pixel(x: Double($0), y: Double($0 * $0)) }
    #expect(Thinning.minMax(pixels) == pixels)
  }

  @Test func `two points of one column stay as they are`() {
    let pixels = [Pixel(x: 0.2, y: 1), Pixel(x: 0.1, y: 2)]
    #expect(Thinning.minMax(pixels) == pixels)
  }

  @Test func `a band keeps its widest extent per column and its end`() {
    let upper = [Pixel(x: 0, y: 3), Pixel(x: 0.5, y: 1), Pixel(x: 1, y: 2), Pixel(x: 1.5, y: 2)]
    let lower = [Pixel(x: 0, y: 5), Pixel(x: 0.5, y: 4), Pixel(x: 1, y: 9), Pixel(x: 1.5, y: 7)]
    let thinned = Thinning.envelope(lower: lower, upper: upper)
    #expect(thinned.upper == [Pixel(x: 0, y: 1), Pixel(x: 1, y: 2), Pixel(x: 1.5, y: 2)])
    #expect(thinned.lower == [Pixel(x: 0, y: 5), Pixel(x: 1, y: 9), Pixel(x: 1.5, y: 9)])
  }

  @Test func `corners stay and what is straight goes`() {
    let corner = (0...10).map { Pixel(x: Double($0), y: $0 < 5 ? 0 : Double($0 - 5)) }
    #expect(
      Thinning.straightened(corner) == [Pixel(x: 0, y: 0), Pixel(x: 5, y: 0), Pixel(x: 10, y: 5)])
    let square = [(0, 0), (4, 0), (4, 4), (0, 4), (0, 0)].map { Pixel(x: $0.0, y: $0.1) }
    #expect(Thinning.straightened(square) == square)
    #expect(Thinning.straightened([]).isEmpty)
  }

  @Test func `no point lies far from the line without it`() {
    let circle = (0...1000).map { i in
      // A rational parametrization of a quarter of a circle of radius 100.
      let t = Double(i) / 1000
      return Pixel(x: 100 * (1 - t * t) / (1 + t * t), y: 200 * t / (1 + t * t))
    }
    let kept = Thinning.straightened(circle)
    #expect(kept.count < 40 && kept.first == circle.first && kept.last == circle.last)
    for (a, b) in zip(kept, kept.dropFirst()) {
      // The middle of a chord of length c lies c * c / 8 r inside of the circle.
      let (dx, dy) = (b.x - a.x, b.y - a.y)
      #expect((dx * dx + dy * dy) / 800 < 0.11)
    }
  }
}
