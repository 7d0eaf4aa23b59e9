import Normalization
import TestSupport

/// A case's setting as make_keras_fixtures.py writes it.
struct KerasSetting: Decodable, Sendable {
  enum Mode: String, Decodable, Sendable {
    case training, inference
  }

  var axis: Int
  var mode: Mode
  var trainable: Bool
  var updates: Bool
  var epsilon: Double
  var keeping: Double
  var hasScale: Bool
  var hasShift: Bool
  var masked: Bool
  var renorm: Bool
  var rmax: Double?
  var dmax: Double?
  var dtype: String

  /// The group that the case is counted in.
  var group: String { "\(masked ? "mask" : renorm ? "renorm" : "plain"), \(mode)" }

  /// The expected tensors that the case has to have.
  var expectedNames: Set<String> {
    var names: Set = ["output", "input_gradient"]
    if hasScale && trainable { names.insert("scale_gradient") }
    if hasShift && trainable { names.insert("shift_gradient") }
    if updates { names.formUnion(["running_mean", "running_variance"]) }
    if updates && renorm { names.insert("running_deviation") }
    return names
  }

  static let allExpectedNames = [
    "output", "input_gradient", "scale_gradient", "shift_gradient", "running_mean",
    "running_variance", "running_deviation",
  ]

  /// An absent bound does not bound.
  var limits: RenormLimits { RenormLimits(rmax: rmax ?? .infinity, dmax: dmax ?? .infinity) }
}

typealias KerasCase = FixtureFile<KerasSetting>.Case

extension KerasCase {
  /// Keras's moving statistics before the call.
  func runningStatistics(
    _ tracking: RunningStatistics.Tracking = .biasedVariance
  ) throws -> RunningStatistics {
    RunningStatistics(
      mean: try expected("running_mean_before").elements,
      variance: try expected("running_variance_before").elements, tracking: tracking)
  }

  /// The mask, where it counts: Keras's inference ignores it.
  func weights<Scalar: TensorScalar>(_ type: Scalar.Type) throws -> Tensor<Scalar>? {
    setting.updates ? try optional("mask", type) : nil
  }

  private func layer<Scalar: NormalizationScalar>(
    _ type: Scalar.Type, _ tracking: RunningStatistics.Tracking
  ) throws -> BatchNorm<Scalar> {
    let shape = try tensor("input", type).shape
    let channels = shape[setting.axis < 0 ? setting.axis + shape.count : setting.axis]
    var layer = BatchNorm<Scalar>(
      featureCount: channels, axis: setting.axis, epsilon: setting.epsilon,
      momentum: .keeping(setting.keeping), hasScale: false, hasShift: false)
    layer.scale = try optional("scale", type)
    layer.shift = try optional("shift", type)
    layer.runningStatistics = try runningStatistics(tracking)
    if !setting.trainable { layer.freezing = .statisticsAndParameters }
    return layer
  }

  /// What our layer gives for the case.
  func results<Scalar: NormalizationScalar>(
    _ type: Scalar.Type, _ tracking: RunningStatistics.Tracking = .biasedVariance
  ) throws -> Results<Scalar> {
    let x = try tensor("input", type)
    let dy = try tensor("output_gradient", type)
    let layer = try layer(type, tracking)
    guard setting.mode == .training else {
      return try Results(inference: layer, x, outputGradient: dy)
    }
    guard setting.renorm else {
      return try Results(training: layer, x, weights: try weights(type), outputGradient: dy)
    }
    var renorm = BatchRenorm<Scalar>(
      featureCount: layer.featureCount, schedule: .constant(setting.limits))
    renorm.batchNorm = layer
    return try Results(training: renorm, x, outputGradient: dy)
  }

  /// The sizes that bounds are fractions of.
  func sizes<Scalar: NormalizationScalar>(_ type: Scalar.Type) throws -> Sizes {
    let x = try tensor("input", type)
    let dy = try tensor("output_gradient", type)
    let scale = try optional("scale", type)
    let shift = try optional("shift", type)
    let running = try runningStatistics()
    let reference = BatchNormReference(
      x, axis: setting.axis, epsilon: setting.epsilon, scale: scale, shift: shift,
      statistics: setting.updates ? nil : (running.mean, running.variance),
      weights: try weights(type))
    guard setting.renorm && setting.updates else { return Sizes(reference, dy) }

    // n*r + d takes the place of n: a layer with scale*r and scale*d + shift, as far as sizes go.
    let (r, d) = corrections(reference, running)
    let channels = 0..<reference.view.channels
    let scales = scale?.elements.map { Double($0) } ?? channels.map { _ in 1 }
    let shifts = shift?.elements.map { Double($0) } ?? channels.map { _ in 0 }
    let corrected = BatchNormReference(
      x, axis: setting.axis, epsilon: setting.epsilon,
      scale: Tensor<Scalar>(narrowing: channels.map { scales[$0] * r[$0] }),
      shift: Tensor<Scalar>(narrowing: channels.map { scales[$0] * d[$0] + shifts[$0] }))
    var sizes = Sizes(corrected, dy)
    // sum(dy*(n*r + d)) is the sum of both.
    sizes.gradients.scaleSize = channels.map {
      Wide(r[$0]) * sizes.gradients.scaleSize[$0]
        + Wide(abs(d[$0])) * sizes.gradients.shiftSize[$0]
    }
    return sizes
  }

  /// r and d of batch renormalization: arXiv:1702.03275, algorithm 1.
  private func corrections(
    _ reference: BatchNormReference, _ running: RunningStatistics
  ) -> (r: [Double], d: [Double]) {
    let limits = setting.limits
    var (r, d) = ([Double](), [Double]())
    for channel in running.mean.indices {
      let s = (running.variance[channel] + setting.epsilon).squareRoot()
      let deviation = (Double(reference.variance[channel]) + setting.epsilon).squareRoot()
      let away = (Double(reference.mean[channel]) - running.mean[channel]) / s
      r.append(min(limits.rmax, max(1 / limits.rmax, deviation / s)))
      d.append(min(limits.dmax, max(-limits.dmax, away)))
    }
    return (r, d)
  }
}
