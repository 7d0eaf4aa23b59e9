import Tensors
import Testing

/// Shapes, elements and value semantics of tensors.
@Suite struct TensorTests {
  private func address<Scalar: TensorScalar>(_ tensor: borrowing Tensor<Scalar>) -> UInt {
    tensor.span.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
  }

  @Test(arguments: [
    ([], 1), ([0], 0), ([1], 1), ([7], 7), ([2, 3], 6), ([2, 0, 3], 0), ([2, 3, 5], 30),
  ])
  func `the count is the product of the extents`(shape: [Int], count: Int) {
    let tensor = Tensor<Float>(repeating: 1.5, shape: shape)
    #expect(Tensor<Float>.count(of: shape) == count)
    #expect(tensor.shape == shape)
    #expect(tensor.count == count)
    #expect(tensor.rank == shape.count)
    #expect(tensor.elements == Array(repeating: 1.5, count: count))
    #expect(tensor.span.count == count)
  }

  @Test(arguments: [0, 1, 2, 15, 16, 17, 1000, 100_001])
  func `memory is aligned to 64 bytes`(count: Int) {
    #expect(address(Tensor<Float>(repeating: 1, shape: [count])) % 64 == 0)
    var tensor = Tensor<Double>(repeating: 1, shape: [count])
    let copy = tensor
    if count > 0 { tensor[0] = 2 }
    #expect(address(tensor) % 64 == 0)
    #expect(address(copy) % 64 == 0)
  }

  @Test func `copies share memory until one is written`() {
    let original = Tensor<Float>([1, 2, 3])
    var copy = original
    #expect(address(copy) == address(original))
    copy[1] = 7
    #expect(address(copy) != address(original))
    #expect(original.elements == [1, 2, 3])
    #expect(copy.elements == [1, 7, 3])
    // A tensor alone is written in place.
    let before = address(copy)
    copy[2] = 8
    var elements = copy.mutableSpan
    elements[0] = 6
    #expect(address(copy) == before)
    #expect(copy.elements == [6, 7, 8])
  }

  @Test func `writing through a span leaves copies alone`() {
    let original = Tensor<Double>([1, 2, 3, 4], shape: [2, 2])
    var copy = original
    var elements = copy.mutableSpan
    for index in elements.indices { elements[index] *= 2 }
    #expect(original.elements == [1, 2, 3, 4])
    #expect(copy.elements == [2, 4, 6, 8])
    #expect(copy.shape == [2, 2])
  }

  @Test func `reshaping keeps the elements and shares their memory`() {
    let tensor = Tensor<Float>([1, 2, 3, 4, 5, 6], shape: [2, 3])
    var reshaped = tensor.reshaped(to: [3, 1, 2])
    #expect(reshaped.shape == [3, 1, 2])
    #expect(reshaped.elements == tensor.elements)
    #expect(address(reshaped) == address(tensor))
    reshaped[0] = 9
    #expect(tensor[0] == 1)
    #expect(Tensor<Float>([4]).reshaped(to: []).rank == 0)
  }

  @Test func `tensors are equal by shape and numbers`() {
    let tensor = Tensor<Float>([1, 2, 3, 4], shape: [2, 2])
    #expect(tensor == Tensor([1, 2, 3, 4], shape: [2, 2]))
    #expect(tensor != Tensor([1, 2, 3, 4], shape: [4]))
    #expect(tensor != Tensor([1, 2, 3, 5], shape: [2, 2]))
    #expect(Tensor<Float>([0]) == Tensor([-0.0]))
    #expect(Tensor<Float>([.nan]) != Tensor([.nan]))
    #expect(Tensor<Float>([], shape: [0, 3]) != Tensor([], shape: [3, 0]))
  }

  @Test func `conversion rounds to nearest and widens exactly`() {
    let numbers: [Double] = [0.1, 1 + 0x1p-24, 1 + 0x1.8p-24, 1e300, -0.0, 1e-50, .infinity]
    let single = Tensor<Double>(numbers, shape: [7]).converted(to: Float.self)
    #expect(single.shape == [7])
    #expect(single.elements == [0.1, 1, 1 + 0x1p-23, .infinity, 0, 0, .infinity])
    #expect(single[4].sign == .minus)
    #expect(single.converted(to: Double.self)[0] == Double(Float(0.1)))
    #expect(Tensor<Float>([.nan]).converted(to: Double.self)[0].isNaN)
  }

  @Test func `the description shows the shape and at most eight elements`() {
    #expect(Tensor<Float>([1, 2.5]).description == "Tensor<Float>[2][1.0, 2.5]")
    #expect(
      Tensor<Double>(repeating: 0, shape: [3, 3]).description
        == "Tensor<Double>[3, 3][0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, ...]")
  }

  @Test(
    arguments: [
      (0, 3, 0), (2, 3, 2), (-1, 3, 2), (-3, 3, 0), (3, 3, nil), (-4, 3, nil), (0, 0, nil),
      (-1, 0, nil),
    ] as [(Int, Int, Int?)])
  func `negative axes count from the end`(axis: Int, rank: Int, expected: Int?) {
    #expect(resolvedAxis(axis, rank: rank) == expected)
  }

  @Test func `shapes that elements do not fit stop the program`() async {
    await #expect(processExitsWith: .failure) { _ = Tensor<Float>([1, 2, 3], shape: [2, 2]) }
    await #expect(processExitsWith: .failure) { _ = Tensor<Float>(repeating: 0, shape: [-1]) }
    await #expect(processExitsWith: .failure) {
      _ = Tensor<Float>(repeating: 0, shape: [1 << 40, 1 << 40])
    }
    await #expect(processExitsWith: .failure) { _ = Tensor<Float>([1, 2]).reshaped(to: [3]) }
  }
}
