import NeuralNetworks
import Normalization
import Testing

@Suite struct GlobalAveragePoolingTests {
  @Test func `averages by hand`() throws {
    let input = Tensor<Float>([1, 10, 2, 20, 6, 60, -1, 0, 0, 0, 4, 3], shape: [2, 3, 2])
    let layer = GlobalAveragePooling<Float>()
    let pass = try layer.forward(input)
    #expect(pass.output == Tensor([3, 30, 1, 1], shape: [2, 2]))
    #expect(try layer.inference(input) == pass.output)
    let gradient = pass.pullback(Tensor([3, 6, 9, 12], shape: [2, 2])).input
    #expect(gradient == Tensor([1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4], shape: [2, 3, 2]))
    #expect(layer.kindName == "GlobalAveragePooling")
  }

  @Test(arguments: [[2, 3, 4, 5], [3, 2, 2, 2, 3], [2, 7, 1], [4, 3]])
  func `gradients match central differences`(shape: [Int]) throws {
    try expectGradientsMatchDifferences(
      of: GlobalAveragePooling(), inputShape: shape, seed: 4)
  }

  /// In Float32, adding 1 to 2^24 would be lost.
  @Test func `small values beside a large one are not lost`() throws {
    var input = Tensor<Float>(repeating: 1, shape: [1, 4097, 1, 1])
    input[0] = 16_777_216
    let average = try GlobalAveragePooling<Float>().inference(input)
    #expect(average[0] == Float((16_777_216.0 + 4096) / 4097))
  }

  @Test func `no position is a programmer's mistake`() async {
    await #expect(processExitsWith: .failure) {
      _ = try GlobalAveragePooling<Float>().inference(Tensor(repeating: 0, shape: [2, 0, 3]))
    }
  }
}
