import Foundation
import Normalization
import TestSupport
import Testing

/// ONNX's backend tests of the normalization operators, each by layers of Float and of Double.
///
/// The expected numbers are NumPy's in Float32; make_onnx_fixtures.py measured how far they are from the operators in
/// Float64: at most 3.2e-7 * max(1, |expected|), which is below `room`. Layers of Double have nothing else to add, layers
/// of Float the contract's bound: see `Bounds`. ONNX's own runner allows 1e-3 * |expected| + 1e-7.
@Suite struct ONNXTests {
  static let room: Wide = 4e-7

  @Test func `layers agree with every node test of ONNX`() throws {
    var tally = Tally("ONNX node tests")
    for one in try FixtureFile<Setting>("onnx-node-tests", in: .module).cases {
      tally.run(one.setting.operator.rawValue, one) { findings in
        try check(one, Float.self, &findings)
        try check(one, Double.self, &findings)
      }
    }
    tally.finish(expecting: [
      "BatchNormalization": 4, "InstanceNormalization": 2, "GroupNormalization": 2,
      "LayerNormalization": 19, "RMSNormalization": 19, "MeanVarianceNormalization": 1,
    ])
  }

  /// A case's setting: attributes of other operators are nil.
  struct Setting: Decodable, Sendable {
    enum Operator: String, Decodable, Sendable {
      case batch = "BatchNormalization"
      case instance = "InstanceNormalization"
      case group = "GroupNormalization"
      case layer = "LayerNormalization"
      case rms = "RMSNormalization"
      case meanVariance = "MeanVarianceNormalization"
    }

    var `operator`: Operator
    var inputs: [String]
    var outputs: [String]
    var epsilon: Double?
    var momentum: Double?
    var trainingMode: Int?
    var numGroups: Int?
    var axis: Int?
    var axes: [Int]?
  }

  /// What a layer gave, by the names of the operator's outputs, and the size of what each number is summed from.
  private typealias Outputs = [String: (shape: [Int], values: [Wide], sizes: [Wide])]

  private func check<Scalar: NormalizationScalar>(
    _ one: FixtureFile<Setting>.Case, _ type: Scalar.Type, _ findings: inout Findings
  ) throws {
    let inputs = try one.setting.inputs.map { try one.tensor($0, type) }
    let outputs =
      switch one.setting.operator {
      case .batch, .meanVariance: try batch(one.setting, inputs)
      case .instance, .group: try groups(one.setting, inputs)
      case .layer, .rms: try rows(one.setting, inputs)
      }
    findings.require(
      Set(outputs.keys) == Set(one.setting.outputs), "the outputs are \(outputs.keys.sorted())")
    for (name, found) in outputs {
      let expected = try one.expected(name)
      findings.require(
        found.shape == expected.shape, "\(name) has shape \(found.shape), not \(expected.shape)")
      findings.compare(found.values, wide(expected), name) {
        let ours: Wide = type == Float.self ? 0x1p-21 * max(1, found.sizes[$0]) : 0
        return ours + Self.room * max(1, abs(Wide(expected[$0])))
      }
    }
  }

