public import Normalization

extension Tensor where Scalar: NetworkScalar {
  /// The class that each sample's outputs say: the place of the largest, the first of equal ones.
  ///
  /// Shapes: outputs [N, classCount], N numbers in 0..<classCount.
  ///
  /// - Precondition: there is a class.
  public var recognizedClasses: [Int] {
    precondition(
      rank == 2 && shape[1] > 0,
      "Outputs of a classifier have the shape [N, classCount], not \(shape).")
    let (values, count) = (span, shape[1])
    return (0..<shape[0]).map { recognizedClass(in: values, from: $0 * count, count: count) }
  }
}

/// The place of the largest of some values, the first of equal ones.
@inline(__always)
func recognizedClass<Scalar: NetworkScalar>(
  in values: Span<Scalar>, from start: Int, count: Int
) -> Int {
  var best = 0
  for c in 1..<max(1, count) where values[start + c] > values[start + best] { best = c }
  return best
}
