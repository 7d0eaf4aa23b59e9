import Normalization

/// Rows and columns of matrices, as recurrent layers take them apart and put them together.
extension Tensor {
  /// Some rows of a matrix.
  func rows(_ range: Range<Int>) -> Tensor {
    let columns = shape[1]
    return Tensor(unsafeUninitialized: [range.count, columns]) { result in
      copy(span.extracting(range.lowerBound * columns..<range.upperBound * columns), &result, at: 0)
    }
  }

  /// Some columns of a matrix.
  func columns(_ range: Range<Int>) -> Tensor {
    let (rows, columns) = (shape[0], shape[1])
    if range == 0..<columns { return self }
    return Tensor(unsafeUninitialized: [rows, range.count]) { result in
      for row in 0..<rows {
        let start = row * columns
        copy(
          span.extracting(start + range.lowerBound..<start + range.upperBound), &result,
          at: row * range.count)
      }
    }
  }

  /// [a, b, c] as [b, a, c].
  func leadingAxesExchanged() -> Tensor {
    let (a, b, c) = (shape[0], shape[1], shape[2])
    return Tensor(unsafeUninitialized: [b, a, c]) { result in
      for i in 0..<a {
        for j in 0..<b {
          let start = (i * b + j) * c
          copy(span.extracting(start..<start + c), &result, at: (j * a + i) * c)
        }
      }
    }
  }
}

/// Matrices [rows, columnCount] below each other.
func joinedRows<Scalar: NetworkScalar>(
  _ parts: [Tensor<Scalar>], columnCount: Int
) -> Tensor<Scalar> {
  if parts.count == 1 { return parts[0] }
  let rows = parts.reduce(0) { $0 + $1.shape[0] }
  return Tensor(unsafeUninitialized: [rows, columnCount]) { result in
    var start = 0
    for part in parts {
      copy(part.span, &result, at: start)
      start += part.count
    }
  }
}

/// Matrices beside each other.
func joinedColumns<Scalar: NetworkScalar>(_ parts: [Tensor<Scalar>]) -> Tensor<Scalar> {
  if parts.count == 1 { return parts[0] }
  let rows = parts[0].shape[0]
  let columns = parts.reduce(0) { $0 + $1.shape[1] }
  return Tensor(unsafeUninitialized: [rows, columns]) { result in
    var start = 0
    for part in parts {
      let width = part.shape[1]
      for row in 0..<rows {
        copy(
          part.span.extracting(row * width..<(row + 1) * width), &result, at: row * columns + start)
      }
      start += width
    }
  }
}

@inline(__always)
private func copy<Scalar: TensorScalar>(
  _ source: Span<Scalar>, _ target: inout MutableSpan<Scalar>, at start: Int
) {
  precondition(
    start >= 0 && start + source.count <= target.count,
    "\(source.count) elements do not fit at \(start) of \(target.count).")
  for i in 0..<source.count { target[unchecked: start + i] = source[unchecked: i] }
}

extension Tensor where Scalar: NetworkScalar {
  /// Adds the elements of another tensor.
  mutating func add(_ other: Tensor) { sum(&self, other) }

  /// A matrix with each column multiplied by a number.
  func withColumns(times factors: Tensor) -> Tensor { scaledColumns(self, factors) }

  /// Adds the sum over the rows of the products with another matrix to `sums`, which may be empty before.
  func addColumnSums(times other: Tensor, to sums: inout [Double]) {
    columnSums(self, other, &sums)
  }
}

@specialized(where Scalar == Float)
private func sum<Scalar: NetworkScalar>(_ tensor: inout Tensor<Scalar>, _ other: Tensor<Scalar>) {
  precondition(
    tensor.shape == other.shape, "Shapes \(tensor.shape) and \(other.shape) cannot be added.")
  var target = tensor.mutableSpan
  let source = other.span
  for i in 0..<source.count { target[unchecked: i] += source[unchecked: i] }
}

@specialized(where Scalar == Float)
private func scaledColumns<Scalar: NetworkScalar>(
  _ matrix: Tensor<Scalar>, _ factors: Tensor<Scalar>
) -> Tensor<Scalar> {
  let columns = factors.count
  return Tensor(unsafeUninitialized: matrix.shape) { result in
    let (x, factors) = (matrix.span, factors.span)
    for start in stride(from: 0, to: x.count, by: columns) {
      for c in 0..<columns { result[start + c] = x[start + c] * factors[c] }
    }
  }
}

@specialized(where Scalar == Float)
private func columnSums<Scalar: NetworkScalar>(
  _ a: Tensor<Scalar>, _ b: Tensor<Scalar>, _ sums: inout [Double]
) {
  let columns = a.shape[1]
  if sums.isEmpty { sums = Array(repeating: 0, count: columns) }
  let (a, b) = (a.span, b.span)
  for start in stride(from: 0, to: a.count, by: columns) {
    for c in 0..<columns { sums[c] += Double(a[start + c]) * Double(b[start + c]) }
  }
}
