import NeuralNetworks
import Normalization
import Testing

@Suite struct LastStepTests {
  @Test func `the last step by hand`() throws {
    let input = Tensor<Float>((0..<12).map(Float.init), shape: [2, 3, 2])
    let pass = try LastStep<Float>().forward(input)
    #expect(pass.output == Tensor([4, 5, 10, 11], shape: [2, 2]))
    #expect(try LastStep<Float>().inference(input) == pass.output)
    let gradient = pass.pullback(Tensor([1, 2, 3, 4], shape: [2, 2])).input
    #expect(gradient == Tensor([0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 3, 4], shape: [2, 3, 2]))
  }

  @Test(arguments: [1, 4])
  func `gradients match central differences`(steps: Int) throws {
    try expectGradientsMatchDifferences(of: LastStep(), inputShape: [3, steps, 2], seed: 1)
  }

  @Test func `a sequence without steps is a programmer's mistake`() async {
    await #expect(processExitsWith: .failure) {
      _ = try LastStep<Float>().inference(Tensor(repeating: 0, shape: [2, 0, 3]))
    }
  }
}
