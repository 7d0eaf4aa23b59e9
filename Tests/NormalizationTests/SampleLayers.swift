import Normalization
import TestSupport

/// A layer that normalises sets of each sample, with the input it is for.
struct SampleCase: CustomStringConvertible, Sendable {
  enum Norm: Sendable {
    case layer, rms, group(Int), instance
  }

  var norm: Norm
  var shape: [Int]
  /// The first normalised axis, or that of the channels; counted from the front.
  var axis: Int

  var description: String { "\(norm) \(shape) axis \(axis)" }

  init(_ norm: Norm, _ shape: [Int], axis: Int) {
    (self.norm, self.shape, self.axis) = (norm, shape, axis)
  }

  var view: SetView {
    switch norm {
    case .layer, .rms: SetView(layer: shape, from: axis)
    case .group(let groups): SetView(groups: groups, shape: shape, axis: axis)
    case .instance: SetView(groups: shape[axis], shape: shape, axis: axis)
    }
  }

  var isCentered: Bool { if case .rms = norm { false } else { true } }

  /// The layer with a scale and a shift.
  func layer<Scalar: NormalizationScalar>(
    _ scale: Tensor<Scalar>?, _ shift: Tensor<Scalar>?, epsilon: Double = 1e-5,
    execution: Execution = .automatic
  ) -> any SampleNormalization<Scalar> {
    let last = Array(shape[axis...])
    switch norm {
    case .layer:
      var layer = LayerNorm<Scalar>(
        normalizedShape: last, epsilon: epsilon, execution: execution)
      (layer.scale, layer.shift) = (scale?.reshaped(to: last), shift?.reshaped(to: last))
      return layer
    case .rms:
      var layer = RMSNorm<Scalar>(normalizedShape: last, epsilon: epsilon, execution: execution)
      layer.scale = scale?.reshaped(to: last)
      return layer
    case .group(let groups):
      var layer = GroupNorm<Scalar>(
        featureCount: shape[axis], groupCount: groups, axis: axis - shape.count, epsilon: epsilon,
        execution: execution)
      (layer.scale, layer.shift) = (scale, shift)
      return layer
    case .instance:
      var layer = InstanceNorm<Scalar>(
        featureCount: shape[axis], axis: axis, epsilon: epsilon, execution: execution)
      (layer.scale, layer.shift) = (scale, shift)
      return layer
    }
  }

  /// Numbers around 0, one for each parameter.
  func parameters<Scalar: TensorScalar>(seed: UInt64, around center: Double = 0) -> Tensor<Scalar> {
    var generator = SeededGenerator(seed: seed)
    return Tensor((0..<view.parameterCount).map { _ in Scalar(center + generator.normal()) })
  }

  /// Normally distributed numbers, in set `s` around `mean(s)`.
  func tensor<Scalar: TensorScalar>(
    seed: UInt64, mean: (Int) -> Double = { _ in 0 }, deviation: (Int) -> Double = { _ in 1 }
  ) -> Tensor<Scalar> {
    var generator = SeededGenerator(seed: seed)
    let sets = view.sets
    return Tensor(
      sets.map { Scalar(mean($0) + deviation($0) * generator.normal()) }, shape: shape)
  }

  /// Shapes with short and long sets, odd tails, one and several samples, both layouts.
  static let all: [SampleCase] = [
    .init(.layer, [7, 1], axis: 1), .init(.layer, [5, 2], axis: 1),
    .init(.layer, [3, 17], axis: 1),
    .init(.layer, [70, 33], axis: 1), .init(.layer, [2, 5, 3, 7], axis: 2),
    .init(.layer, [2, 3, 700], axis: 1), .init(.layer, [9, 2049], axis: 1),
    .init(.layer, [3, 3, 50], axis: 0), .init(.layer, [131, 100], axis: 1),
    .init(.rms, [7, 1], axis: 1), .init(.rms, [5, 2], axis: 1), .init(.rms, [70, 33], axis: 1),
    .init(.rms, [2, 5, 3, 7], axis: 1), .init(.rms, [3, 4100], axis: 1),
    .init(.group(2), [3, 6], axis: 1), .init(.group(1), [3, 6], axis: 1),
    .init(.group(3), [4, 6, 5], axis: 1), .init(.group(2), [4, 5, 6], axis: 2),
    .init(.group(1), [2, 4, 7, 7], axis: 1), .init(.group(4), [2, 8, 7, 7], axis: 1),
    .init(.group(4), [2, 7, 7, 8], axis: 3), .init(.group(1), [2, 7, 7, 8], axis: 3),
    .init(.group(5), [3, 4, 35, 3], axis: 2), .init(.group(16), [2, 9, 64], axis: 2),
    .init(.group(2), [1, 6, 40, 70], axis: 1), .init(.group(2), [2, 2, 4, 3, 6], axis: 2),
    .init(.instance, [3, 4, 5], axis: 1), .init(.instance, [3, 5, 4], axis: 2),
    .init(.instance, [2, 17, 7, 7], axis: 1), .init(.instance, [2, 9, 9, 33], axis: 3),
    .init(.instance, [2, 3, 5, 4], axis: 2), .init(.instance, [1, 2, 50, 50], axis: 1),
  ]
}
