import Normalization
import Testing
import TestSupport

/// Equality with PyTorch, computed there in Float64 from the same numbers.
@Suite struct PyTorchFixtureTests {
  @Test func `all 101 cases are there`() throws {
    let fixtures = try PyTorchFixtures()
    #expect(fixtures.cases.count == 101)
    #expect(fixtures.cases.count { $0.setting.dtype == "F32" } > 40)
    #expect(fixtures.cases.count { $0.setting.mode == "inference" } > 20)
  }

  // Float32 inputs and parameters are exact in Float64, so a Double layer may treat all cases.
  @Test func `layers of Double agree with every case to 1e-12`() throws {
    for one in try PyTorchFixtures().cases {
      try check(one, Double.self, outputUnit: 1e-12, gradientUnit: 1e-12)
    }
  }

  // 4 * 2^-23 and 1e-6, the bounds of Documentation/Accuracy.md.
  @Test func `layers of Float agree with every case of Float within the contract`() throws {
    for one in try PyTorchFixtures().cases where one.setting.dtype == "F32" {
      try check(one, Float.self, outputUnit: 0x1p-21, gradientUnit: 1e-6)
    }
  }

  private func check<Scalar: NormalizationScalar>(
    _ one: PyTorchFixtures.Case, _ type: Scalar.Type, outputUnit: Wide, gradientUnit: Wide
  ) throws {
    var layer = try one.layer(type)
    let input = try one.given("input", type)
    let outputGradient = try one.given("output_gradient", type)
    let (output, gradients) = try run(one, &layer, input, outputGradient)

    // The sizes that the bounds are fractions of come from the reference; the numbers from PyTorch.
    let isTraining = one.setting.mode == "training" || !one.setting.tracking
    let reference = BatchNormReference(
      input, axis: one.setting.axis, epsilon: one.setting.epsilon, scale: layer.scale,
      shift: layer.shift,
      statistics: isTraining
        ? nil
        : (
          try one.expected("running_mean_before").elements,
          try one.expected("running_variance_before").elements
        ))
    var sizes = reference.gradients(outputGradient)
    let expected = try one.expected("output")
    #expect(output.shape == expected.shape, "\(one)")
    #expect(gradients.input.shape == expected.shape, "\(one)")
    guard output.shape == expected.shape, gradients.input.shape == expected.shape else { return }

    var worst = Deviation()
    let found = wide(output)
    for index in found.indices {
      worst.compare(
        found[index], Wide(expected[index]),
        tolerance: outputUnit * max(1, reference.outputSize[index]), "element \(index)")
    }
    #expect(worst.isTolerable, "\(one), output: \(worst)")

    sizes.input = wide(try one.expected("input_gradient"))
    if one.setting.affine {
      sizes.scale = wide(try one.expected("scale_gradient"))
      sizes.shift = wide(try one.expected("shift_gradient"))
    }
    let deviation = sizes.deviation(
      reference.view, input: gradients.input, scale: one.setting.affine ? gradients.scale : nil,
      shift: one.setting.affine ? gradients.shift : nil, tolerance: gradientUnit)
    #expect(deviation.isTolerable, "\(one): \(deviation)")
    try checkRunningStatistics(one, layer, reference, isFloat: Scalar.self == Float.self)
  }

  private func run<Scalar: NormalizationScalar>(
    _ one: PyTorchFixtures.Case, _ layer: inout BatchNorm<Scalar>, _ input: Tensor<Scalar>,
    _ outputGradient: Tensor<Scalar>
  ) throws -> (Tensor<Scalar>, BatchNorm<Scalar>.Gradients) {
    guard one.setting.mode == "training" else {
      let gradients = try layer.inferenceGradients(input: input, outputGradient: outputGradient)
      return (try layer.inference(input), gradients)
    }
    let pass = try layer.train(input)
    return (pass.output, layer.gradients(of: pass, outputGradient: outputGradient))
  }

  private func checkRunningStatistics<Scalar: NormalizationScalar>(
    _ one: PyTorchFixtures.Case, _ layer: BatchNorm<Scalar>, _ reference: BatchNormReference,
    isFloat: Bool
  ) throws {
    #expect(
      one.contains("running_mean") == (one.setting.tracking && one.setting.mode == "training"))
    guard one.contains("running_mean") else { return }
    let running = try #require(layer.runningStatistics)
    #expect(running.batchesTracked == one.setting.batchesTrackedBefore + 1, "\(one)")
    let means = try one.expected("running_mean").elements
    let variances = try one.expected("running_variance").elements
    try #require(running.mean.count == means.count)
    var worst = Deviation()
    for channel in means.indices {
      // Written statistics: 2^-23*|mean| + 1e-6*sd, and 1e-6 relative; in Double 1e-12 of the same.
      let size = abs(reference.mean[channel]) + reference.variance[channel].squareRoot()
      let (meanUnit, varianceUnit): (Wide, Wide) = isFloat ? (0x1p-23, 1e-6) : (1e-12, 1e-12)
      worst.compare(
        Wide(running.mean[channel]), Wide(means[channel]), tolerance: meanUnit * size,
        "mean of channel \(channel)")
      worst.compare(
        Wide(running.variance[channel]), Wide(variances[channel]),
        tolerance: varianceUnit * Wide(variances[channel]), "variance of channel \(channel)")
    }
    #expect(worst.isTolerable, "\(one): \(worst)")
  }
}
