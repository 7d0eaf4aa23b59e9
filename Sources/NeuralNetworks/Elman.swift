public import Normalization

/// What an ``Elman`` layer applies to the sum of its products.
public enum ElmanFunction: String, CaseIterable, Codable, Sendable {
  /// The hyperbolic tangent.
  case tanh
  /// max(x, 0).
  case relu

  var kind: ActivationKind {
    switch self {
    case .tanh: .tanh
    case .relu: .relu
    }
  }
}

/// A simple recurrent layer.
///
///     h_t = f(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh)        f = tanh or ReLU
///
/// Shapes: [N, T, inputCount] to [N, T, hiddenCount]. Weights [hiddenCount, inputCount] and [hiddenCount, hiddenCount],
/// biases [hiddenCount], as PyTorch's `RNN` with `batch_first`.
///
/// Gradient: with dh_t that of h_t, `du_t = dv_t = dh_t * f'`; the rest as in ``RecurrentLayer``.
///
/// Source: Elman 1990, Finding Structure in Time, Cognitive Science 14. Normalization: ``RecurrentNormalization``.
public struct Elman<Scalar: NetworkScalar>: RecurrentLayer {
  /// The weights, and what is done with the products.
  public var products: RecurrentProducts<Scalar>
  /// What is applied to the sum of the products.
  public let function: ElmanFunction

  /// The function.
  public var cell: RecurrentCell { .elman(function) }
  /// "Elman (tanh)".
  public var kindName: String { "Elman (\(function.rawValue))" }

  /// Creates a layer with weights and biases uniform in +-1/sqrt(hiddenCount), as PyTorch draws them.
  ///
  /// - Parameters:
  ///   - inputCount: the number of features of a step, positive.
  ///   - hiddenCount: the number of hidden units, positive.
  ///   - function: what is applied to the sum of the products.
  ///   - hasBias: whether products have biases where no shift takes their place.
  ///   - normalization: what is normalised.
  ///   - generator: where weights and biases are drawn from.
  ///   - execution: threads for large products.
  public init(
    inputCount: Int, hiddenCount: Int, function: ElmanFunction = .tanh, hasBias: Bool = true,
    normalization: RecurrentNormalization = .none, using generator: inout SeededGenerator,
    execution: Execution = .automatic
  ) {
    self.function = function
    products = RecurrentProducts(
      .elman(function), inputCount: inputCount, hiddenCount: hiddenCount, hasBias: hasBias,
      normalization: normalization, using: &generator, execution: execution)
  }

  /// Creates a layer with given weights and without normalization.
  ///
  /// - Precondition: the shapes fit together.
  public init(
    inputWeight: Tensor<Scalar>, hiddenWeight: Tensor<Scalar>, inputBias: Tensor<Scalar>? = nil,
    hiddenBias: Tensor<Scalar>? = nil, function: ElmanFunction = .tanh,
    execution: Execution = .automatic
  ) {
    self.function = function
    products = RecurrentProducts(
      .elman(function), inputWeight: inputWeight, hiddenWeight: hiddenWeight,
      inputBias: inputBias, hiddenBias: hiddenBias, execution: execution)
  }
}