  // BatchNormalization: momentum is the old value's weight, the running variance takes the biased one.
  // MeanVarianceNormalization over all axes but the channels' is the same without scale and shift. Its definition adds
  // 1e-9 to the deviation, epsilon 0 does not: for deviations of about 0.3 a difference of 3e-9.
  private func batch<Scalar: NormalizationScalar>(
    _ setting: Setting, _ inputs: [Tensor<Scalar>]
  ) throws -> Outputs {
    let x = inputs[0]
    let isAffine = setting.operator == .batch
    if !isAffine { #expect(setting.axes == [0, 2, 3]) }
    var layer = BatchNorm<Scalar>(
      featureCount: x.shape[1], axis: 1, epsilon: isAffine ? try #require(setting.epsilon) : 0,
      tracking: .biasedVariance, hasScale: false, hasShift: false)
    var given: (mean: [Double], variance: [Double])?
    if isAffine {
      layer.momentum = .keeping(try #require(setting.momentum))
      (layer.scale, layer.shift) = (inputs[1], inputs[2])
      let old = inputs[3...].map { $0.converted(to: Double.self).elements }
      layer.runningStatistics = RunningStatistics(
        mean: old[0], variance: old[1], tracking: .biasedVariance)
      if setting.trainingMode == 0 { given = (old[0], old[1]) }
    }
    let reference = BatchNormReference(
      x, axis: 1, epsilon: layer.epsilon, scale: layer.scale, shift: layer.shift,
      statistics: given)
    guard given == nil else {
      return ["Y": (x.shape, wide(try layer.inference(x)), reference.outputSize)]
    }
    let pass = try layer.train(x)
    var outputs: Outputs = ["Y": (pass.shape, wide(pass.output), reference.outputSize)]
    guard isAffine else { return outputs }
    let running = try #require(layer.runningStatistics)
    for (name, values) in [("running_mean", running.mean), ("running_var", running.variance)] {
      outputs[name] = ([values.count], values.map { Wide($0) }, values.map { abs(Wide($0)) })
    }
    return outputs
  }

  private func groups<Scalar: NormalizationScalar>(
    _ setting: Setting, _ inputs: [Tensor<Scalar>]
  ) throws -> Outputs {
    let x = inputs[0]
    let epsilon = try #require(setting.epsilon)
    let channels = x.shape[1]
    let groupCount = setting.numGroups ?? channels
    let output: Tensor<Scalar>
    if setting.operator == .group {
      var layer = GroupNorm<Scalar>(
        featureCount: channels, groupCount: groupCount, axis: 1, epsilon: epsilon)
      (layer.scale, layer.shift) = (inputs[1], inputs[2])
      output = try layer.inference(x)
    } else {
      var layer = InstanceNorm<Scalar>(featureCount: channels, axis: 1, epsilon: epsilon)
      (layer.scale, layer.shift) = (inputs[1], inputs[2])
      output = try layer.inference(x)
    }
    let reference = SetReference(
      x, SetView(groups: groupCount, shape: x.shape, axis: 1), epsilon: epsilon,
      scale: inputs[1], shift: inputs[2])
    return [setting.outputs[0]: (output.shape, wide(output), reference.outputSize)]
  }

  // The axis is the first of those that are normalised. It may be 0: then all numbers are one set.
  private func rows<Scalar: NormalizationScalar>(
    _ setting: Setting, _ inputs: [Tensor<Scalar>]
  ) throws -> Outputs {
    let x = inputs[0]
    let epsilon = try #require(setting.epsilon)
    let given = try #require(setting.axis)
    let axis = given < 0 ? given + x.rank : given
    let last = Array(x.shape[axis...])
    let isCentered = setting.operator == .layer
    let reference = SetReference(
      x, SetView(layer: x.shape, from: axis), isCentered: isCentered, epsilon: epsilon,
      scale: inputs[1], shift: isCentered ? inputs[2] : nil)
    guard isCentered else {
      var layer = RMSNorm<Scalar>(normalizedShape: last, epsilon: epsilon)
      layer.scale = inputs[1]
      return ["Y": (x.shape, wide(try layer.inference(x)), reference.outputSize)]
    }
    var layer = LayerNorm<Scalar>(normalizedShape: last, epsilon: epsilon)
    (layer.scale, layer.shift) = (inputs[1], inputs[2])
    let pass = try layer.trainingPass(x)
    let statistics = pass.record.statistics
    let shape = Array(x.shape[..<axis]) + last.map { _ in 1 }
    let inverse = statistics.inverseDeviation.map { Wide($0) }
    return [
      "Y": (x.shape, wide(pass.output), reference.outputSize),
      "Mean": (shape, statistics.mean.map { Wide($0) }, reference.mean.map { abs($0) }),
      "InvStdDev": (shape, inverse, inverse),
    ]
  }
}
