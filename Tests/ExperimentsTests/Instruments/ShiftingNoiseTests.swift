import NeuralNetworks
import Normalization
import Testing

@testable import Experiments

@Suite struct ShiftingNoiseTests {
  private let input = Tensor<Float>((0..<600).map { Float($0 % 7) - 3 }, shape: [200, 3])

  @Test func `inference is the identity`() {
    #expect(ShiftingNoise(seed: 1).inference(input) == input)
  }

  @Test func `values are scaled and shifted within the published bounds, anew at every step`() {
    var noise = ShiftingNoise(seed: 4)
    let first = noise.forward(input)
    #expect(noise.forward(input).output == first.output)
    for (x, y) in zip(input.elements, first.output.elements) {
      #expect(y >= min(0.9 * x, 1.35 * x) - 0.601 && y <= max(0.9 * x, 1.35 * x) + 0.601)
    }
    noise.commit(first)
    #expect(noise.forward(input).output != first.output)
  }

  @Test func `each unit has a mean of its own`() {
    let zeros = Tensor<Float>(repeating: 0, shape: [2000, 2])
    let output = ShiftingNoise(seed: 9).forward(zeros).output.elements
    for unit in 0..<2 {
      let values = stride(from: unit, to: output.count, by: 2).map { Double(output[$0]) }
      let mean = values.reduce(0, +) / Double(values.count)
      #expect(abs(mean) < 0.51)
      #expect(values.allSatisfy { abs($0 - mean) < 0.11 })
    }
  }

  @Test func `channels of images are units`() {
    let zeros = Tensor<Float>(repeating: 0, shape: [2, 5, 5, 3])
    let flat = Tensor<Float>(repeating: 0, shape: [50, 3])
    let (images, features) = (
      ShiftingNoise(seed: 7).forward(zeros).output, ShiftingNoise(seed: 7).forward(flat).output
    )
    #expect(images.shape == zeros.shape && images.elements == features.elements)
  }

  @Test(arguments: ExperimentForm.allCases, [ActivationKind.sigmoid, .relu])
  func `the control has noise behind every normalization, in both forms`(
    form: ExperimentForm, activation: ActivationKind
  ) throws {
    let images = ExperimentData.digits.asImages
    let arm = Arm.network("", .batch, activation: activation, learningRate: 1, form: form)
    let network = try arm.network(images, seed: 1, in: ExperimentContext())
    let noisy = CovariateShift().noisy(network, seed: 1)
    let places = noisy.stages.indices.filter { noisy.stages[$0].layer is ShiftingNoise }
    #expect(places.count >= 3 && places.count == noisy.stages.count - network.stages.count)
    for place in places {
      let isBehind = noisy.stages[place - 1].layer is BatchNorm<Float>
      #expect(isBehind)
    }
  }

  @Test func `the gradient is the scale that was drawn`() {
    let noise = ShiftingNoise(seed: 2)
    let moved = Tensor<Float>(input.elements.map { $0 + 1 }, shape: input.shape)
    let pass = noise.forward(input)
    let there = noise.forward(moved).output.elements
    let ones = Tensor<Float>(repeating: 1, shape: input.shape)
    let gradient = pass.pullback(ones).input.elements
    for (index, scale) in gradient.enumerated() {
      let difference = there[index] - pass.output.elements[index]
      #expect(abs(difference - scale) < 1e-5)
    }
  }
}
