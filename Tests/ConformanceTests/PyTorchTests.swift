import Foundation
import Normalization
import TestSupport
import Testing

/// Equality with PyTorch, which computed the expected numbers in Float64 from the same inputs.
///
/// Float32 inputs and parameters are exact in Float64, so layers of Double are held to every case; layers of Float to
/// those whose given numbers are Float32. Bounds: see `Bounds`.
@Suite struct PyTorchTests {
  @Test func `layers agree with every sample of PyTorch's modules`() throws {
    try runAll("pytorch-module-samples", "PyTorch ModuleInfo samples") { $0.entry ?? "none" }
      .finish(expecting: [
        "nn.BatchNorm1d": 28, "nn.BatchNorm2d": 12, "nn.BatchNorm3d": 12, "nn.LayerNorm": 10,
        "nn.GroupNorm": 18, "nn.InstanceNorm1d": 16, "nn.InstanceNorm2d": 11,
        "nn.InstanceNorm3d": 11, "nn.RMSNorm": 8,
      ])
  }

  @Test func `layers agree with every sample of PyTorch's functions`() throws {
    try runAll("pytorch-function-samples", "PyTorch OpInfo samples") { $0.entry ?? "none" }
      .finish(expecting: [
        "nn.functional.batch_norm": 20, "nn.functional.layer_norm": 8,
        "nn.functional.group_norm": 26, "nn.functional.instance_norm": 18,
        "nn.functional.rms_norm": 8, "native_batch_norm": 20, "native_layer_norm": 24,
        "native_group_norm": 26,
      ])
  }

  @Test func `batch normalization agrees with PyTorch on cases chosen here`() throws {
    try runAll("pytorch-batchnorm", "PyTorch batch normalization, cases chosen here") {
      "\($0.mode), \($0.dtype)"
    }.finish(expecting: [
      "training, F32": 39, "training, F64": 38, "inference, F32": 12, "inference, F64": 12,
    ])
  }

  private func runAll(
    _ file: String, _ suite: String, kind: (PyTorchSetting) -> String
  ) throws -> Tally {
    var tally = Tally(suite)
    for one in try FixtureFile<PyTorchSetting>(file, in: .module).cases {
      tally.run(kind(one.setting), one) { findings in
        try check(one, Double.self, &findings)
        if one.setting.dtype == "F32" { try check(one, Float.self, &findings) }
      }
    }
    return tally
  }

  private func check<Scalar: NormalizationScalar>(
    _ one: PyTorchCase, _ type: Scalar.Type, _ findings: inout Findings
  ) throws {
    let names = one.setting.expectedNames
    findings.require(one, holds: names, of: PyTorchSetting.allExpectedNames)
    let results = try one.results(type)
    let sizes = try one.sizes(type)
    findings.compareOutput(results.output, try one.expected("output"), sizes)
    findings.compareGradients(
      results.gradients, input: try one.expected("input_gradient"),
      scale: try one.optional("scale_gradient", Double.self),
      shift: try one.optional("shift_gradient", Double.self), sizes)
    if names.contains("running_mean") {
      findings.require(
        results.running?.batchesTracked == one.setting.batchesTrackedBefore + 1,
        "the batch was not counted")
      findings.compareRunning(
        results.running, mean: try one.expected("running_mean"),
        variance: try one.expected("running_variance"), sizes, type)
    }
    if names.contains("mean") { try checkStatistics(one, results, sizes, &findings) }
  }

  /// The statistics that functions called native_ return.
  private func checkStatistics<Scalar: NormalizationScalar>(
    _ one: PyTorchCase, _ results: Results<Scalar>, _ sizes: Sizes, _ findings: inout Findings
  ) throws {
    let bounds = Bounds(Scalar.self)
    let found = results.statistics
    findings.compare(
      (found?.mean ?? []).map { Wide($0) }, wide(try one.expected("mean")), "mean"
    ) {
      bounds.mean * sizes.meanSize(channel: $0, of: sizes.mean.count)
    }
    let inverse = wide(try one.expected("inverse_deviation"))
    findings.compare((found?.inverseDeviation ?? []).map { Wide($0) }, inverse, "1/deviation") {
      bounds.variance * inverse[$0]
    }
  }
}
