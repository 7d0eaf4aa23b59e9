public import Tensors

/// Batch normalization in plain loops and wide numbers, written from the formulas alone.
///
///     mean = sum(x)/m        variance = sum((x - mean)^2)/m        n = (x - mean)/sqrt(variance + epsilon)
///     y    = scale*n + shift
///
/// With given statistics the same without the sums: inference. With weights w, for the positions with w > 0 alone:
///
///     mean = sum(w*x)/sum(w)        variance = sum(w*(x - mean)^2)/sum(w)
public struct BatchNormReference: Sendable {
  /// The tensor by channel.
  public let view: ChannelView
  /// The mean of each channel.
  public let mean: [Wide]
  /// The biased variance of each channel.
  public let variance: [Wide]
  /// 1/sqrt(variance + epsilon), or 0 where that is 1/0: then n = 0.
  public let inverse: [Wide]
  /// n, in the order of the input.
  public let normalized: [Wide]
  /// y, in the order of the input.
  public let output: [Wide]
  /// |scale*n| + |shift|, what the bound of the output is a fraction of.
  public let outputSize: [Wide]

  let scale: [Wide]
  let usesOwnStatistics: Bool
  /// By value of a channel; 1 where there are none.
  let weights: [Wide]

  /// Normalises `input`, with its own statistics where none are given.
  public init<Scalar: TensorScalar>(
    _ input: Tensor<Scalar>, axis: Int, epsilon: Double = 1e-5, scale: Tensor<Scalar>? = nil,
    shift: Tensor<Scalar>? = nil, statistics: (mean: [Double], variance: [Double])? = nil,
    weights: Tensor<Scalar>? = nil
  ) {
    let view = ChannelView(shape: input.shape, axis: axis)
    let weights = weights.map { wide($0) } ?? Array(repeating: 1, count: view.valuesPerChannel)
    let kept = weights.indices.filter { weights[$0] > 0 }
    var totalWeight = CompensatedSum()
    for value in kept { totalWeight.add(weights[value]) }
    let x = wide(input)
    let factors = scale.map { wide($0) } ?? Array(repeating: 1, count: view.channels)
    let offsets = shift.map { wide($0) } ?? Array(repeating: 0, count: view.channels)
    var means: [Wide] = []
    var variances: [Wide] = []
    var inverses: [Wide] = []
    var normalized = Array(repeating: Wide(0), count: x.count)
    var output = normalized
    var outputSize = normalized
    for channel in 0..<view.channels {
      // Differences to the first value are exact where the mean is large beside the deviation; the mean
      // itself would not fit in one number then.
      let first = kept.isEmpty ? 0 : x[view.index(channel, kept[0])]
      var origin = first
      var rest: Wide = 0
      var variance: Wide = 0
      if let statistics {
        (origin, variance) = (Wide(statistics.mean[channel]), Wide(statistics.variance[channel]))
      } else {
        var sum = CompensatedSum()
        for value in kept { sum.add(weights[value] * (x[view.index(channel, value)] - first)) }
        rest = sum.value / totalWeight.value
        var squares = CompensatedSum()
        for value in kept {
          let d = (x[view.index(channel, value)] - first) - rest
          squares.add(weights[value] * d * d)
        }
        variance = squares.value / totalWeight.value
      }
      let sum = variance + Wide(epsilon)
      let inverse = sum == 0 ? 0 : 1 / sum.squareRoot()
      means.append(origin + rest)
      variances.append(variance)
      inverses.append(inverse)
      for value in kept {
        let index = view.index(channel, value)
        normalized[index] = ((x[index] - origin) - rest) * inverse
        output[index] = factors[channel] * normalized[index] + offsets[channel]
        outputSize[index] = abs(factors[channel] * normalized[index]) + abs(offsets[channel])
      }
    }
    self.view = view
    (mean, variance, inverse) = (means, variances, inverses)
    (self.normalized, self.output, self.outputSize) = (normalized, output, outputSize)
    self.scale = factors
    usesOwnStatistics = statistics == nil
    self.weights = weights
  }

  /// The unbiased variance of a channel.
  public func unbiasedVariance(_ channel: Int) -> Wide {
    // W^2/(W^2 - sum(w^2)): twice the products of all pairs, since the difference cancels for unequal weights.
    var total: Wide = 0
    var pairs: Wide = 0
    for weight in weights {
      pairs += total * weight
      total += weight
    }
    return variance[channel] * total * total / (2 * pairs)
  }

  /// The gradients of sum(weights * y), `weights` being the output gradient, and the sizes of what they sum.
  ///
  ///     dshift = sum(dy)      dscale = sum(dy*n)      dx = scale*r * (dy - dshift/m - n*dscale/m)
  ///
  /// With given statistics dx = scale*r*dy. With weights 1/m becomes w/sum(w), and sums leave out positions of weight 0.
  public func gradients<Scalar: TensorScalar>(_ outputGradient: Tensor<Scalar>) -> Gradients {
    let dy = wide(outputGradient)
    var result = Gradients(input: Array(repeating: 0, count: dy.count))
    let kept = weights.indices.filter { weights[$0] > 0 }
    var total = CompensatedSum()
    for value in kept { total.add(weights[value]) }
    for channel in 0..<view.channels {
      var shift = CompensatedSum()
      var scale = CompensatedSum()
      var shiftSize: Wide = 0
      var scaleSize: Wide = 0
      for value in kept {
        let index = view.index(channel, value)
        shift.add(dy[index])
        scale.add(dy[index] * normalized[index])
        shiftSize += abs(dy[index])
        scaleSize += abs(dy[index]) * (1 + abs(normalized[index]))
      }
      let factor = self.scale[channel] * inverse[channel]
      var terms: [Wide] = []
      for value in kept {
        let index = view.index(channel, value)
        let away =
          usesOwnStatistics
          ? (shift.value + normalized[index] * scale.value) * (weights[value] / total.value) : 0
        result.input[index] = factor * (dy[index] - away)
        terms.append(factor * dy[index])
      }
      result.scale.append(scale.value)
      result.shift.append(shift.value)
      result.inputSize.append(norm(terms))
      result.scaleSize.append(scaleSize)
      result.shiftSize.append(shiftSize)
    }
    return result
  }

  /// Gradients, and per channel the sizes that the bounds of the contract are fractions of.
  public struct Gradients: Sendable {
    /// In the order of the input.
    public var input: [Wide]
    /// One per channel.
    public var scale: [Wide] = []
    /// One per channel.
    public var shift: [Wide] = []
    /// The 2-norm of scale*r*dy.
    public var inputSize: [Wide] = []
    /// The sum of |dy| * (1 + |n|).
    public var scaleSize: [Wide] = []
    /// The sum of |dy|.
    public var shiftSize: [Wide] = []
  }
}
