import Normalization
import TestSupport
import Testing

/// The variations that the sources describe (V1 to V5) and what they say of a single sample (A12), one test each.
@Suite struct VariationTests {
  private func tensor(_ shape: [Int], seed: UInt64) -> Tensor<Double> {
    var generator = SeededGenerator(seed: seed)
    return Tensor(normal: shape, mean: 3, deviation: 2, using: &generator)
  }

  private func sample(_ x: Tensor<Double>, _ number: Int) -> Tensor<Double> {
    let size = x.count / x.shape[0]
    return Tensor(
      Array(x.elements[number * size..<(number + 1) * size]), shape: [1] + x.shape.dropFirst())
  }

  @Test(arguments: [1, 2, 7])
  func `V1 layer normalization is over the features of each sample whatever the batch size`(
    size: Int
  ) throws {
    let x = tensor([size, 5, 6], seed: 1)  // sequences of five steps with six features
    let layer = LayerNorm<Double>(normalizedShape: [6], epsilon: 0)
    let output = try layer.trainingPass(x).output
    for row in 0..<size * 5 {
      let features = output.elements[row * 6..<(row + 1) * 6]
      #expect(abs(features.reduce(0, +)) < 1e-13)
      #expect(abs(features.reduce(0) { $0 + $1 * $1 } / 6 - 1) < 1e-13)
    }
    for number in 0..<size {
      let alone = try layer.inference(sample(x, number)).elements
      #expect(alone == Array(output.elements[number * 30..<(number + 1) * 30]))
    }
  }

  @Test func `V2 group normalization takes channels in groups and needs no batch`() throws {
    let x = tensor([1, 6, 3, 3], seed: 2)
    let layer = GroupNorm<Double>(featureCount: 6, groupCount: 2, axis: 1, epsilon: 0)
    let output = try layer.trainingPass(x).output
    for group in 0..<2 {
      let values = output.elements[group * 27..<(group + 1) * 27]
      #expect(abs(values.reduce(0, +)) < 1e-12)
      #expect(abs(values.reduce(0) { $0 + $1 * $1 } / 27 - 1) < 1e-13)
    }
    // A change in one group leaves the other as it is.
    var changed = x
    changed[0] += 100
    let other = try layer.trainingPass(changed).output
    #expect(other.elements[27...] == output.elements[27...])
    #expect(other.elements[..<27] != output.elements[..<27])
  }

  // What style transfer wants: the contrast and brightness of an image's channels leave no trace.
  @Test func `V3 instance normalization takes each sample and channel alone`() throws {
    let x = tensor([2, 3, 4, 4], seed: 3)
    let layer = InstanceNorm<Double>(featureCount: 3, axis: 1, epsilon: 0)
    let output = try layer.trainingPass(x).output.elements
    let restyled = Tensor(
      x.elements.enumerated().map { index, value in
        let instance = Double(index / 16)
        return (1 + instance) * value - 10 * instance
      }, shape: x.shape)
    let other = try layer.trainingPass(restyled).output.elements
    let worst = zip(output, other).map { abs($0 - $1) }.max() ?? 1
    #expect(worst < 1e-12)
  }

  // Without them, whatever the network learns before the layer, what comes after sees mean 0 and variance 1: a sigmoid
  // only its middle. With them every mean and deviation can be had again, those of the input among them.
  @Test func `V4 scale and shift give back what normalising takes away`() throws {
    let x = tensor([50, 2], seed: 4)
    let shifted = Tensor(x.elements.map { 7 * $0 - 20 }, shape: x.shape)
    let bare = BatchNorm<Double>(featureCount: 2, epsilon: 0, hasScale: false, hasShift: false)
    let (first, second) = (try bare.trainingPass(x), try bare.trainingPass(shifted))
    let apart = zip(first.output.elements, second.output.elements).map { abs($0 - $1) }.max() ?? 1
    #expect(apart < 1e-13)

    var full = BatchNorm<Double>(featureCount: 2, epsilon: 0)
    let statistics = second.record.statistics
    full.scale = Tensor(statistics.variance.map { $0.squareRoot() })
    full.shift = Tensor(statistics.mean)
    let undone = try full.trainingPass(shifted).output.elements
    let worst = zip(undone, shifted.elements).map { abs($0 - $1) }.max() ?? 1
    #expect(worst < 1e-12)
  }

  @Test func `V5 a skip connection joins batch normalization in one pass`() throws {
    let (x, skipped) = (tensor([4, 3, 5, 5], seed: 5), tensor([4, 3, 5, 5], seed: 6))
    let dy = tensor([4, 3, 5, 5], seed: 7)
    let layer = BatchNorm<Double>(featureCount: 3, axis: 1)
    let pass = try layer.trainingPass(x, adding: skipped, activation: .relu)
    let plain = try layer.trainingPass(x).output.elements
    let sums = zip(plain, skipped.elements).map { $0 + $1 }
    #expect(pass.output.elements == sums.map { max(0, $0) })
    // The gradient takes the short way unchanged where ReLU lets it through.
    let gradients = layer.gradients(of: pass, outputGradient: dy)
    #expect(gradients.addend?.elements == zip(dy.elements, sums).map { $1 > 0 ? $0 : 0 })
  }

  @Test func `A12 a single sample has no variance where layers are fully connected`() throws {
    let layer = BatchNorm<Double>(featureCount: 3)
    let error = #expect(throws: NormalizationError.self) {
      _ = try layer.trainingPass(Tensor([1, 2, 3], shape: [1, 3]))
    }
    #expect(error == .tooFewValues(found: 1, shape: [1, 3], axis: -1))
    #expect(error?.description.contains("use a larger batch, layer or group normalization") == true)
    // With positions one sample is enough: it is instance normalization, to the bit.
    let image = tensor([1, 3, 6, 6], seed: 8)
    let found = try BatchNorm<Double>(featureCount: 3, axis: 1).trainingPass(image)
    let expected = try InstanceNorm<Double>(featureCount: 3, axis: 1).trainingPass(image)
    #expect(found.output == expected.output)
  }
}
