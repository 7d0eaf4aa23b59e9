import Normalization
import TestSupport
import Testing

/// Layer, RMS, group and instance normalization against the formulas in wide numbers.
@Suite struct SampleNormalizationTests {
  private func check<Scalar: NormalizationScalar>(
    _ one: SampleCase, _ type: Scalar.Type, ratio: Double, gradients checksGradients: Bool = true
  ) throws {
    let scale: Tensor<Scalar> = one.parameters(seed: 1, around: 1)
    let shift: Tensor<Scalar> = one.parameters(seed: 2)
    let x: Tensor<Scalar> = one.tensor(
      seed: 3, mean: { ratio * (Double($0 % 3) - 1.25) }, deviation: { 1 + 0.25 * Double($0 % 5) })
    let dy: Tensor<Scalar> = one.tensor(seed: 4)
    let layer = one.layer(scale, shift)
    let pass = try layer.trainingPass(x)
    let reference = SetReference(
      x, one.view, isCentered: one.isCentered, scale: scale,
      shift: one.isCentered ? shift : nil)
    #expect(pass.output.shape == x.shape)
    let worst = reference.deviation(of: pass.output)
    #expect(worst.isTolerable, "mean/sd \(ratio): \(worst)")
    let found = pass.record.statistics
    #expect(found.mean.count == one.view.setCount)
    var statistics = Deviation()
    for set in 0..<one.view.setCount {
      let deviation = reference.variance[set].squareRoot()
      statistics.compare(
        Wide(found.mean[set]), one.isCentered ? reference.mean[set] : 0,
        tolerance: 0x1p-23 * abs(reference.mean[set]) + 1e-6 * deviation, "mean \(set)")
      statistics.compare(
        Wide(found.variance[set]), reference.variance[set],
        tolerance: 1e-6 * reference.variance[set], "variance \(set)")
    }
    #expect(statistics.isTolerable, "mean/sd \(ratio): \(statistics)")
    guard checksGradients else { return }
    let gradients = layer.gradients(of: pass, outputGradient: dy)
    #expect(gradients.input.shape == x.shape)
    #expect(gradients.scale?.shape == layer.parameterShape)
    #expect(gradients.shift?.shape == (one.isCentered ? layer.parameterShape : nil))
    let deviation = reference.deviation(
      ofGradients: dy, input: gradients.input, scale: gradients.scale, shift: gradients.shift)
    #expect(deviation.isTolerable, "mean/sd \(ratio): \(deviation)")
  }

  @Test(arguments: SampleCase.all)
  func `outputs and gradients are within the contract's bounds`(one: SampleCase) throws {
    for ratio in [0.0, 100, 1e4] {
      try check(one, Float.self, ratio: ratio)
      try check(one, Double.self, ratio: ratio)
    }
    try check(one, Float.self, ratio: 1e5, gradients: false)
  }

  @Test(arguments: SampleCase.all.filter { $0.view.sets.count < 700 })
  func `gradients match central differences`(one: SampleCase) throws {
    let scale: Tensor<Double> = one.parameters(seed: 5, around: 1)
    let shift: Tensor<Double> = one.parameters(seed: 6)
    let x: Tensor<Double> = one.tensor(seed: 7, mean: { 10 * Double($0 % 2) })
    let weights: Tensor<Double> = one.tensor(seed: 8)
    let layer = one.layer(scale, shift)
    let gradients = layer.gradients(of: try layer.trainingPass(x), outputGradient: weights)
    func loss(_ x: Tensor<Double>, _ scale: Tensor<Double>, _ shift: Tensor<Double>) throws
      -> Double
    {
      weightedSum(try one.layer(scale, shift).trainingPass(x).output, weights: weights)
    }
    func compare(_ found: Tensor<Double>?, _ expected: [Double], _ name: String) {
      let found = found?.elements ?? []
      #expect(found.count == expected.count)
      let error = norm(zip(found, expected).map { Wide($0) - Wide($1) })
      #expect(error <= 1e-7 * norm(wide(weights)), "\(name): \(error)")
    }
    let step: (Int) -> Double = { _ in 1e-4 }
    compare(
      gradients.input, try centralDifferences(at: x, step: step) { try loss($0, scale, shift) },
      "input")
    compare(
      gradients.scale, try centralDifferences(at: scale, step: step) { try loss(x, $0, shift) },
      "scale")
    if one.isCentered {
      compare(
        gradients.shift, try centralDifferences(at: shift, step: step) { try loss(x, scale, $0) },
        "shift")
    }
  }

