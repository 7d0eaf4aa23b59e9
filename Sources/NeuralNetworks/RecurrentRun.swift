import LinearAlgebra
import Normalization

/// A recurrent layer on a batch of sequences: forward through time, and back.
///
/// Matrices of all steps are [T * N, columns], one step after the other.
struct RecurrentRun<Scalar: NetworkScalar>: Sendable {
  /// What is kept of a step for the way back.
  struct Step: Sendable {
    let hidden: Tensor<Scalar>
    /// r, z and n of a GRU, and its v: [N, 3 H].
    var gates: Tensor<Scalar>?
    var recurrent: Tensor<Scalar>?
    var hiddenPass: StepNormalization<Scalar>.Pass?
    var sumPass: StepNormalization<Scalar>.Pass?
  }

  /// What is kept of all of them.
  struct Trace: Sendable {
    let inputPasses: [StepNormalization<Scalar>.Pass]
    let steps: [Step]
  }

  let products: RecurrentProducts<Scalar>
  let cell: RecurrentCell
  let (samples, stepCount): (Int, Int)
  /// The input, [T * N, inputCount].
  let input: Tensor<Scalar>

  init(_ layer: some RecurrentLayer<Scalar>, _ input: Tensor<Scalar>) {
    (products, cell) = (layer.products, layer.cell)
    products.check(cell)
    precondition(
      input.rank == 3 && input.shape[1] > 0 && input.shape[2] == products.inputCount,
      """
      The layer takes [N, T, \(products.inputCount)] with at least one step, but the input's shape \
      is \(input.shape).
      """)
    (samples, stepCount) = (input.shape[0], input.shape[1])
    self.input = input.leadingAxesExchanged().reshaped(
      to: [samples * stepCount, products.inputCount])
  }

  /// The hidden states of the steps as [N, T, H].
  func output(_ hidden: [Tensor<Scalar>]) -> Tensor<Scalar> {
    joinedRows(hidden, columnCount: products.hiddenCount)
      .reshaped(to: [stepCount, samples, products.hiddenCount]).leadingAxesExchanged()
  }

  private func product(
    _ left: MatrixOperand<Scalar>, _ right: MatrixOperand<Scalar>
  ) -> Tensor<Scalar> {
    matrixProduct(left, right, threadCount: products.execution.threadCount)
  }

  /// W_hh h_{t-1}; 0 in the first step.
  private func hiddenProduct(_ previous: Tensor<Scalar>?) -> Tensor<Scalar> {
    previous.map { product(.plain($0), .transposed(products.hiddenWeight)) }
      ?? Tensor(repeating: 0, shape: [samples, products.hiddenWeight.shape[0]])
  }

  private func rows(ofStep step: Int) -> Range<Int> {
    step * samples..<(step + 1) * samples
  }

  // MARK: Inference

  func inference(
    named name: String, observer: NormalizationObserver<Scalar>
  ) throws(NormalizationError) -> Tensor<Scalar>? {
    let product = product(.plain(input), .transposed(products.inputWeight))
    guard var u = try inferredInputs(product, name, observer) else { return nil }
    if let bias = products.inputBias { addRows(bias, to: &u) }
    var states: [Tensor<Scalar>] = []
    for step in 0..<stepCount {
      var v = hiddenProduct(states.last)
      if let norm = products.hiddenNorm {
        let output = try norm.inference(v, step: step, named: name, observer: observer)
        guard let output else { return nil }
        v = output
      }
      if let bias = products.hiddenBias { addRows(bias, to: &v) }
      switch cell {
      case .elman(let function):
        v.add(u.rows(rows(ofStep: step)))
        if let norm = products.sumNorm {
          let output = try norm.inference(v, step: step, named: name, observer: observer)
          guard let output else { return nil }
          v = output
        }
        states.append(activated(v, function.kind, 0))
      case .gru:
        states.append(gruStep(u, v, states.last, firstRow: step * samples).hidden)
      }
    }
    return output(states)
  }

  private func inferredInputs(
    _ product: Tensor<Scalar>, _ name: String, _ observer: NormalizationObserver<Scalar>
  ) throws(NormalizationError) -> Tensor<Scalar>? {
    guard let norm = products.inputNorm else { return product }
    guard norm.isPerStep else {
      return try norm.inference(product, step: 0, named: name, observer: observer)
    }
    var outputs: [Tensor<Scalar>] = []
    for step in 0..<stepCount {
      let part = product.rows(rows(ofStep: step))
      let output = try norm.inference(part, step: step, named: name, observer: observer)
      guard let output else { return nil }
      outputs.append(output)
    }
    return joinedRows(outputs, columnCount: product.shape[1])
  }

  // MARK: Training

