public import Tensors

/// The derivatives of a function with respect to every element, by central differences:
/// (f(x + h) - f(x - h))/2h. The error is h^2/6 times the third derivative, and rounding of f by h.
public func centralDifferences(
  at point: Tensor<Double>, step: (Int) -> Double,
  of function: (Tensor<Double>) throws -> Double
) rethrows -> [Double] {
  var moved = point
  var result: [Double] = []
  for index in 0..<point.count {
    let h = step(index)
    // What is really added, once x + h and x - h are rounded.
    let (above, below) = (point[index] + h, point[index] - h)
    moved[index] = above
    let high = try function(moved)
    moved[index] = below
    let low = try function(moved)
    moved[index] = point[index]
    result.append((high - low) / (above - below))
  }
  return result
}

/// The weighted sum of a tensor's elements: a loss whose gradient is the weights.
public func weightedSum(_ tensor: Tensor<Double>, weights: Tensor<Double>) -> Double {
  precondition(
    tensor.shape == weights.shape, "The shapes \(tensor.shape), \(weights.shape) differ.")
  var sum = CompensatedSum()
  for index in 0..<tensor.count { sum.add(Wide(tensor[index]) * Wide(weights[index])) }
  return Double(sum.value)
}