  // Sets whose numbers Float32 carries, but not their squares or factors; beside ordinary ones.
  @Test(arguments: SampleCase.all)
  func `finite inputs of any magnitude work`(one: SampleCase) throws {
    let sizes = [1, 1e30, 1e-30, 3e37, 1e-37]
    let scale: Tensor<Float> = one.parameters(seed: 9, around: 1)
    let shift: Tensor<Float> = one.parameters(seed: 10)
    let x: Tensor<Float> = one.tensor(
      seed: 11, mean: { sizes[$0 % 5] }, deviation: { sizes[$0 % 5] })
    let dy: Tensor<Float> = one.tensor(seed: 12)
    let layer = one.layer(scale, shift, epsilon: 0)
    let pass = try layer.trainingPass(x)
    let reference = SetReference(
      x, one.view, isCentered: one.isCentered, epsilon: 0, scale: scale,
      shift: one.isCentered ? shift : nil)
    let worst = reference.deviation(of: pass.output)
    #expect(worst.isTolerable, "\(worst)")
    // Gradients of sets of 1e-37 exceed Float32; those of sets of one or two values are rounding alone.
    guard one.view.sets.count / one.view.setCount > 2 else { return }
    let small: Tensor<Float> = one.tensor(
      seed: 11, mean: { sizes[$0 % 4] }, deviation: { sizes[$0 % 4] })
    let gradients = layer.gradients(of: try layer.trainingPass(small), outputGradient: dy)
    let deviation = SetReference(
      small, one.view, isCentered: one.isCentered, epsilon: 0, scale: scale
    ).deviation(
      ofGradients: dy, input: gradients.input, scale: gradients.scale, shift: gradients.shift)
    #expect(deviation.isTolerable, "\(deviation)")
  }

  @Test func `instance normalization names the first channel, and refuses or propagates`() throws {
    var layer = InstanceNorm<Float>(featureCount: 3, axis: 1, tracking: .unbiasedVariance)
    let before = layer.runningStatistics
    var x = Tensor<Float>((0..<24).map { Float($0) }, shape: [2, 3, 4])
    x[8] = .nan  // channel 2 of the first sample
    x[16] = .infinity  // channel 1 of the second
    #expect(throws: NormalizationError.nonFiniteInput(channel: 1)) { _ = try layer.train(x) }
    layer.nonFinitePolicy = .propagate
    let output = try layer.train(x).output
    #expect(output[8].isNaN && output[16].isNaN && output[0].isFinite)
    #expect(layer.runningStatistics == before)
  }

  @Test func `layers without running statistics propagate, but refuse what Float64 cannot hold`()
    throws
  {
    let x = Tensor<Double>([1, .nan, 3, 4, 1e200, -1e200], shape: [3, 2])
    #expect(throws: NormalizationError.setVarianceOverflow(set: 2)) {
      _ = try LayerNorm<Double>(normalizedShape: [2]).trainingPass(x)
    }
    #expect(throws: NormalizationError.setVarianceOverflow(set: 2)) {
      _ = try GroupNorm<Double>(featureCount: 2, groupCount: 1).trainingPass(x)
    }
    let fine = Tensor<Double>([1, .nan, 3, 4], shape: [2, 2])
    let output = try RMSNorm<Double>(normalizedShape: [2]).trainingPass(fine).output
    #expect(output[0].isNaN && output[2].isFinite)
  }

  // Neither dy * scale nor its sums fit in Float32, in either direction; the gradients do.
  @Test(arguments: SampleCase.all, [(1e30, 1e25, 1e15), (1e-30, 1e-30, 1e-20)])
  func `gradients survive products that leave Float32`(
    one: SampleCase, sizes: (x: Double, scale: Double, dy: Double)
  ) throws {
    guard one.view.sets.count / one.view.setCount > 2 else { return }
    func scaled(_ tensor: Tensor<Float>, _ size: Double) -> Tensor<Float> {
      Tensor(tensor.elements.map { Float(Double($0) * size) }, shape: tensor.shape)
    }
    let x = scaled(one.tensor(seed: 13), sizes.x)
    let dy = scaled(one.tensor(seed: 14), sizes.dy)
    let scale = scaled(one.parameters(seed: 15, around: 1), sizes.scale)
    let layer = one.layer(scale, nil, epsilon: 0)
    let gradients = layer.gradients(of: try layer.trainingPass(x), outputGradient: dy)
    let reference = SetReference(
      x, one.view, isCentered: one.isCentered, epsilon: 0, scale: scale)
    let deviation = reference.deviation(
      ofGradients: dy, input: gradients.input, scale: gradients.scale, shift: gradients.shift)
    #expect(deviation.isTolerable, "\(deviation)")
  }
}
