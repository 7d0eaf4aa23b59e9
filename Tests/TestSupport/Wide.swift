public import Tensors

#if arch(x86_64)
  /// The number type of the reference: 64 bits of significand on x86-64. Elsewhere sums in Double are
  /// compensated, which leaves them good to a few units in the last place: enough for every bound here.
  public typealias Wide = Float80
#else
  /// The number type of the reference: 64 bits of significand on x86-64. Elsewhere sums in Double are
  /// compensated, which leaves them good to a few units in the last place: enough for every bound here.
  public typealias Wide = Double
#endif

/// A sum whose error does not grow with the number of terms (Neumaier 1974).
public struct CompensatedSum: Sendable {
  private var sum: Wide = 0
  private var lost: Wide = 0

  /// The empty sum.
  public init() {}

  /// The sum, once the lost digits are back.
  public var value: Wide { sum + lost }

  /// Adds a term.
  public mutating func add(_ term: Wide) {
    let total = sum + term
    lost += abs(sum) >= abs(term) ? (sum - total) + term : (term - total) + sum
    sum = total
  }
}

/// The elements of a tensor, unrounded.
public func wide<Scalar: TensorScalar>(_ tensor: Tensor<Scalar>) -> [Wide] {
  // Spelled out by type: conversions of generic numbers are slow.
  if let tensor = tensor as? Tensor<Float> { return tensor.elements.map { Wide($0) } }
  if let tensor = tensor as? Tensor<Double> { return tensor.elements.map { Wide($0) } }
  return tensor.elements.map { Wide($0) }
}

/// The 2-norm.
public func norm(_ values: some Sequence<Wide>) -> Wide {
  // Scaled by the largest, so that squares stay in range where Wide is Double.
  let values = Array(values)
  let largest = values.map { abs($0) }.max() ?? 0
  guard largest > 0, largest.isFinite else { return largest }
  var sum = CompensatedSum()
  for value in values { sum.add((value / largest) * (value / largest)) }
  return largest * sum.value.squareRoot()
}
