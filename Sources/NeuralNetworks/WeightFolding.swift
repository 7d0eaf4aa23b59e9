import Normalization

/// What several channel maps after each other do: x * factor + offset.
struct LinearMap {
  private(set) var factors: [Double]
  private(set) var offsets: [Double]

  /// Nothing.
  init(channelCount: Int) {
    factors = Array(repeating: 1, count: channelCount)
    offsets = Array(repeating: 0, count: channelCount)
  }

  mutating func append(_ map: ChannelMap) {
    for i in factors.indices {
      factors[i] *= map.factor[i]
      offsets[i] = map.factor[i] * (offsets[i] - map.mean[i]) + map.shift[i]
    }
  }
}

/// Weights [rows, columns, the positions of a kernel] and biases [rows] of a linear layer in Float64, while channel maps
/// are multiplied in. Rows are outputs; columns are the inputs of the row's group.
struct WeightFolding {
  let rowCount: Int
  let columnCount: Int
  /// Weights of a row and a column: 1 for a matrix.
  let columnLength: Int
  let groups: Int
  private var weights: [Double] = []
  private var biases: [Double] = []

  init(rowCount: Int, columnCount: Int, columnLength: Int = 1, groups: Int = 1) {
    (self.rowCount, self.columnCount) = (rowCount, columnCount)
    (self.columnLength, self.groups) = (columnLength, groups)
  }

  /// Takes a layer's numbers, with what happens to its input.
  mutating func take<Scalar: TensorScalar>(
    _ weight: Tensor<Scalar>, _ bias: Tensor<Scalar>?, behind input: LinearMap
  ) {
    biases = bias.map { $0.elements.map { Double($0) } } ?? Array(repeating: 0, count: rowCount)
    weights = weight.elements.map { Double($0) }
    let rowLength = columnCount * columnLength
    for row in 0..<rowCount {
      let group = row / (rowCount / groups)
      for index in 0..<rowLength {
        let column = group * columnCount + index / columnLength
        biases[row] += weights[row * rowLength + index] * input.offsets[column]
        weights[row * rowLength + index] *= input.factors[column]
      }
    }
  }

  /// Adds what happens to the output.
  mutating func append(_ map: ChannelMap) {
    let rowLength = columnCount * columnLength
    for row in 0..<rowCount {
      biases[row] = map.factor[row] * (biases[row] - map.mean[row]) + map.shift[row]
      for index in row * rowLength..<(row + 1) * rowLength { weights[index] *= map.factor[row] }
    }
  }

  /// The numbers, rounded once; refused where they are beyond the element type.
  func narrowed<Scalar: TensorScalar>(
    like weight: Tensor<Scalar>
  ) throws(FoldingObstacle) -> (weight: Tensor<Scalar>, bias: Tensor<Scalar>) {
    let folded = (
      weight: Tensor(weights.map { Scalar($0) }, shape: weight.shape),
      bias: Tensor(biases.map { Scalar($0) }, shape: [rowCount])
    )
    let (w, b) = (folded.weight.span, folded.bias.span)
    for index in w.indices where !w[index].isFinite {
      throw .overflow(channel: index / (columnCount * columnLength))
    }
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
