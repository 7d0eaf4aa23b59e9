import NeuralNetworks
import Normalization
import Testing

@Suite struct ReshapingTests {
  @Test func `samples get the shape, gradients the input's`() throws {
    let layer = Reshaping<Float>([3, 2])
    let input = Tensor<Float>((0..<12).map(Float.init), shape: [2, 6])
    let pass = try layer.forward(input)
    #expect(pass.output == input.reshaped(to: [2, 3, 2]))
    #expect(try layer.inference(input) == pass.output)
    #expect(pass.pullback(pass.output).input == input)
    #expect(layer.kindName == "Reshaping")
  }

  @Test func `samples of another size are a programmer's mistake`() async {
    await #expect(processExitsWith: .failure) {
      // As many elements in all, but not in each sample.
      _ = try Reshaping<Float>([3]).inference(Tensor(repeating: 0, shape: [3, 2]))
    }
  }
}
