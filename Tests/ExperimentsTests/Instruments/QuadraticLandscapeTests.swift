import Testing

@testable import Experiments

@Suite struct QuadraticLandscapeTests {
  /// y = 3 a + 5 b over features that do not touch: H = diag(0.5, 2).
  private let landscape = QuadraticLandscape(
    a: [1, -1, 0, 0], b: [0, 0, 2, -2], y: [3, -3, 10, -10])

  @Test func `curvatures, minimum and loss are those worked out by hand`() {
    #expect(landscape.curvatures.largest == 2)
    #expect(landscape.curvatures.smallest == 0.5)
    #expect(landscape.condition == 4)
    #expect(landscape.minimum.u == 3 && landscape.minimum.v == 5)
    let atStart: Double = (0.5 * 9 + 2 * 25) / 2
    #expect(landscape.excess(u: 0, v: 0) == atStart)
    #expect(landscape.excess(u: 3, v: 5) == 0)
  }

  @Test func `the way down shrinks the distance by (k - 1) / (k + 1) a step`() {
    // 0.6 a step, so the loss by 0.36: 0.36^13 is above 1e-6 and 0.36^14 below.
    var losses: [Double] = []
    let steps = landscape.descend(to: 1e-6, within: 100) { step, _, loss in
      #expect(step == losses.count)
      losses.append(loss)
    }
    #expect(steps == 14)
    for (step, loss) in losses.enumerated() {
      var expected = 1.0
      for _ in 0..<step { expected *= 0.36 }
      #expect(abs(loss / expected - 1) < 1e-9)
    }
    #expect(landscape.descend(to: 0, within: 5) { _, _, _ in } == 5)
  }

  @Test func `features that depend on each other make a narrower valley`() {
    let tilted = QuadraticLandscape(a: [1, 2, 3], b: [1.1, 1.9, 3], y: [1, 2, 3])
    #expect(tilted.condition > 1000)
    let product = tilted.curvatures.largest * tilted.curvatures.smallest
    // The determinant of the averages 14/3, 13.9/3 and 13.82/3.
    #expect(abs(product - (14 * 13.82 - 13.9 * 13.9) / 9) < 1e-12)
  }
}