  func forward() throws(NormalizationError) -> Trace {
    let product = product(.plain(input), .transposed(products.inputWeight))
    let passes = try inputPasses(product)
    var u =
      passes.isEmpty ? product : joinedRows(passes.map(\.output), columnCount: product.shape[1])
    if let bias = products.inputBias { addRows(bias, to: &u) }
    var steps: [Step] = []
    for step in 0..<stepCount {
      steps.append(try forward(step, u, previous: steps.last?.hidden))
    }
    return Trace(inputPasses: passes, steps: steps)
  }

  private func inputPasses(
    _ product: Tensor<Scalar>
  ) throws(NormalizationError) -> [StepNormalization<Scalar>.Pass] {
    guard let norm = products.inputNorm else { return [] }
    guard norm.isPerStep else { return [try norm.forward(product, step: 0)] }
    var passes: [StepNormalization<Scalar>.Pass] = []
    for step in 0..<stepCount {
      passes.append(try norm.forward(product.rows(rows(ofStep: step)), step: step))
    }
    return passes
  }

  private func forward(
    _ step: Int, _ u: Tensor<Scalar>, previous: Tensor<Scalar>?
  ) throws(NormalizationError) -> Step {
    var v = hiddenProduct(previous)
    let hiddenPass = try products.hiddenNorm?.forward(v, step: step)
    if let hiddenPass { v = hiddenPass.output }
    if let bias = products.hiddenBias { addRows(bias, to: &v) }
    switch cell {
    case .elman(let function):
      v.add(u.rows(rows(ofStep: step)))
      let sumPass = try products.sumNorm?.forward(v, step: step)
      return Step(
        hidden: activated(sumPass?.output ?? v, function.kind, 0), hiddenPass: hiddenPass,
        sumPass: sumPass)
    case .gru:
      let (hidden, gates) = gruStep(u, v, previous, firstRow: step * samples)
      return Step(hidden: hidden, gates: gates, recurrent: v, hiddenPass: hiddenPass)
    }
  }

  // MARK: Back through time

  /// The gradients of a pass for a gradient [N, T, H] of its output.
  func gradients(_ trace: Trace, _ outputGradient: Tensor<Scalar>) -> LayerGradients<Scalar> {
    let shape = [samples, stepCount, products.hiddenCount]
    precondition(
      outputGradient.shape == shape,
      "The output gradient has shape \(outputGradient.shape), but the output had \(shape).")
    var back = RecurrentGradients<Scalar>()
    back.goBack(through: trace, self, outputGradient.leadingAxesExchanged())
    let width = products.hiddenWeight.shape[0]
    func joined(_ parts: [Tensor<Scalar>], _ columns: Int) -> Tensor<Scalar> {
      joinedRows(parts, columnCount: columns)
    }
    let u = joined(back.u.reversed(), width)
    let inputProduct = inputProductGradient(trace, u, &back.inputSums)
    // Before the first step h is 0: it adds nothing.
    let earlier = joined(trace.steps.dropLast().map(\.hidden), products.hiddenCount)
    let later = joined(back.hiddenProduct.dropLast().reversed(), width)

    var parameters: [Tensor<Scalar>?] = [
      product(.transposed(inputProduct), .plain(input)),
      product(.transposed(later), .plain(earlier)),
    ]
    if products.inputBias != nil { parameters.append(rowSum(u)) }
    if products.hiddenBias != nil { parameters.append(rowSum(joined(back.v.reversed(), width))) }
    if let norm = products.inputNorm { parameters += norm.parameters(back.inputSums) }
    if let norm = products.hiddenNorm { parameters += norm.parameters(back.hiddenSums) }
    if let norm = products.sumNorm { parameters += norm.parameters(back.sumSums) }
    let input = product(.plain(inputProduct), .plain(products.inputWeight))
      .reshaped(to: [stepCount, samples, products.inputCount]).leadingAxesExchanged()
    return LayerGradients(input: input, parameters: parameters)
  }

  private func inputProductGradient(
    _ trace: Trace, _ u: Tensor<Scalar>, _ sums: inout StepNormalization<Scalar>.Gradients
  ) -> Tensor<Scalar> {
    guard let norm = products.inputNorm else { return u }
    guard norm.isPerStep else { return norm.pullback(trace.inputPasses[0], u, &sums) }
    var parts: [Tensor<Scalar>] = []
    for (step, pass) in trace.inputPasses.enumerated() {
      parts.append(norm.pullback(pass, u.rows(rows(ofStep: step)), &sums))
    }
    return joinedRows(parts, columnCount: u.shape[1])
  }

  /// dq W_hh.
  func hiddenGradient(_ hiddenProduct: Tensor<Scalar>) -> Tensor<Scalar> {
    product(.plain(hiddenProduct), .plain(products.hiddenWeight))
  }
}
