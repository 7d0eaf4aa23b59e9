/// What the values of one channel in some blocks weigh. Without weights every value weighs 1.
///
/// Joining two sides adds the products of each weight of one with each of the other:
///
///     pairs = pairs_a + pairs_b + total_a * total_b
///
/// so that sum(w)^2 - sum(w^2) = 2 * pairs has no cancellation, however unequal the weights are.
struct BlockWeight: Equatable, Sendable {
  /// The number of values of positive weight.
  var values: Int
  /// The sum of the weights.
  var total: Double
  /// The sum of the products of any two weights.
  var pairs: Double

  /// The weight of `values` values without weights.
  init(values: Int) {
    let count = Double(values)
    self.init(values: values, total: count, pairs: count * (count - 1) / 2)
  }

  init(values: Int, total: Double, pairs: Double) {
    (self.values, self.total, self.pairs) = (values, total, pairs)
  }

  mutating func add(_ other: BlockWeight) {
    values += other.values
    pairs = (pairs + other.pairs) + total * other.total
    total += other.total
  }

  /// What makes a biased variance unbiased: W^2/(W^2 - sum(w^2)); m/(m - 1) without weights.
  ///
  /// Divided in two steps it is blind to a common factor of all weights, and m/(m - 1) to the bit.
  var unbiasedFactor: Double { total / (2 * pairs / total) }
}
