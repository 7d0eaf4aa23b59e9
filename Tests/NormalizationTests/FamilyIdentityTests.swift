import Normalization
import Testing

/// Where two layers of the family normalise the same sets, they give the same bits.
@Suite struct FamilyIdentityTests {
  private func tensor(_ shape: [Int], seed: UInt64) -> Tensor<Float> {
    var generator = SeededGenerator(seed: seed)
    return Tensor(normal: shape, mean: 3, deviation: 2, using: &generator)
  }

  private func parameter(_ count: Int, seed: UInt64) -> Tensor<Float> {
    tensor([count], seed: seed)
  }

  /// Layouts as shape and channel axis, with six channels.
  static let layouts: [(shape: [Int], axis: Int)] = [
    ([3, 6, 5, 7], 1), ([3, 5, 7, 6], 3), ([2, 5, 6, 7], 2), ([2, 6, 50, 60], 1),
    ([3, 50, 60, 6], 3),
  ]

  @Test(arguments: layouts + [([5, 6], 1), ([4, 6, 3], 1)])
  func `with one group the statistics are those of layer normalization`(
    shape: [Int], axis: Int
  ) throws {
    let x = tensor(shape, seed: 1)
    let group = GroupNorm<Float>(featureCount: 6, groupCount: 1, axis: axis)
    let layer = LayerNorm<Float>(normalizedShape: Array(shape.dropFirst()))
    let found = try group.trainingPass(x)
    let expected = try layer.trainingPass(x)
    #expect(found.record.statistics == expected.record.statistics)
    // Scale 1 and shift 0 for each element round as those for each channel do.
    #expect(found.output == expected.output)
  }

  @Test(arguments: layouts)
  func `with as many groups as channels it is instance normalization`(
    shape: [Int], axis: Int
  ) throws {
    let x = tensor(shape, seed: 2)
    var group = GroupNorm<Float>(featureCount: 6, groupCount: 6, axis: axis)
    var instance = InstanceNorm<Float>(featureCount: 6, axis: axis)
    (group.scale, group.shift) = (parameter(6, seed: 3), parameter(6, seed: 4))
    (instance.scale, instance.shift) = (group.scale, group.shift)
    let found = try instance.trainingPass(x)
    let expected = try group.trainingPass(x)
    #expect(found.output == expected.output)
    #expect(found.record.statistics == expected.record.statistics)
    let dy = tensor(shape, seed: 5)
    let gradients = instance.gradients(of: found, outputGradient: dy)
    let others = group.gradients(of: expected, outputGradient: dy)
    #expect(gradients.input == others.input)
    #expect(gradients.scale == others.scale)
    #expect(gradients.shift == others.shift)
  }

  // A12: batch normalization of one sample is instance normalization.
  @Test(arguments: layouts)
  func `batch normalization of one sample is instance normalization`(
    shape: [Int], axis: Int
  ) throws {
    let shape = [1] + shape.dropFirst()
    let x = tensor(shape, seed: 6)
    var batch = BatchNorm<Float>(featureCount: 6, axis: axis)
    var instance = InstanceNorm<Float>(featureCount: 6, axis: axis)
    (batch.scale, batch.shift) = (parameter(6, seed: 7), parameter(6, seed: 8))
    (instance.scale, instance.shift) = (batch.scale, batch.shift)
    let found = try instance.trainingPass(x)
    let expected = try batch.trainingPass(x)
    #expect(found.output == expected.output)
    #expect(found.record.statistics == expected.record.statistics)
    let dy = tensor(shape, seed: 9)
    let gradients = instance.gradients(of: found, outputGradient: dy)
    let others = batch.gradients(of: expected, outputGradient: dy)
    #expect(gradients.input == others.input)
    #expect(gradients.scale == others.scale)
    #expect(gradients.shift == others.shift)
  }

  @Test(arguments: layouts)
  func `each sample of instance normalization is a batch of its own`(
    shape: [Int], axis: Int
  ) throws {
    let x = tensor(shape, seed: 10)
    let pass = try InstanceNorm<Float>(featureCount: 6, axis: axis).trainingPass(x)
    let batch = BatchNorm<Float>(featureCount: 6, axis: axis)
    let size = x.count / shape[0]
    for sample in 0..<shape[0] {
      let elements = sample * size..<(sample + 1) * size
      let alone = Tensor(Array(x.elements[elements]), shape: [1] + shape.dropFirst())
      let expected = try batch.trainingPass(alone).output.elements
      #expect(Array(pass.output.elements[elements]) == expected)
    }
  }

  // V1: independent of the batch.
  @Test(arguments: SampleCase.all)
  func `a sample's output does not depend on the others`(one: SampleCase) throws {
    let x: Tensor<Float> = one.tensor(seed: 11)
    let scale: Tensor<Float> = one.parameters(seed: 12)
    let shift: Tensor<Float> = one.parameters(seed: 13)
    guard one.axis > 0 else { return }  // the whole tensor is one set
    let whole = try one.layer(scale, shift).inference(x).elements
    let size = x.count / one.shape[0]
    var alone = one
    alone.shape[0] = 1
    for sample in 0..<one.shape[0] {
      let elements = sample * size..<(sample + 1) * size
      let input = Tensor(Array(x.elements[elements]), shape: alone.shape)
      let output = try alone.layer(scale, shift).inference(input).elements
      #expect(output == Array(whole[elements]))
    }
  }
}
