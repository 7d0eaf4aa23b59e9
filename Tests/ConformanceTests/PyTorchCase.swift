import Normalization
import TestSupport

/// A case's setting as make_pytorch_samples.py and make_batchnorm_fixtures.py write it.
struct PyTorchSetting: Decodable, Sendable {
  enum Kind: String, Decodable, Sendable {
    case batch, layer, group, instance, rms
  }
  enum Mode: String, Decodable, Sendable {
    case training, inference
  }

  var axis: Int
  var mode: Mode
  var epsilon: Double
  var updating: Double?
  var batchesTrackedBefore: Int
  var tracking: Bool
  var dtype: String

  // Of PyTorch's samples.
  var entry: String?
  var kind: Kind?
  var groupCount: Int?
  var updates: Bool?
  var hasScale: Bool?
  var hasShift: Bool?

  // Of pytorch-batchnorm, which has no samples but of batch normalization.
  var affine: Bool?
}

typealias PyTorchCase = FixtureFile<PyTorchSetting>.Case

extension PyTorchSetting {
  /// The running statistics move.
  var moves: Bool { updates ?? (tracking && mode == .training) }
  /// Statistics are constants.
  var usesRunning: Bool { tracking && mode == .inference }

  /// The expected tensors that the case has to have.
  var expectedNames: Set<String> {
    var names: Set = ["output", "input_gradient"]
    if hasScale ?? affine ?? false { names.insert("scale_gradient") }
    if hasShift ?? affine ?? false { names.insert("shift_gradient") }
    if moves { names.formUnion(["running_mean", "running_variance"]) }
    if entry?.hasPrefix("native_") == true && !usesRunning {
      names.formUnion(["mean", "inverse_deviation"])
    }
    return names
  }

  static let allExpectedNames = [
    "output", "input_gradient", "scale_gradient", "shift_gradient", "running_mean",
    "running_variance", "mean", "inverse_deviation",
  ]
}

extension PyTorchCase {
  private func runningStatistics() throws -> RunningStatistics? {
    guard setting.tracking else { return nil }
    return RunningStatistics(
      mean: try expected("running_mean_before").elements,
      variance: try expected("running_variance_before").elements,
      batchesTracked: setting.batchesTrackedBefore)
  }

  /// What our layer gives for the case.
  func results<Scalar: NormalizationScalar>(_ type: Scalar.Type) throws -> Results<Scalar> {
    let x = try tensor("input", type)
    let dy = try tensor("output_gradient", type)
    let (scale, shift) = (try optional("scale", type), try optional("shift", type))
    let isTraining = setting.mode == .training
    let momentum = setting.updating.map(Momentum.updating) ?? .cumulative
    let (axis, epsilon) = (setting.axis, setting.epsilon)
    let channels = x.shape[axis < 0 ? axis + x.rank : axis]
    switch setting.kind ?? .batch {
    case .batch:
      var layer = BatchNorm<Scalar>(
        featureCount: channels, axis: axis, epsilon: epsilon, momentum: momentum)
      (layer.scale, layer.shift) = (scale, shift)
      layer.runningStatistics = try runningStatistics()
      return isTraining
        ? try Results(training: layer, x, outputGradient: dy)
        : try Results(inference: layer, x, outputGradient: dy)
    case .instance:
      var layer = InstanceNorm<Scalar>(
        featureCount: channels, axis: axis, epsilon: epsilon, momentum: momentum)
      (layer.scale, layer.shift) = (scale, shift)
      layer.runningStatistics = try runningStatistics()
      return isTraining
        ? try Results(training: layer, x, outputGradient: dy)
        : try Results(inference: layer, x, outputGradient: dy)
    case .group:
      var layer = GroupNorm<Scalar>(
        featureCount: channels, groupCount: setting.groupCount ?? 0, axis: axis, epsilon: epsilon)
      (layer.scale, layer.shift) = (scale, shift)
      return try Results(layer, x, outputGradient: dy)
    case .layer:
      var layer = LayerNorm<Scalar>(normalizedShape: Array(x.shape[axis...]), epsilon: epsilon)
      (layer.scale, layer.shift) = (scale, shift)
      return try Results(layer, x, outputGradient: dy)
    case .rms:
      var layer = RMSNorm<Scalar>(normalizedShape: Array(x.shape[axis...]), epsilon: epsilon)
      layer.scale = scale
      return try Results(layer, x, outputGradient: dy)
    }
  }

  /// The sizes that bounds are fractions of.
  func sizes<Scalar: NormalizationScalar>(_ type: Scalar.Type) throws -> Sizes {
    let x = try tensor("input", type)
    let dy = try tensor("output_gradient", type)
    let (scale, shift) = (try optional("scale", type), try optional("shift", type))
    let (axis, kind) = (setting.axis, setting.kind ?? .batch)
    if kind == .batch || setting.usesRunning {
      let running = setting.usesRunning ? try runningStatistics() : nil
      let reference = BatchNormReference(
        x, axis: axis, epsilon: setting.epsilon, scale: scale, shift: shift,
        statistics: running.map { ($0.mean, $0.variance) })
      return Sizes(reference, dy)
    }
    let view =
      switch kind {
      case .layer, .rms: SetView(layer: x.shape, from: axis)
      case .group: SetView(groups: setting.groupCount ?? 0, shape: x.shape, axis: axis)
      case .batch, .instance: SetView(groups: x.shape[axis], shape: x.shape, axis: axis)
      }
    let reference = SetReference(
      x, view, isCentered: kind != .rms, epsilon: setting.epsilon, scale: scale, shift: shift)
    return Sizes(reference, dy)
  }
}
