import Normalization
import TestSupport

/// The sizes of what is summed and may cancel, of which the bounds are fractions: from the formulas in wide numbers.
struct Sizes {
  /// The elements of each set that is normalised together.
  let sets: [[Int]]
  /// The mean of each set.
  let mean: [Wide]
  /// The variance of each set.
  let variance: [Wide]
  /// |scale*n| + |shift| of each element.
  var output: [Wide]
  /// The sizes of gradients; their values are those of the reference.
  var gradients: BatchNormReference.Gradients

  init<Scalar: TensorScalar>(_ reference: BatchNormReference, _ outputGradient: Tensor<Scalar>) {
    sets = reference.view.members
    (mean, variance) = (reference.mean, reference.variance)
    output = reference.outputSize
    gradients = reference.gradients(outputGradient)
  }

  init<Scalar: TensorScalar>(_ reference: SetReference, _ outputGradient: Tensor<Scalar>) {
    sets = reference.members
    (mean, variance) = (reference.mean, reference.variance)
    output = reference.outputSize
    gradients = reference.gradients(outputGradient)
  }

  /// |mean| + deviation, the largest of the sets of a channel: those of all samples in instance normalization.
  func meanSize(channel: Int, of channels: Int) -> Wide {
    stride(from: channel, to: mean.count, by: channels).reduce(0) {
      max($0, abs(mean[$1]) + variance[$1].squareRoot())
    }
  }
}

/// Which fraction of the sizes results may be off: the contract of Documentation/Accuracy.md in Float. In Double 1e-12,
/// because the expected numbers were computed in Float64 and are good to some 1e-14 themselves.
struct Bounds {
  var output: Wide
  var gradient: Wide
  var mean: Wide
  var variance: Wide

  init<Scalar: NormalizationScalar>(_ type: Scalar.Type) {
    let isFloat = type == Float.self
    (output, gradient) = isFloat ? (0x1p-21, 1e-6) : (1e-12, 1e-12)
    (mean, variance) = isFloat ? (0x1p-23, 1e-6) : (1e-12, 1e-12)
  }
}

extension Findings {
  /// Holds outputs to the bound, those that `counts` chooses.
  mutating func compareOutput<Scalar: NormalizationScalar>(
    _ found: Tensor<Scalar>, _ expected: Tensor<Double>, _ sizes: Sizes,
    where counts: (Int) -> Bool = { _ in true }
  ) {
    let unit = Bounds(Scalar.self).output
    compare(found, expected, "output") {
      counts($0) ? unit * max(1, sizes.output[$0]) : .infinity
    }
  }

  /// Holds gradients to the bound. Those of parameters that were not given are nil.
  mutating func compareGradients<Scalar: NormalizationScalar>(
    _ found: NormalizationGradients<Scalar>, input: Tensor<Double>, scale: Tensor<Double>?,
    shift: Tensor<Double>?, _ sizes: Sizes
  ) {
    require(found.input.shape == input.shape, "the input gradient has shape \(found.input.shape)")
    for (found, expected) in [(found.scale, scale), (found.shift, shift)] {
      guard let expected else { continue }
      require(found?.shape == expected.shape, "a parameter's gradient is not \(expected.shape)")
    }
    guard complaints.isEmpty else { return }
    var expected = sizes.gradients
    expected.input = wide(input)
    if let scale { expected.scale = wide(scale) }
    if let shift { expected.shift = wide(shift) }
    let worst = expected.deviation(
      sizes.sets, input: found.input, scale: scale == nil ? nil : found.scale,
      shift: shift == nil ? nil : found.shift, tolerance: Bounds(Scalar.self).gradient)
    note(worst, "gradients", count: input.count + (scale?.count ?? 0) + (shift?.count ?? 0))
  }

  /// Holds running statistics to the bound.
  mutating func compareRunning<Scalar: NormalizationScalar>(
    _ found: RunningStatistics?, mean: Tensor<Double>, variance: Tensor<Double>, _ sizes: Sizes,
    _ type: Scalar.Type
  ) {
    let bounds = Bounds(type)
    compare((found?.mean ?? []).map { Wide($0) }, wide(mean), "running mean") {
      bounds.mean * sizes.meanSize(channel: $0, of: mean.count)
    }
    compare((found?.variance ?? []).map { Wide($0) }, wide(variance), "running variance") {
      bounds.variance * Wide(variance[$0])
    }
  }
}
