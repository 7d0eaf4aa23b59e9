public import Normalization

/// A layer of gated recurrent units.
///
///     r = sigmoid(W_ir x_t + b_ir + W_hr h_{t-1} + b_hr)
///     z = sigmoid(W_iz x_t + b_iz + W_hz h_{t-1} + b_hz)
///     n = tanh(W_in x_t + b_in + r * (W_hn h_{t-1} + b_hn))
///     h_t = (1 - z) * n + z * h_{t-1}
///
/// Shapes: [N, T, inputCount] to [N, T, hiddenCount]. Weights [3 * hiddenCount, inputCount] and
/// [3 * hiddenCount, hiddenCount], biases [3 * hiddenCount], with the rows of r first, then z, then n: PyTorch's
/// equations and its layout, with `batch_first`. r multiplies the product, not h_{t-1} as in the paper.
///
/// Gradient: with dh that of h_t, and u, v the products with their biases,
///
///     da_n = dh * (1 - z) * (1 - n^2)          du_n = da_n       dv_n = da_n * r
///     da_z = dh * (h_{t-1} - n) * z * (1 - z)  du_z = dv_z = da_z
///     da_r = da_n * v_n * r * (1 - r)          du_r = dv_r = da_r
///     dh_{t-1} = dh * z + what the products hand back
///
/// and the rest as in ``RecurrentLayer``.
///
/// Source: Cho et al. 2014, arXiv:1406.1078, section 2.3. Normalization: ``RecurrentNormalization``.
public struct GRU<Scalar: NetworkScalar>: RecurrentLayer {
  /// The weights, and what is done with the products.
  public var products: RecurrentProducts<Scalar>

  /// Gates.
  public var cell: RecurrentCell { .gru }

  /// Creates a layer with weights and biases uniform in +-1/sqrt(hiddenCount), as PyTorch draws them.
  ///
  /// - Parameters:
  ///   - inputCount: the number of features of a step, positive.
  ///   - hiddenCount: the number of hidden units, positive.
  ///   - hasBias: whether products have biases where no shift takes their place.
  ///   - normalization: what is normalised.
  ///   - generator: where weights and biases are drawn from.
  ///   - execution: threads for large products.
  public init(
    inputCount: Int, hiddenCount: Int, hasBias: Bool = true,
    normalization: RecurrentNormalization = .none, using generator: inout SeededGenerator,
    execution: Execution = .automatic
  ) {
    products = RecurrentProducts(
      .gru, inputCount: inputCount, hiddenCount: hiddenCount, hasBias: hasBias,
      normalization: normalization, using: &generator, execution: execution)
  }

  /// Creates a layer with given weights and without normalization.
  ///
  /// - Precondition: the shapes fit together.
  public init(
    inputWeight: Tensor<Scalar>, hiddenWeight: Tensor<Scalar>, inputBias: Tensor<Scalar>? = nil,
    hiddenBias: Tensor<Scalar>? = nil, execution: Execution = .automatic
  ) {
    products = RecurrentProducts(
      .gru, inputWeight: inputWeight, hiddenWeight: hiddenWeight, inputBias: inputBias,
      hiddenBias: hiddenBias, execution: execution)
  }
}
