public import Normalization
import LinearAlgebra

/// A fully connected layer.
///
///     y = x W^T + b
///     dx = dy W        dW = dy^T x        db = sum of dy over the samples
///
/// Shapes:
/// - Input: [N, inputCount]; output: [N, outputCount].
/// - `weight`: [outputCount, inputCount], as in PyTorch; `bias`: [outputCount].
public struct Dense<Scalar: NetworkScalar>: Layer {
  /// [outputCount, inputCount].
  public var weight: Tensor<Scalar> {
    get { storedWeight }
    set {
      storedWeight = newValue
      packed = nil
    }
  }
  /// [outputCount], or nil for none.
  public var bias: Tensor<Scalar>?
  /// Threads for large products.
  public var execution: Execution
  /// The same as a convolution over a sequence of samples, for a network whose weights stay; see ``Predictor``.
  private var packed: Convolution<Scalar>?
  private var storedWeight: Tensor<Scalar>

  /// Creates a layer with normally distributed weights around 0, and a bias of 0.
  public init(
    inputCount: Int, outputCount: Int, hasBias: Bool = true, deviation: Double,
    using generator: inout SeededGenerator, execution: Execution = .automatic
  ) {
    storedWeight = Tensor(
      normal: [outputCount, inputCount], deviation: deviation, using: &generator)
    bias = hasBias ? Tensor(repeating: 0, shape: [outputCount]) : nil
    self.execution = execution
  }

  /// Creates a layer with given weights.
  ///
  /// - Precondition: `weight` is [outputCount, inputCount] and `bias` [outputCount].
  public init(
    weight: Tensor<Scalar>, bias: Tensor<Scalar>? = nil, execution: Execution = .automatic
  ) {
    precondition(
      weight.rank == 2 && bias.map { $0.shape == [weight.shape[0]] } ?? true,
      "Weights [outputs, inputs] and a bias [outputs] are needed, not \(weight.shape) and \(bias?.shape ?? [])."
    )
    (storedWeight, self.bias, self.execution) = (weight, bias, execution)
  }

  /// x W^T + b.
  public func inference(_ input: Tensor<Scalar>) throws(NormalizationError) -> Tensor<Scalar> {
    precondition(
      input.rank == 2 && input.shape[1] == weight.shape[1],
      "The layer takes [N, \(weight.shape[1])], but the input's shape is \(input.shape).")
    if var packed, input.shape[0] > 0 {
      packed.bias = bias
      let output = try packed.inference(input.reshaped(to: [1] + input.shape))
      return output.reshaped(to: [input.shape[0], weight.shape[0]])
    }
    var output = matrixProduct(
      .plain(input), .transposed(weight), threadCount: execution.threadCount)
    if let bias { addRows(bias, to: &output) }
    return output
  }

  /// Keeps the weights as the computation wants them. To be done where they do not change.
  ///
  /// A product of matrices packs its operands in every call, and for small batches that is most of the work.
  mutating func pack() {
    var convolution = Convolution<Scalar>(
      weight: weight.reshaped(to: weight.shape + [1]), window: SlidingWindow(kernel: [1]),
      execution: execution)
    convolution.pack()
    packed = convolution
  }

  /// The output, and the products that give the gradients.
  public func forward(_ input: Tensor<Scalar>) throws(NormalizationError) -> LayerPass<Scalar> {
    let (weight, hasBias, threads) = (weight, bias != nil, execution.threadCount)
    @Sendable func parameterGradients(_ gradient: Tensor<Scalar>) -> [Tensor<Scalar>?] {
      let weightGradient = matrixProduct(
        .transposed(gradient), .plain(input), threadCount: threads)
      return hasBias ? [weightGradient, rowSum(gradient)] : [weightGradient]
    }
    return LayerPass(output: try inference(input), parameterPullback: parameterGradients) {
      LayerGradients(
        input: matrixProduct(.plain($0), .plain(weight), threadCount: threads),
        parameters: parameterGradients($0))
    }
  }

  /// `weight`, then `bias` where there is one.
  public mutating func visitParameters(_ visit: (ParameterInfo, inout Tensor<Scalar>) -> Void) {
    packed = nil
    visitWeights(&storedWeight, &bias, visit)
  }
}

/// Adds a row [n] to every row of a matrix [m, n].
@specialized(where Scalar == Float)
func addRows<Scalar: TensorScalar>(_ row: Tensor<Scalar>, to matrix: inout Tensor<Scalar>) {
  let (rows, columns) = (matrix.shape[0], matrix.shape[1])
  let source = row.span
  var target = matrix.mutableSpan
  for r in 0..<rows {
    for c in 0..<columns { target[r * columns + c] += source[c] }
  }
}

/// The sum of the rows of a matrix [m, n]: [n].
@specialized(where Scalar == Float)
func rowSum<Scalar: TensorScalar>(_ matrix: Tensor<Scalar>) -> Tensor<Scalar> {
  let (rows, columns) = (matrix.shape[0], matrix.shape[1])
  let source = matrix.span
  var sums = Tensor<Scalar>(repeating: 0, shape: [columns])
  var target = sums.mutableSpan
  for r in 0..<rows {
    for c in 0..<columns { target[c] += source[r * columns + c] }
  }
  return sums
}
