import Tensors
import Testing

@Suite struct TensorSamplesTests {
  private let batch = Tensor<Double>((0..<12).map { Double($0) }, shape: [3, 2, 2])

  @Test func `some samples, all and none`() {
    #expect(batch.samples(1..<3) == Tensor((4..<12).map { Double($0) }, shape: [2, 2, 2]))
    #expect(batch.samples(0..<3) == batch)
    #expect(batch.samples(2..<2) == Tensor([], shape: [0, 2, 2]))
  }

  @Test func `parts joined are the whole`() {
    let parts = [0..<1, 1..<1, 1..<3].map { batch.samples($0) }
    #expect(Tensor(joining: parts) == batch)
    #expect(Tensor(joining: [batch]) == batch)
  }

  @Test func `samples that do not exist, and batches of other shapes, stop the program`() async {
    await #expect(processExitsWith: .failure) {
      _ = Tensor<Float>([1, 2], shape: [2, 1]).samples(1..<3)
    }
    await #expect(processExitsWith: .failure) {
      _ = Tensor(joining: [Tensor<Float>([1], shape: [1, 1]), Tensor([1, 2], shape: [1, 2])])
    }
  }
}
