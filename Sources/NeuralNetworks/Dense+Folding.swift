import Normalization

/// Folding into a fully connected layer, with (p, q) what happens to the input and (a, m, c) to the output:
///
///     y = a (W (p x + q) + b - m) + c  =  (a W p) x  +  (a (W q + b - m) + c)
extension Dense: FoldableLayer {
  /// The columns of [N, inputCount].
  public var inputChannels: FoldableChannels {
    FoldableChannels(count: weight.shape[1], axis: 1, rank: 2)
  }

  /// The columns of [N, outputCount].
  public var outputChannels: FoldableChannels {
    FoldableChannels(count: weight.shape[0], axis: 1, rank: 2)
  }

  /// One for each input.
  public var productCount: Int { weight.shape[1] }

  /// The layer with the maps in its weights and bias. It has a bias even where this one has none.
  public func folded(
    behind: [ChannelMap], before: [ChannelMap]
  ) throws(FoldingObstacle) -> any FoldableLayer<Scalar> {
    let (rows, columns) = (weight.shape[0], weight.shape[1])
    var factors = Array(repeating: 1.0, count: columns)
    var offsets = Array(repeating: 0.0, count: columns)
    for map in behind {
      for i in 0..<columns {
        factors[i] *= map.factor[i]
        offsets[i] = map.factor[i] * (offsets[i] - map.mean[i]) + map.shift[i]
      }
    }
    let biases = bias.map { $0.elements.map { Double($0) } } ?? Array(repeating: 0, count: rows)
    var (weights, sums) = scaled(weight, columns: factors, offsets: offsets, biases: biases)
    for row in 0..<rows {
      for map in before {
        sums[row] = map.factor[row] * (sums[row] - map.mean[row]) + map.shift[row]
        for i in row * columns..<(row + 1) * columns { weights[i] *= map.factor[row] }
      }
    }
    var result = self
    result.weight = narrowed(weights, shape: weight.shape)
    result.bias = narrowed(sums, shape: [rows])
    try result.checkFinite()
    return result
  }

  private func checkFinite() throws(FoldingObstacle) {
    let columns = weight.shape[1]
    let (weights, biases) = (weight.span, bias?.span)
    for index in weights.indices where !weights[index].isFinite {
      throw .overflow(channel: index / columns)
    }
    guard let biases else { return }
    for index in biases.indices where !biases[index].isFinite { throw .overflow(channel: index) }
  }

  /// The same numbers in Float64.
  public var widened: any Layer<Double> {
    Dense<Double>(
      weight: weight.converted(to: Double.self), bias: bias?.converted(to: Double.self),
      execution: execution)
  }

  /// |W| and |b|.
  public func magnitudes(withBias: Bool) -> any Layer<Double> {
    func magnitudes(_ tensor: Tensor<Scalar>) -> Tensor<Double> {
      Tensor(tensor.elements.map { abs(Double($0)) }, shape: tensor.shape)
    }
    return Dense<Double>(
      weight: magnitudes(weight), bias: withBias ? bias.map(magnitudes) : nil, execution: execution)
  }
}

/// The weights with their columns scaled, and the biases with the sums of weights and offsets added.
@specialized(where Scalar == Float)
private func scaled<Scalar: TensorScalar>(
  _ weight: Tensor<Scalar>, columns factors: [Double], offsets: [Double], biases: [Double]
) -> (weights: [Double], sums: [Double]) {
  var weights: [Double] = []
  weights.reserveCapacity(weight.count)
  var sums = biases
  let source = weight.span
  for row in sums.indices {
    for column in factors.indices {
      let value = Double(source[row * factors.count + column])
      weights.append(value * factors[column])
      sums[row] += value * offsets[column]
    }
  }
  return (weights, sums)
}

private func narrowed<Scalar: TensorScalar>(_ values: [Double], shape: [Int]) -> Tensor<Scalar> {
  Tensor(values.map { Scalar($0) }, shape: shape)
}
