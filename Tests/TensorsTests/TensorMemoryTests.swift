import Testing

@testable import Tensors

// One after the other: they look at memory that all tensors of the process share.
@Suite(.serialized) struct TensorMemoryTests {
  private func address(_ tensor: Tensor<Float>) -> Int {
    tensor.span.withUnsafeBufferPointer { Int(bitPattern: $0.baseAddress) }
  }

  // More than 8 MB: asks for huge pages.
  private let count = (3 << 20) + 12_345

  @Test func `freed memory of a large tensor serves the next one`() {
    // Tests that run at the same time may take the memory or push it out: several tries.
    let isReused = (0..<20).contains { _ in
      var tensor: Tensor<Float>? = Tensor(repeating: 1, shape: [count])
      let first = tensor.map(address)
      tensor = nil
      let next = Tensor<Float>(repeating: 2, shape: [count])
      #expect(address(next) % 64 == 0)
      #expect(next[0] == 2 && next[count - 1] == 2)
      return address(next) == first
    }
    #expect(isReused)
  }

  @Test func `a tensor of another size gets other memory, and living tensors keep theirs`() {
    var tensor: Tensor<Float>? = Tensor(repeating: 1, shape: [count])
    let copy = tensor
    tensor = nil
    let next = Tensor<Float>(repeating: 2, shape: [count])
    #expect(copy.map(address) != address(next))
    #expect(copy?[count - 1] == 1)
    let smaller = Tensor<Float>(repeating: 3, shape: [count / 2])
    #expect(address(smaller) != address(next))
  }

  @Test func `no more is kept than the limit, and nothing after a release`() {
    let limit = TensorMemory.limit
    #expect(limit >= 256 << 20)
    TensorMemory.limit = 100 << 20
    defer { TensorMemory.limit = limit }
    for extra in 0..<10 {
      _ = Tensor<Float>(repeating: 1, shape: [count + extra * count / 4])
    }
    #expect(TensorMemory.cachedByteCount <= TensorMemory.limit)
    _ = Tensor<Float>(repeating: 1, shape: [TensorMemory.limit / 4 + 1])
    #expect(TensorMemory.cachedByteCount <= TensorMemory.limit)
    TensorMemory.releaseCache()
    let other = Tensor<Float>(repeating: 1, shape: [count])
    #expect(other[5] == 1)
  }
}
