public import Normalization

/// The products of a recurrent layer with what may be added to and done with them: G numbers for each of H hidden
/// units, one for ``Elman`` and three for ``GRU``, in the order r, z, n, as in PyTorch.
public struct RecurrentProducts<Scalar: NetworkScalar>: Sendable {
  /// [G * H, inputCount]; the parameter "weight_ih".
  public var inputWeight: Tensor<Scalar>
  /// [G * H, H]; the parameter "weight_hh".
  public var hiddenWeight: Tensor<Scalar>
  /// [G * H], or nil for none; the parameter "bias_ih".
  public var inputBias: Tensor<Scalar>?
  /// [G * H], or nil for none; the parameter "bias_hh".
  public var hiddenBias: Tensor<Scalar>?
  /// Threads for large products.
  public var execution: Execution

  var inputNorm: StepNormalization<Scalar>?
  var hiddenNorm: StepNormalization<Scalar>?
  /// Of the sum of both, in Elman's layer.
  var sumNorm: StepNormalization<Scalar>?

  /// The number of features of a step.
  public var inputCount: Int { inputWeight.shape[1] }
  /// The number of hidden units.
  public var hiddenCount: Int { hiddenWeight.shape[1] }

  /// Weights and biases uniform in +-1/sqrt(hiddenCount), as PyTorch draws them.
  init(
    _ cell: RecurrentCell, inputCount: Int, hiddenCount: Int, hasBias: Bool,
    normalization: RecurrentNormalization, using generator: inout SeededGenerator,
    execution: Execution
  ) {
    precondition(
      inputCount > 0 && hiddenCount > 0,
      "A recurrent layer needs inputs and units, not \(inputCount) and \(hiddenCount).")
    let bound = 1 / Double(hiddenCount).squareRoot()
    let width = cell.gateCount * hiddenCount
    func drawn(_ shape: [Int]) -> Tensor<Scalar> {
      Tensor(uniform: shape, in: -bound..<bound, using: &generator)
    }
    inputWeight = drawn([width, inputCount])
    hiddenWeight = drawn([width, hiddenCount])
    inputBias = hasBias ? drawn([width]) : nil
    hiddenBias = hasBias ? drawn([width]) : nil
    self.execution = execution
    normalize(normalization, cell)
  }

  init(
    _ cell: RecurrentCell, inputWeight: Tensor<Scalar>, hiddenWeight: Tensor<Scalar>,
    inputBias: Tensor<Scalar>?, hiddenBias: Tensor<Scalar>?, execution: Execution
  ) {
    (self.inputWeight, self.hiddenWeight) = (inputWeight, hiddenWeight)
    (self.inputBias, self.hiddenBias) = (inputBias, hiddenBias)
    self.execution = execution
    check(cell)
  }

  /// - Precondition: the shapes fit together.
  func check(_ cell: RecurrentCell) {
    precondition(
      inputWeight.rank == 2 && hiddenWeight.rank == 2,
      "Weights have rank 2, but the shapes are \(inputWeight.shape) and \(hiddenWeight.shape).")
    let width = cell.gateCount * hiddenCount
    precondition(
      inputWeight.shape[0] == width && hiddenWeight.shape[0] == width
        && [inputBias, hiddenBias].allSatisfy { $0.map { $0.shape == [width] } ?? true },
      """
      \(hiddenCount) hidden units need weights and biases of \(width) rows, but the weights are \
      \(inputWeight.shape) and \(hiddenWeight.shape).
      """)
  }

  /// Whether anything is normalised.
  var isNormalized: Bool { inputNorm != nil || hiddenNorm != nil || sumNorm != nil }

  mutating func visitParameters(_ visit: (ParameterInfo, inout Tensor<Scalar>) -> Void) {
    visit(ParameterInfo(name: "weight_ih", role: .weight), &inputWeight)
    visit(ParameterInfo(name: "weight_hh", role: .weight), &hiddenWeight)
    if var value = inputBias {
      inputBias = nil  // so that the visitor changes the only copy
      visit(ParameterInfo(name: "bias_ih", role: .bias), &value)
      inputBias = value
    }
    if var value = hiddenBias {
      hiddenBias = nil
      visit(ParameterInfo(name: "bias_hh", role: .bias), &value)
      hiddenBias = value
    }
    inputNorm?.visitParameters(visit)
    hiddenNorm?.visitParameters(visit)
    sumNorm?.visitParameters(visit)
  }
}
