public import Normalization

/// What a recurrent layer makes of its products in each step.
public enum RecurrentCell: Equatable, Sendable {
  /// Applies a function to their sum: ``Elman``.
  case elman(ElmanFunction)
  /// Gates: ``GRU``.
  case gru

  /// How many numbers each hidden unit needs of each product.
  var gateCount: Int { self == .gru ? 3 : 1 }
}

/// A layer over sequences whose hidden state goes from step to step: ``Elman`` and ``GRU``.
///
///     u_t = norm(W_ih x_t) + b_ih        v_t = norm(W_hh h_{t-1}) + b_hh        h_t = cell(u_t, v_t, h_{t-1})
///
/// with h = 0 before the first step. What is normalised and what has a bias: ``RecurrentNormalization``.
///
/// Shapes: [N, T, inputCount] to [N, T, hiddenCount], the hidden states of all steps; ``LastStep`` takes the last. All
/// sequences of a batch have the same length, of at least one step.
///
/// Gradient: back through time. With dh_t the gradient of h_t, which is that of the output plus what step t + 1 hands
/// back, and dp_t, dq_t the gradients of both products,
///
///     dh_{t-1} += (part that goes around the products) + dq_t W_hh
///     dW_ih = sum over t of dp_t^T x_t        dW_hh = sum over t of dq_t^T h_{t-1}        dx_t = dp_t W_ih
///
/// The biases' gradients are the sums of those of u_t and v_t. Sums over t are one matrix product each.
///
/// The layer's own weights are a layer without a name in ``Layer/visitLayers(_:)``: this one without normalization.
public protocol RecurrentLayer<Scalar>: Layer {
  /// The weights, and what is done with the products.
  var products: RecurrentProducts<Scalar> { get set }
  /// What each step makes of the products.
  var cell: RecurrentCell { get }
}

extension RecurrentLayer {
  /// The hidden states of all steps.
  public func inference(_ input: Tensor<Scalar>) throws(NormalizationError) -> Tensor<Scalar> {
    let output = try inference(input, named: "") { _, layer, input throws(NormalizationError) in
      try layer.inference(input)
    }
    guard let output else { preconditionFailure("Nothing ended the inference.") }
    return output
  }

  /// The hidden states of all steps, or nil where the observer ended the inference. It sees one step after the other
  /// but for normalizations over all steps.
  public func inference(
    _ input: Tensor<Scalar>, named name: String, observer: NormalizationObserver<Scalar>
  ) throws(NormalizationError) -> Tensor<Scalar>? {
    let run = RecurrentRun(self, input)
    return try run.inference(named: name, observer: observer)
  }

  /// The hidden states of all steps, and the way back through time.
  public func forward(_ input: Tensor<Scalar>) throws(NormalizationError) -> LayerPass<Scalar> {
    let run = RecurrentRun(self, input)
    let trace = try run.forward()
    let record = RecurrentRecord(
      inputs: trace.inputPasses, hidden: trace.steps.compactMap(\.hiddenPass),
      sums: trace.steps.compactMap(\.sumPass))
    return LayerPass(output: run.output(trace.steps.map(\.hidden)), record: record) { gradient in
      run.gradients(trace, gradient)
    }
  }

  /// Takes the statistics of the pass's normalizations into the running ones.
  public mutating func commit(_ pass: LayerPass<Scalar>) {
    guard let record = pass.record as? RecurrentRecord<Scalar> else {
      preconditionFailure("The pass is of another layer than this \(kindName).")
    }
    products.inputNorm?.commit(record.inputs)
    products.hiddenNorm?.commit(record.hidden)
    products.sumNorm?.commit(record.sums)
  }

  /// "weight_ih", "weight_hh", "bias_ih" and "bias_hh" where there are such, then those of the normalizations.
  public mutating func visitParameters(_ visit: (ParameterInfo, inout Tensor<Scalar>) -> Void) {
    products.visitParameters(visit)
  }

  /// The layer without normalization, of no name, then the normalizations.
  public mutating func visitLayers(_ visit: (String, inout any Layer<Scalar>) -> Void) {
    var bare = self
    (bare.products.inputNorm, bare.products.hiddenNorm, bare.products.sumNorm) = (nil, nil, nil)
    var layer: any Layer<Scalar> = bare
    visit("", &layer)
    guard let changed = layer as? Self, !changed.products.isNormalized else {
      preconditionFailure(
        "A visitor replaced a layer of type \(Self.self) by one of type \(type(of: layer)).")
    }
    let old = products
    self = changed
    products.inputNorm = old.inputNorm
    products.hiddenNorm = old.hiddenNorm
    products.sumNorm = old.sumNorm
    products.inputNorm?.visitLayers(visit)
    products.hiddenNorm?.visitLayers(visit)
    products.sumNorm?.visitLayers(visit)
  }
}

/// What a commit needs: the passes of the normalizations.
private struct RecurrentRecord<Scalar: NetworkScalar>: Sendable {
  let inputs: [StepNormalization<Scalar>.Pass]
  let hidden: [StepNormalization<Scalar>.Pass]
  let sums: [StepNormalization<Scalar>.Pass]
}
