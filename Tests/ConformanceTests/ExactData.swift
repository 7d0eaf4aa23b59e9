import Normalization
import TestSupport

/// Data with which every number that a layer computes is a short binary fraction: expected values are equal, not near.
/// The idea is that of benchdnn, oneDNN's tests.
///
/// In a set of values that is normalised together, a half has the sign s = +1, a half -1, in turns:
///
///     x = m + a*s       dy = t + k*s       m, t, k: small binary fractions of the set; a: a power of two
///     mean = m          variance = a^2     r = 1/sqrt(a^2 + epsilon)        n = u*s with u = a*r
///     y  = scale*n + shift
///     dx = r*(scale*dy - t*S - n*u*k*S)    S = average(scale) over the set; without t*S where no mean is subtracted
///
/// With epsilon 3*a^2, r = 1/(2*a) and u = 1/2; with epsilon 0, r = 1/a, u = 1 and, where a set has one scale, dx = 0.
///
/// Why not a bit may differ: sums of x - m or dy are sums of few terms in units of 2^-8 at most, far below 2^24 units.
/// A block's sums are taken around the average of its first eighth, which is m where the eighth has as many +1 as -1, or
/// a single value and the block's size is a power of two. Extents are chosen so that each block is of one of
/// these kinds, and then joins of equal means change nothing. Another size of blocks would need another choice.
struct ExactData: CustomStringConvertible {
  enum Norm: Hashable, Sendable {
    case batch, instance, group(Int), layer, rms
  }

  let norm: Norm
  let shape: [Int]
  /// The channels' axis, counted from the front; the first normalised one for layer and RMS normalization.
  let axis: Int
  let epsilon: Double

  /// The tensor as rows of `channels` runs of `inner` elements; layer normalization: a row is a set.
  private let rows: Int
  let channels: Int
  private let inner: Int

  // Of each set.
  private(set) var mean: [Double] = []
  private(set) var deviation: [Double] = []
  private(set) var inverse: [Double] = []
  private var gradientMean: [Double] = []
  private var gradientSlope: [Double] = []
  private var averageScale: [Double] = []
  // Of each channel or element.
  let scale: [Double]
  let shift: [Double]

  var description: String { "\(norm) of \(shape) around axis \(axis), epsilon \(epsilon)" }

  /// Data for layers with epsilon 3*a^2, a being 1 or 1/2; or with epsilon 0 and an a for each set.
  init(_ norm: Norm, _ shape: [Int], axis: Int, vanishingEpsilon: Bool = false) {
    (self.norm, self.shape) = (norm, shape)
    let axis = axis < 0 ? axis + shape.count : axis
    self.axis = axis
    let isOfElements = norm == .layer || norm == .rms
    rows = shape[..<axis].reduce(1, *)
    channels = isOfElements ? shape[axis...].reduce(1, *) : shape[axis]
    inner = isOfElements ? 1 : shape[(axis + 1)...].reduce(1, *)
    let common = channels % 64 == 0 ? 1 : 0.5
    epsilon = vanishingEpsilon ? 0 : 3 * common * common
    // Neighbouring elements of a set in layer normalization have one scale, so that the sum of scale*s is 0.
    scale = (0..<channels).map {
      isOfElements ? [0.5, -1, 2, 0.5][$0 / 2 % 4] : sign($0 / 3) * [0.5, 1, 2][$0 % 3]
    }
    shift = (0..<channels).map { norm == .rms ? 0 : 0.25 * Double($0 % 9 - 4) }
    for set in 0..<setCount {
      let a = vanishingEpsilon ? [0.5, 1, 2][set % 3] : common
      mean.append(norm == .rms ? 0 : sign(set) * 0.25 * Double(1 << (set % 7)))
      deviation.append(a)
      inverse.append(vanishingEpsilon ? 1 / a : 1 / (2 * a))
      gradientMean.append(0.25 * Double(set % 5 - 2))
      gradientSlope.append(0.5 * Double(set % 3 + 1))
    }
    var sums = mean.map { _ in 0.0 }
    forEach { _, set, parameter, _ in sums[set] += scale[parameter] }
    averageScale = sums.map { $0 / Double(valuesPerSet) }
  }

  var setCount: Int {
    switch norm {
    case .batch: channels
    case .instance: shape[0] * channels
    case .group(let groups): shape[0] * groups
    case .layer, .rms: rows
    }
  }

  var valuesPerSet: Int { rows * channels * inner / setCount }

