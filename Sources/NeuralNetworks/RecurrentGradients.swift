import Normalization

/// What the way back through time collects, the last step first.
struct RecurrentGradients<Scalar: NetworkScalar> {
  /// Of u_t and v_t, biases included, and of W_hh h_{t-1}: [N, G * H].
  private(set) var u: [Tensor<Scalar>] = []
  private(set) var v: [Tensor<Scalar>] = []
  private(set) var hiddenProduct: [Tensor<Scalar>] = []
  var inputSums = StepNormalization<Scalar>.Gradients()
  private(set) var hiddenSums = StepNormalization<Scalar>.Gradients()
  private(set) var sumSums = StepNormalization<Scalar>.Gradients()

  /// Goes back with the gradient of the output, [T, N, H].
  mutating func goBack(
    through trace: RecurrentRun<Scalar>.Trace, _ run: RecurrentRun<Scalar>,
    _ outputGradient: Tensor<Scalar>
  ) {
    let (samples, products) = (run.samples, run.products)
    let all = outputGradient.reshaped(to: [run.stepCount * samples, products.hiddenCount])
    var carried: Tensor<Scalar>?
    for (step, kept) in trace.steps.enumerated().reversed() {
      var gradient = all.rows(step * samples..<(step + 1) * samples)
      if let carried { gradient.add(carried) }
      let previous = step > 0 ? trace.steps[step - 1].hidden : nil
      let direct = goBack(through: kept, run, gradient, previous)
      var q = v[v.count - 1]
      if let norm = products.hiddenNorm, let pass = kept.hiddenPass {
        q = norm.pullback(pass, q, &hiddenSums)
      }
      hiddenProduct.append(q)
      guard step > 0 else { return }
      var next = run.hiddenGradient(q)
      if let direct { next.add(direct) }
      carried = next
    }
  }

  /// Appends the gradients of u_t and v_t.
  ///
  /// - Returns: the part of the gradient of h_{t-1} that goes around the products.
  private mutating func goBack(
    through kept: RecurrentRun<Scalar>.Step, _ run: RecurrentRun<Scalar>,
    _ gradient: Tensor<Scalar>, _ previous: Tensor<Scalar>?
  ) -> Tensor<Scalar>? {
    switch run.cell {
    case .elman(let function):
      var sum = differentiated(kept.hidden, gradient, function.kind, 0)
      if let norm = run.products.sumNorm, let pass = kept.sumPass {
        sum = norm.pullback(pass, sum, &sumSums)
      }
      u.append(sum)
      v.append(sum)
      return nil
    case .gru:
      guard let gates = kept.gates, let recurrent = kept.recurrent else {
        preconditionFailure("A step of a GRU keeps its gates.")
      }
      let gradients = gruGradients(gates, recurrent, previous, gradient)
      u.append(gradients.u)
      v.append(gradients.v)
      return gradients.direct
    }
  }
}
