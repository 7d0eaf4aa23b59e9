/// Half the mean square error of y = u a + v b over some samples, as a function of u and v.
///
///     loss = (u - u0, v - v0) H (u - u0, v - v0) / 2 + least        H = average of (a, b) (a, b)'
struct QuadraticLandscape {
  // The Hessian.
  private let aa: Double
  private let ab: Double
  private let bb: Double
  /// Where the loss is least.
  let minimum: (u: Double, v: Double)

  /// Measures the samples.
  ///
  /// - Precondition: neither feature is a multiple of the other.
  init(a: [Double], b: [Double], y: [Double]) {
    func average(_ left: [Double], _ right: [Double]) -> Double {
      zip(left, right).reduce(0) { $0 + $1.0 * $1.1 } / Double(left.count)
    }
    (aa, ab, bb) = (average(a, a), average(a, b), average(b, b))
    let (ay, by) = (average(a, y), average(b, y))
    let determinant = aa * bb - ab * ab
    precondition(determinant > 0, "Both features are the same but for a factor: no minimum.")
    minimum = ((bb * ay - ab * by) / determinant, (aa * by - ab * ay) / determinant)
  }

  /// The curvatures along the axes of the level lines, the largest first.
  var curvatures: (largest: Double, smallest: Double) {
    let middle = (aa + bb) / 2
    let half = (((aa - bb) / 2) * ((aa - bb) / 2) + ab * ab).squareRoot()
    // The product is the determinant: no difference of near numbers.
    return (middle + half, (aa * bb - ab * ab) / (middle + half))
  }

  /// The largest curvature over the smallest: 1 is a round bowl.
  var condition: Double { curvatures.largest / curvatures.smallest }

  /// The loss above its minimum.
  func excess(u: Double, v: Double) -> Double {
    let (x, y) = (u - minimum.u, v - minimum.v)
    return (aa * x * x + 2 * ab * x * y + bb * y * y) / 2
  }

  /// Goes down from (0, 0) with the best fixed step.
  ///
  /// Source: Nesterov 2004, Introductory Lectures on Convex Optimization, theorem 2.1.15: 2 / (largest + smallest).
  ///
  /// - Parameters:
  ///   - tolerance: ends the way, as a share of the first loss above the minimum.
  ///   - limit: the most steps.
  ///   - visit: is given each place, from the first, with the loss above the minimum as a share of the first.
  /// - Returns: the number of steps.
  func descend(
    to tolerance: Double, within limit: Int,
    _ visit: (_ step: Int, _ point: (u: Double, v: Double), _ loss: Double) -> Void
  ) -> Int {
    let rate = 2 / (curvatures.largest + curvatures.smallest)
    let first = excess(u: 0, v: 0)
    var (u, v) = (0.0, 0.0)
    for step in 0..<limit {
      let loss = excess(u: u, v: v) / first
      visit(step, (u, v), loss)
      if loss <= tolerance { return step }
      let (x, y) = (u - minimum.u, v - minimum.v)
      (u, v) = (u - rate * (aa * x + ab * y), v - rate * (ab * x + bb * y))
    }
    return limit
  }
}
