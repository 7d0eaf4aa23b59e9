import Normalization

/// How far rounding alone can set the folded layer's outputs apart from those of the original layers.
///
/// Known from weights, statistics and input, before any output is compared. With u half a unit in the last place of
/// the element type (2^-24 for Float), v = 2^-53, k products in a sum and gamma(n) = n u / (1 - n u), every
/// operation rounds to a relative error of at most u, and a sum of k products, in whatever order and with fused
/// operations or without, to gamma(k) times the sum of their magnitudes (Higham 2002, section 3.1). So, per element:
///
/// - A normalization computes (x - c) * a + b with c the rounded mean, a and b = shift + a (c - mean) computed in
///   Float64 and rounded. Rounding of the difference, of a and of the result, of b and of the result:
///   `|error| <= gamma(3) |a| |x - c| + gamma(2) |b|`, and eight v for the Float64 arithmetic. An error e of its
///   input adds |a| e.
/// - A linear layer computes W x + b: `|error| <= |W| e + gamma(k + 2) (|W| (|x| + e) + |b|)`.
/// - The folded layer has weights W' and a bias b' that were rounded once: u each, which with the sum of products makes
///   `gamma(k + 3) (|W'| |x| + |b'|)`, and the Float64 arithmetic behind them `(k + 8 n + 8) v` times the same sum with
///   every term of the n normalizations by magnitude, which matters for Double networks and enormous means.
///
/// The bound is the error of the original plus that of the folded layer. Numbers below the normal ones lose at most
/// the least normal number per operation, which is added.
struct FoldingBound<Scalar: NetworkScalar> {
  let layer: any FoldableLayer<Scalar>
  let folded: any FoldableLayer<Scalar>
  let behind: [ChannelMap]
  let before: [ChannelMap]

  private let unit = Double(Scalar.ulpOfOne) / 2
  private let wideUnit = 0x1p-53
  private let tiny = Double(Scalar.leastNormalMagnitude)

  /// A tensor in exact arithmetic, and how far the computed one can be from it.
  struct Value {
    var exact: Tensor<Double>
    var error: Tensor<Double>
  }

  /// The bound for each element of the output.
  func bound(for input: Tensor<Scalar>) throws(NormalizationError) -> Tensor<Double> {
    let x = input.converted(to: Double.self)
    var value = Value(exact: x, error: Tensor(repeating: 0, shape: x.shape))
    for map in behind { value = normalized(value, map) }
    value = try linear(value)
    for map in before { value = normalized(value, map) }
    let own = try foldedError(x)
    // The bound itself is computed in Float64: 2^-20 is far more than that rounds.
    return combined(value.error, own) { ($0 + $1) * (1 + 0x1p-20) }
  }

  private func gamma(_ count: Int) -> Double {
    let product = Double(count) * unit
    return product < 1 ? product / (1 - product) : .infinity
  }

  private func normalized(_ value: Value, _ map: ChannelMap) -> Value {
    let (threefold, twofold) = (gamma(3) + 8 * wideUnit, gamma(2) + 8 * wideUnit)
    let (exact, error) = (value.exact.span, value.error.span)
    var result = value
    result.exact = mapped(value.exact, map) { index, channel in
      map.factor[channel] * (exact[index] - map.mean[channel]) + map.shift[channel]
    }
    result.error = mapped(value.exact, map) { index, channel in
      let (mean, factor) = (map.mean[channel], map.factor[channel])
      let center = Double(Scalar(mean))
      let offset = abs(map.shift[channel]) + abs(factor * (center - mean))
      let distance = abs(exact[index] - center) + error[index]
      return abs(factor) * (error[index] + threefold * distance + tiny) + twofold * offset + tiny
    }
    return result
  }

  private func linear(_ value: Value) throws(NormalizationError) -> Value {
    let count = layer.productCount
    let size = combined(value.exact, value.error) { abs($0) + $1 }
    let passedOn = try layer.magnitudes(withBias: false).inference(value.error)
    let sums = try layer.magnitudes(withBias: true).inference(size)
    let share = gamma(count + 2) + Double(count + 2) * wideUnit
    return Value(
      exact: try layer.widened.inference(value.exact),
      error: combined(passedOn, sums) { $0 + share * $1 + Double(count + 2) * tiny })
  }

  private func foldedError(_ x: Tensor<Double>) throws(NormalizationError) -> Tensor<Double> {
    let count = layer.productCount
    var terms = combined(x, x) { first, _ in abs(first) }
    let largest = terms.elements.max() ?? 0
    let sums = try folded.magnitudes(withBias: true).inference(terms)
    for map in behind { terms = magnitudes(terms, map) }
    terms = try layer.magnitudes(withBias: true).inference(terms)
    for map in before { terms = magnitudes(terms, map) }
    let wide = Double(count + 8 * (behind.count + before.count) + 8) * wideUnit
    let lost = Double(count + 2) * tiny * (1 + largest)
    return combined(sums, terms) { gamma(count + 3) * $0 + wide * $1 + lost }
  }

  /// |factor| (x + |mean|) + |shift| for magnitudes x.
  private func magnitudes(_ x: Tensor<Double>, _ map: ChannelMap) -> Tensor<Double> {
    let elements = x.span
    return mapped(x, map) { index, channel in
      abs(map.factor[channel]) * (elements[index] + abs(map.mean[channel]))
        + abs(map.shift[channel])
    }
  }

  /// A tensor of the shape of `x` whose elements `body` computes from their place and channel.
  private func mapped(
    _ x: Tensor<Double>, _ map: ChannelMap, _ body: (_ index: Int, _ channel: Int) -> Double
  ) -> Tensor<Double> {
    let axis = resolvedAxis(map.axis, rank: x.rank) ?? 0
    let inner = x.shape[(axis + 1)...].reduce(1, *)
    return Tensor(unsafeUninitialized: x.shape) { result in
      for index in result.indices { result[index] = body(index, index / inner % map.factor.count) }
    }
  }

  private func combined(
    _ left: Tensor<Double>, _ right: Tensor<Double>, _ body: (Double, Double) -> Double
  ) -> Tensor<Double> {
    Tensor(unsafeUninitialized: left.shape) { result in
      let (a, b) = (left.span, right.span)
      for index in result.indices { result[index] = body(a[index], b[index]) }
    }
  }
}
