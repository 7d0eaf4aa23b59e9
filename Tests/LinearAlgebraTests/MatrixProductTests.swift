import LinearAlgebra
import Tensors
import Testing

@Suite struct MatrixProductTests {
  @Test func `a product worked out by hand`() {
    let a = Tensor<Float>([1, 2, 3, 4, 5, 6], shape: [2, 3])
    let b = Tensor<Float>([7, 8, 9, 10, 11, 12], shape: [3, 2])
    // 1*7 + 2*9 + 3*11 = 58 and so on
    let expected = Tensor<Float>([58, 64, 139, 154], shape: [2, 2])
    #expect(matrixProduct(.plain(a), .plain(b)) == expected)
    #expect(
      matrixProduct(.plain(a.converted(to: Double.self)), .plain(b.converted(to: Double.self)))
        == expected.converted(to: Double.self))
  }

  @Test(arguments: [
    (1, 1, 1), (2, 3, 4), (60, 100, 100), (60, 10, 100), (100, 64, 60), (17, 33, 129), (1, 257, 5),
    (300, 200, 150),
  ])
  func `oneDNN agrees with plain loops in Float64 for every transposition`(
    m: Int, n: Int, k: Int
  ) {
    var generator = SeededGenerator(seed: UInt64(m * 1_000_000 + n * 1000 + k))
    for aIsTransposed in [false, true] {
      for bIsTransposed in [false, true] {
        let a = Tensor<Float>(normal: aIsTransposed ? [k, m] : [m, k], using: &generator)
        let b = Tensor<Float>(normal: bIsTransposed ? [n, k] : [k, n], using: &generator)
        func product<S: MatrixScalar>(_ a: Tensor<S>, _ b: Tensor<S>) -> Tensor<S> {
          matrixProduct(
            aIsTransposed ? .transposed(a) : .plain(a), bIsTransposed ? .transposed(b) : .plain(b),
            threadCount: 2)
        }
        let found = product(a, b)
        let expected = product(a.converted(to: Double.self), b.converted(to: Double.self))
        #expect(found.shape == [m, n])
        #expect(expected.shape == [m, n])
        // Each of k products is about 1; rounding adds up to at most k units in the last place.
        let tolerance = Double(k) * 0x1p-23 * 4
        for i in 0..<found.count { #expect(abs(Double(found[i]) - expected[i]) <= tolerance) }
      }
    }
  }

  @Test(arguments: [(0, 2, 3), (2, 0, 3), (2, 3, 0), (0, 0, 0)])
  func `an extent of 0 gives zeros or nothing`(m: Int, n: Int, k: Int) {
    for aIsTransposed in [false, true] {
      for bIsTransposed in [false, true] {
        let a = Tensor<Float>(repeating: 1, shape: aIsTransposed ? [k, m] : [m, k])
        let b = Tensor<Float>(repeating: 1, shape: bIsTransposed ? [n, k] : [k, n])
        let product = matrixProduct(
          aIsTransposed ? .transposed(a) : .plain(a), bIsTransposed ? .transposed(b) : .plain(b))
        #expect(product == Tensor(repeating: 0, shape: [m, n]))
      }
    }
  }

  @Test func `shapes that do not fit are a programmer's mistake`() async {
    await #expect(processExitsWith: .failure) {
      let a = Tensor<Float>(repeating: 1, shape: [2, 3])
      _ = matrixProduct(.plain(a), .plain(a))
    }
  }

  @Test func `the library says its version`() {
    #expect(linearAlgebraLibrary.hasPrefix("oneDNN "))
    #expect(linearAlgebraLibrary.split(separator: ".").count == 3)
  }
}
