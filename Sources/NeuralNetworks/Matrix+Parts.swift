import Normalization

/// Rows and columns of matrices, as recurrent layers take them apart and put them together.
extension Tensor where Scalar: NetworkScalar {
  /// Some rows of a matrix.
  func rows(_ range: Range<Int>) -> Tensor {
    let columns = shape[1]
    return Tensor(unsafeUninitialized: [range.count, columns]) { result in
      let width = range.count * columns
      copyBlocks(self, range.lowerBound * columns, &result, 0, Blocks(count: 1, width: width))
    }
  }

  /// Some columns of a matrix.
  func columns(_ range: Range<Int>) -> Tensor {
    let (rows, columns) = (shape[0], shape[1])
    if range == 0..<columns { return self }
    return Tensor(unsafeUninitialized: [rows, range.count]) { result in
      copyBlocks(
        self, range.lowerBound, &result, 0,
        Blocks(count: rows, width: range.count, sourceStride: columns, targetStride: range.count))
    }
  }

  /// [a, b, c] as [b, a, c].
  func leadingAxesExchanged() -> Tensor {
    let (a, b, c) = (shape[0], shape[1], shape[2])
    return Tensor(unsafeUninitialized: [b, a, c]) { result in
      for i in 0..<a {
        copyBlocks(
          self, i * b * c, &result, i * c,
          Blocks(count: b, width: c, sourceStride: c, targetStride: a * c))
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
      copyBlocks(part, 0, &result, start, Blocks(count: 1, width: part.count))
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
      copyBlocks(
        part, 0, &result, start,
        Blocks(count: rows, width: width, sourceStride: width, targetStride: columns))
      start += width
    }
  }
}

/// Runs of elements that lie at equal distances.
private struct Blocks {
  let count: Int
  let width: Int
  var sourceStride = 0
  var targetStride = 0
}

@specialized(where Scalar == Float)
private func copyBlocks<Scalar: NetworkScalar>(
  _ source: Tensor<Scalar>, _ sourceStart: Int, _ target: inout MutableSpan<Scalar>,
  _ targetStart: Int, _ blocks: Blocks
) {
  let source = source.span
  let last = blocks.count - 1
  let ends = (
    sourceStart + last * blocks.sourceStride + blocks.width,
    targetStart + last * blocks.targetStride + blocks.width
  )
  precondition(
    blocks.count == 0 || ends.0 <= source.count && ends.1 <= target.count,
    "Blocks to element \(ends) do not fit in \(source.count) and \(target.count).")
  for block in 0..<blocks.count {
    let from = sourceStart + block * blocks.sourceStride
    let to = targetStart + block * blocks.targetStride
    // The ends were checked above.
    for i in 0..<blocks.width { target[unchecked: to &+ i] = source[unchecked: from &+ i] }
  }
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
