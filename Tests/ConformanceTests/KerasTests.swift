import Foundation
import Normalization
import TestSupport
import Testing

/// Equality with Keras 3's BatchNormalization, which computed the expected numbers in Float64 from the same inputs.
///
/// As `PyTorchTests`: Double for every case, Float for those whose given numbers are Float32.
@Suite struct KerasTests {
  @Test func `layers agree with every case of Keras's BatchNormalization`() throws {
    var tally = Tally("Keras BatchNormalization")
    for one in try FixtureFile<KerasSetting>("keras-batchnorm", in: .module).cases {
      tally.run(one.setting.group, one) { findings in
        findings.require(
          one, holds: one.setting.expectedNames, of: KerasSetting.allExpectedNames)
        try check(one, Double.self, &findings)
        if one.setting.dtype == "F32" { try check(one, Float.self, &findings) }
      }
    }
    tally.finish(expecting: [
      "plain, training": 38, "plain, inference": 18, "mask, training": 19, "mask, inference": 1,
      "renorm, training": 15, "renorm, inference": 1,
    ])
  }

  private func check<Scalar: NormalizationScalar>(
    _ one: KerasCase, _ type: Scalar.Type, _ findings: inout Findings
  ) throws {
    let results = try one.results(type)
    let sizes = try one.sizes(type)
    try checkOutput(one, results.output, sizes, &findings)
    findings.compareGradients(
      results.gradients, input: try one.expected("input_gradient"),
      scale: try one.optional("scale_gradient", Double.self),
      shift: try one.optional("shift_gradient", Double.self), sizes)
    if !one.setting.trainable {
      findings.require(
        results.gradients.scale == nil && results.gradients.shift == nil,
        "a layer that is not trainable has gradients of parameters")
    }
    guard one.setting.updates else {
      let before = try one.runningStatistics()
      findings.require(results.running == before, "the running statistics moved")
      return
    }
    if one.setting.renorm {
      try checkRenormalized(one, results, sizes, &findings)
    } else {
      findings.compareRunning(
        results.running, mean: try one.expected("running_mean"),
        variance: try one.expected("running_variance"), sizes, type)
    }
  }

  // Keras normalises masked positions too; here they are 0.
  private func checkOutput<Scalar: NormalizationScalar>(
    _ one: KerasCase, _ found: Tensor<Scalar>, _ sizes: Sizes, _ findings: inout Findings
  ) throws {
    let expected = try one.expected("output")
    guard let mask = try one.weights(Double.self) else {
      findings.compareOutput(found, expected, sizes)
      return
    }
    findings.require(
      mask.elements.contains { $0 > 0 }, "the mask leaves nothing to compare")
    let channels = found.shape[found.rank - 1]
    findings.compareOutput(found, expected, sizes) { mask[$0 / channels] > 0 }
    let masked = found.elements.indices.filter { mask[$0 / channels] == 0 }
    findings.require(
      masked.allSatisfy { found[$0] == 0 }, "the output is not 0 where the mask is")
  }

  // Keras averages the deviation with epsilon inside, ours the biased variance or the deviation without. Where epsilon
  // is 1e-12, the two deviations differ by 1e-12/(2*deviation), and deviations here are above 0.1.
  private func checkRenormalized<Scalar: NormalizationScalar>(
    _ one: KerasCase, _ results: Results<Scalar>, _ sizes: Sizes, _ findings: inout Findings
  ) throws {
    let bounds = Bounds(Scalar.self)
    let mean = try one.expected("running_mean")
    findings.compare(
      (results.running?.mean ?? []).map { Wide($0) }, wide(mean), "running mean"
    ) {
      bounds.mean * sizes.meanSize(channel: $0, of: mean.count)
    }
    guard one.setting.epsilon <= 1e-12 else { return }
    let expected = wide(try one.expected("running_deviation"))
    let running = try one.results(Scalar.self, .standardDeviation).running
    findings.compare(
      (running?.variance ?? []).map { Wide($0).squareRoot() }, expected, "running deviation"
    ) {
      bounds.variance * expected[$0] + 5e-12
    }
  }
}