  /// Calls `body` with every element's index, set, parameter and sign.
  @inline(__always)
  func forEach(_ body: (Int, Int, Int, Double) -> Void) {
    let rowsPerSample = rows / shape[0]
    let perSample: Int
    let perSet: Int
    switch norm {
    case .batch: (perSample, perSet) = (0, 1)
    case .instance: (perSample, perSet) = (channels, 1)
    case .group(let groups): (perSample, perSet) = (groups, channels / groups)
    case .layer, .rms: (perSample, perSet) = (rowsPerSample, 0)
    }
    var index = 0
    for row in 0..<rows {
      for channel in 0..<channels {
        let set = perSet == 0 ? row : row / max(1, rowsPerSample) * perSample + channel / perSet
        let first = perSet == 0 ? channel : row * inner
        for place in first..<first + inner {
          body(index, set, channel, sign(place))
          index += 1
        }
      }
    }
  }

  private func tensor(_ value: (Int, Int, Double) -> Double) -> Tensor<Float> {
    Tensor(unsafeUninitialized: shape) { elements in
      forEach { elements[$0] = Float(value($1, $2, $3)) }
    }
  }

  var input: Tensor<Float> {
    tensor { set, _, sign in mean[set] + deviation[set] * sign }
  }
  var outputGradient: Tensor<Float> {
    tensor { set, _, sign in gradientMean[set] + gradientSlope[set] * sign }
  }
  /// Scale and shift in the shape of the layer's.
  func parameter(_ values: [Double]) -> Tensor<Float> {
    Tensor(narrowing: values).reshaped(
      to: norm == .layer || norm == .rms ? Array(shape[axis...]) : [channels])
  }

  // Expected numbers.

  func output(_ set: Int, _ parameter: Int, _ sign: Double) -> Double {
    scale[parameter] * (deviation[set] * inverse[set] * sign) + shift[parameter]
  }

  func inputGradient(_ set: Int, _ parameter: Int, _ sign: Double) -> Double {
    let (t, k, u) = (gradientMean[set], gradientSlope[set], deviation[set] * inverse[set])
    let average = norm == .rms ? 0 : t * averageScale[set]
    let g = scale[parameter] * (t + k * sign)
    return inverse[set] * (g - average - sign * u * u * k * averageScale[set])
  }

  /// Normalised with given statistics.
  func inferredOutput(
    _ set: Int, _ parameter: Int, _ sign: Double, mean given: [Double], inverse: [Double]
  ) -> Double {
    let d = mean[set] + deviation[set] * sign - given[parameter]
    return scale[parameter] * (d * inverse[parameter]) + shift[parameter]
  }

  func inferredInputGradient(
    _ set: Int, _ parameter: Int, _ sign: Double, inverse: [Double]
  ) -> Double {
    scale[parameter] * inverse[parameter] * (gradientMean[set] + gradientSlope[set] * sign)
  }

  /// sum(dy*n) and sum(dy) of each parameter, n normalised with the set's own statistics or given ones.
  func parameterGradients(
    _ given: (mean: [Double], inverse: [Double])? = nil
  ) -> (scale: [Double], shift: [Double]) {
    var sums = (scale: scale.map { _ in 0.0 }, shift: scale.map { _ in 0.0 })
    forEach { _, set, parameter, sign in
      let dy = gradientMean[set] + gradientSlope[set] * sign
      var n = deviation[set] * inverse[set] * sign
      if let given {
        n = (mean[set] + deviation[set] * sign - given.mean[parameter]) * given.inverse[parameter]
      }
      sums.scale[parameter] += dy * n
      sums.shift[parameter] += dy
    }
    return sums
  }
}

/// +1 for even numbers, -1 for odd ones.
@inline(__always) private func sign(_ number: Int) -> Double { 1 - 2 * Double(number & 1) }

extension Findings {
  /// Every number has to be equal.
  mutating func requireEqual(_ found: [Double], _ expected: [Double], _ name: String) {
    compare(found.map { Wide($0) }, expected.map { Wide($0) }, name) { _ in 0 }
  }

  mutating func requireEqual(_ found: Tensor<Float>?, _ expected: [Double], _ name: String) {
    requireEqual((found?.elements ?? []).map { Double($0) }, expected, name)
  }

  /// Every element has to be what `value` says of its set, parameter and sign.
  @inline(__always)
  mutating func requireEqual(
    _ found: Tensor<Float>, _ data: ExactData, _ name: String,
    _ value: (Int, Int, Double) -> Double
  ) {
    require(found.shape == data.shape, "\(name) has shape \(found.shape)")
    guard found.shape == data.shape else { return }
    var worst = Deviation()
    let elements = found.span
    data.forEach { index, set, parameter, sign in
      let expected = value(set, parameter, sign)
      if Double(elements[index]) != expected {
        worst.compare(
          Wide(elements[index]), Wide(expected), tolerance: 0, "element \(index)")
      }
    }
    note(worst, name, count: found.count)
  }
}
