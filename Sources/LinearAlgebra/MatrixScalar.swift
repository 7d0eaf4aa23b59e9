internal import COneDNN
public import Tensors

/// An element type with a matrix product: `Float` on oneDNN, `Double` in plain loops as its reference.
public protocol MatrixScalar: TensorScalar {
  /// Writes the product of row-major matrices `a` [m, k] and `b` [k, n], each stored transposed where so
  /// said, into `c` [m, n].
  static func _multiply(
    _ a: Span<Self>, transposed aIsTransposed: Bool, _ b: Span<Self>,
    transposed bIsTransposed: Bool, into c: inout MutableSpan<Self>, m: Int, n: Int, k: Int,
    threadCount: Int)
}

extension Float: MatrixScalar {
  /// Multiplications below which a second thread costs more than it saves (measured: 60x100x100 takes
  /// some 20 microseconds on one thread, and waking an OpenMP team about as long).
  private static var singleThreadLimit: Int { 4 << 20 }

  /// The product by oneDNN.
  public static func _multiply(
    _ a: Span<Float>, transposed aIsTransposed: Bool, _ b: Span<Float>,
    transposed bIsTransposed: Bool, into c: inout MutableSpan<Float>, m: Int, n: Int, k: Int,
    threadCount: Int
  ) {
    guard m > 0, n > 0 else { return }
    guard k > 0 else {  // a sum of nothing; oneDNN leaves the memory as it is
      for index in c.indices { c[index] = 0 }
      return
    }
    let threads = m * n * k < singleThreadLimit ? 1 : threadCount
    let status = a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        c.withUnsafeMutableBufferPointer { c in
          onLibraryThreads(threads) {
            onednn_sgemm(
              aIsTransposed, bIsTransposed, m, n, k, a.baseAddress, b.baseAddress, c.baseAddress)
          }
        }
      }
    }
    precondition(
      status == 0, "oneDNN refused a product of \(m)x\(k) and \(k)x\(n): status \(status).")
  }
}

extension Double: MatrixScalar {
  /// The product in plain loops, each element summed in order of k.
  public static func _multiply(
    _ a: Span<Double>, transposed aIsTransposed: Bool, _ b: Span<Double>,
    transposed bIsTransposed: Bool, into c: inout MutableSpan<Double>, m: Int, n: Int, k: Int,
    threadCount: Int
  ) {
    for row in 0..<m {
      for column in 0..<n {
        var sum = 0.0
        for i in 0..<k {
          let left = aIsTransposed ? a[i * m + row] : a[row * k + i]
          let right = bIsTransposed ? b[column * k + i] : b[i * n + column]
          sum += left * right
        }
        c[row * n + column] = sum
      }
    }
  }
}
