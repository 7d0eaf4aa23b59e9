import NeuralNetworks
import Normalization
import Testing

@Suite struct RecognizedClassesTests {
  @Test func `the largest output says the class, the first of equal ones`() {
    let outputs = Tensor<Float>([1, 2, 3, 5, 5, 0, -1, -2, -2], shape: [3, 3])
    #expect(outputs.recognizedClasses == [2, 0, 0])
    #expect(Tensor<Double>(repeating: 0, shape: [0, 3]).recognizedClasses == [])
  }

  @Test func `outputs of no classes stop the program`() async {
    await #expect(processExitsWith: .failure) {
      _ = Tensor<Float>(repeating: 0, shape: [2, 0]).recognizedClasses
    }
  }
}
