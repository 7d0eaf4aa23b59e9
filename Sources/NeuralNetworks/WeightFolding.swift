import Normalization

/// What several channel maps after each other do: x * factor + offset.
struct LinearMap {
  private(set) var factors: [Double]
  private(set) var offsets: [Double]

  init(_ maps: [ChannelMap], channelCount: Int) {
    factors = Array(repeating: 1, count: channelCount)
    offsets = Array(repeating: 0, count: channelCount)
    for map in maps {
      for i in 0..<channelCount {
        factors[i] *= map.factor[i]
        offsets[i] = map.factor[i] * (offsets[i] - map.mean[i]) + map.shift[i]
      }
    }
  }
}

/// Weights [rows, columns, the positions of a kernel, if any] and biases [rows] of a linear layer in Float64, while
/// channel maps are multiplied in. Rows are outputs; columns are the inputs of the row's group.
struct WeightFolding<Scalar: TensorScalar> {
  private let shape: [Int]
  private let groups: Int
  private var weights: [Double]
  private var biases: [Double]

  private var rowCount: Int { shape[0] }
  private var columnCount: Int { shape[1] }
  private var rowLength: Int { shape.dropFirst().reduce(1, *) }

  /// Starts with a layer's numbers.
  init(_ weight: Tensor<Scalar>, _ bias: Tensor<Scalar>?, groups: Int = 1) {
    (shape, self.groups) = (weight.shape, groups)
    weights = weight.elements.map { Double($0) }
    biases = bias.map { $0.elements.map { Double($0) } } ?? Array(repeating: 0, count: shape[0])
  }

  /// The numbers with what happens to input and output, rounded once.
  ///
  /// - Throws: where they are beyond the element type.
  func folded(
    behind input: LinearMap, before: [ChannelMap]
  ) throws(FoldingObstacle) -> (weight: Tensor<Scalar>, bias: Tensor<Scalar>) {
    var folding = self
    folding.prepend(input)
    for map in before { folding.append(map) }
    return try folding.narrowed()
  }

  private mutating func prepend(_ input: LinearMap) {
    let columnLength = rowLength / columnCount
    for row in 0..<rowCount {
      let group = row / (rowCount / groups)
      for index in 0..<rowLength {
        let column = group * columnCount + index / columnLength
        biases[row] += weights[row * rowLength + index] * input.offsets[column]
        weights[row * rowLength + index] *= input.factors[column]
      }
    }
  }

  private mutating func append(_ map: ChannelMap) {
    for row in 0..<rowCount {
      biases[row] = map.factor[row] * (biases[row] - map.mean[row]) + map.shift[row]
      for index in row * rowLength..<(row + 1) * rowLength { weights[index] *= map.factor[row] }
    }
  }

  private func narrowed() throws(FoldingObstacle) -> (weight: Tensor<Scalar>, bias: Tensor<Scalar>)
  {
    let folded = (
      weight: Tensor(weights.map { Scalar($0) }, shape: shape),
      bias: Tensor(biases.map { Scalar($0) }, shape: [rowCount])
    )
    let (w, b) = (folded.weight.span, folded.bias.span)
    for index in w.indices where !w[index].isFinite { throw .overflow(channel: index / rowLength) }
    for index in b.indices where !b[index].isFinite { throw .overflow(channel: index) }
    return folded
  }
}

extension Tensor {
  /// The magnitudes of the elements in Float64.
  var magnitudes: Tensor<Double> {
    Tensor<Double>(elements.map { abs(Double($0)) }, shape: shape)
  }
}
