internal import COneDNN
public import Tensors

/// A matrix in a product, as stored or transposed.
public enum MatrixOperand<Scalar: MatrixScalar>: Sendable {
  /// The matrix as it is stored.
  case plain(Tensor<Scalar>)
  /// Rows and columns exchanged; nothing is moved for that.
  case transposed(Tensor<Scalar>)

  var tensor: Tensor<Scalar> {
    switch self {
    case .plain(let tensor), .transposed(let tensor): tensor
    }
  }

  var isTransposed: Bool {
    if case .transposed = self { true } else { false }
  }

  var rows: Int { tensor.shape[isTransposed ? 1 : 0] }
  var columns: Int { tensor.shape[isTransposed ? 0 : 1] }
}

/// Returns the matrix product of `left` [m, k] and `right` [k, n]: a tensor of shape [m, n].
///
/// - Parameters:
///   - left: [m, k].
///   - right: [k, n].
///   - threadCount: the most threads to use. Small products stay on the calling one.
/// - Precondition: both have rank 2, and `left` has as many columns as `right` has rows.
public func matrixProduct<Scalar: MatrixScalar>(
  _ left: MatrixOperand<Scalar>, _ right: MatrixOperand<Scalar>, threadCount: Int = 1
) -> Tensor<Scalar> {
  precondition(
    left.tensor.rank == 2 && right.tensor.rank == 2,
    "Matrices have rank 2, but the shapes are \(left.tensor.shape) and \(right.tensor.shape).")
  precondition(
    left.columns == right.rows,
    "A matrix with \(left.columns) columns cannot be multiplied by one with \(right.rows) rows.")
  let (m, n, k) = (left.rows, right.columns, left.columns)
  return Tensor(unsafeUninitialized: [m, n]) { product in
    Scalar._multiply(
      left.tensor.span, transposed: left.isTransposed, right.tensor.span,
      transposed: right.isTransposed, into: &product, m: m, n: n, k: k, threadCount: threadCount)
  }
}

/// The library behind the matrix product, for records of what a result depends on: "oneDNN 2.6.3".
public var linearAlgebraLibrary: String {
  let version = Int(onednn_version())
  return "oneDNN \(version / 10000).\(version / 100 % 100).\(version % 100)"
}
