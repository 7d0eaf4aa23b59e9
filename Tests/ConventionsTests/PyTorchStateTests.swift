import Conventions
import Foundation
import Normalization
import TensorFiles
import Testing

/// A state_dict that PyTorch made and safetensors saved; see Fixtures/make_pytorch_state.py.
@Suite struct PyTorchStateTests {
  private func file(_ name: String) throws -> NamedTensors {
    let path = try #require(
      Bundle.module.path(forResource: "Fixtures/\(name)", ofType: "safetensors"))
    return try SafetensorsFile.read(path)
  }

  /// Layer 1 has PyTorch's defaults; layer 4 neither scale nor shift, epsilon 1e-3 and momentum 0.05.
  @Test(arguments: [1, 4])
  func `a layer of the file gives PyTorch's outputs`(number: Int) throws {
    let isDefault = number == 1
    let reading = try NormalizationConvention.pyTorch.batchNorm(
      Float.self, from: file("pytorch-state"), prefix: "\(number).",
      epsilon: isDefault ? nil : 1e-3, momentum: isDefault ? nil : .updating(0.05))
    let layer = reading.layer
    #expect(layer.featureCount == (isDefault ? 5 : 4))
    #expect((layer.scale == nil) == !isDefault)
    #expect((layer.shift == nil) == !isDefault)
    let running = try #require(layer.runningStatistics)
    #expect(running.batchesTracked == 9)
    #expect(running.tracking == .unbiasedVariance)

    let outputs = try file("pytorch-state-outputs")
    let input: Tensor<Float> = try outputs.tensor(named: "\(number).input").converted(
      to: Float.self)
    let expected = try outputs.tensor(named: "\(number).output").converted(to: Double.self)
    let found = try layer.inference(input)
    #expect(found.shape == expected.shape)
    for index in 0..<found.count {
      let size = max(1, abs(expected[index]) + 2)
      #expect(abs(Double(found[index]) - expected[index]) <= 0x1p-21 * size)
    }
  }

  @Test func `written again it has the same bytes`() throws {
    let state = try file("pytorch-state")
    var again = state
    for number in [1, 4] {
      let layer = try NormalizationConvention.pyTorch.batchNorm(
        Float.self, from: state, prefix: "\(number)."
      ).layer
      try NormalizationConvention.pyTorch.write(layer, into: &again, prefix: "\(number).")
    }
    #expect(
      try SafetensorsFile.encode(again, path: "a") == SafetensorsFile.encode(state, path: "a"))
    #expect(again.entries == state.entries)
  }
}
