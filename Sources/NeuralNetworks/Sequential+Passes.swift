public import Normalization

/// Inference and training passes. Where ReLU follows a layer that can apply it itself (a ``FusingLayer``, such as batch
/// normalization), both are one pass over memory.
extension Sequential: FusingLayer {
  /// A layer, and what is done to its output in the same pass.
  private struct Step {
    /// Of a stage, or nil where an addend and an activation have no layer to go with.
    var stage: Int?
    var addend: Tensor<Scalar>?
    var activation = FusedActivation.identity
  }

  /// The output of the last layer.
  public func inference(_ input: Tensor<Scalar>) throws(NormalizationError) -> Tensor<Scalar> {
    try inference(input, adding: nil, activation: .identity)
  }

  /// The output of the last layer, with an addend and an activation.
  public func inference(
    _ input: Tensor<Scalar>, adding addend: Tensor<Scalar>?, activation: FusedActivation
  ) throws(NormalizationError) -> Tensor<Scalar> {
    var value = input
    for step in steps(addend, activation) {
      value = try layer(step).fusedInference(
        value, adding: step.addend, activation: step.activation)
    }
    return value
  }

  /// The passes of all layers, taken back in reverse.
  public func forward(_ input: Tensor<Scalar>) throws(NormalizationError) -> LayerPass<Scalar> {
    try forward(input, adding: nil, activation: .identity).layerPass
  }

  /// The passes of all layers, taken back in reverse, with an addend and an activation.
  public func forward(
    _ input: Tensor<Scalar>, adding addend: Tensor<Scalar>?, activation: FusedActivation
  ) throws(NormalizationError) -> FusedPass<Scalar> {
    var value = input
    var taken: [FusedPass<Scalar>.Recorded] = []
    var records = Array<LayerPass<Scalar>?>(repeating: nil, count: stages.count)
    for step in steps(addend, activation) {
      let pass = try layer(step).fusedForward(
        value, adding: step.addend, activation: step.activation)
      value = pass.output
      taken.append(pass.recorded)
      if let stage = step.stage { records[stage] = LayerPass(committing: pass.record) }
    }
    let passes = taken
    return FusedPass(
      output: value, record: records,
      parameterPullback: { passes.gradients($0, ofInput: false).layer.parameters },
      pullback: { passes.gradients($0, ofInput: true) })
  }

  /// Commits each layer's part.
  public mutating func commit(_ pass: LayerPass<Scalar>) {
    guard let passes = pass.record as? [LayerPass<Scalar>?], passes.count == stages.count else {
      preconditionFailure("The pass is of another layer than this network.")
    }
    for (index, pass) in passes.enumerated() {
      if let pass { stages[index].layer.commit(pass) }
    }
  }

  private func layer(_ step: Step) -> any Layer<Scalar> {
    step.stage.map { stages[$0].layer } ?? Identity()
  }

  /// The layers in order, each with the ReLU behind it where it can apply it, and the last with what comes behind the
  /// network.
  private func steps(_ addend: Tensor<Scalar>?, _ activation: FusedActivation) -> [Step] {
    var steps: [Step] = []
    for index in stages.indices {
      let isReLU = (stages[index].layer as? Activation<Scalar>)?.kind == .relu
      if isReLU, let last = steps.last, last.activation == .identity, let stage = last.stage,
        stages[stage].layer is any FusingLayer<Scalar>
      {
        steps[steps.count - 1].activation = .relu
      } else {
        steps.append(Step(stage: index))
      }
    }
    guard addend != nil || activation != .identity else { return steps }
    if steps.last.map({ $0.activation != .identity }) ?? true { steps.append(Step()) }
    steps[steps.count - 1].addend = addend
    steps[steps.count - 1].activation = activation
    return steps
  }
}

extension FusedPass {
  /// What of a pass is needed to take it back: not its output, whose memory can then be used again.
  fileprivate struct Recorded: Sendable {
    let pullback: @Sendable (Tensor<Scalar>) -> Gradients
    let parameterPullback: (@Sendable (Tensor<Scalar>) -> [Tensor<Scalar>?])?
  }

  fileprivate var recorded: Recorded {
    Recorded(pullback: pullback, parameterPullback: parameterPullback)
  }
}

extension Array {
  /// Takes the passes back, the last first. Without the input's gradient, the output's stands in its place.
  fileprivate func gradients<Scalar>(
    _ outputGradient: Tensor<Scalar>, ofInput: Bool
  ) -> FusedPass<Scalar>.Gradients where Element == FusedPass<Scalar>.Recorded {
    var gradient = outputGradient
    var addend: Tensor<Scalar>?
    var parameters: [[Tensor<Scalar>?]] = []
    for (index, pass) in enumerated().reversed() {
      if index == 0, !ofInput, let pullback = pass.parameterPullback {
        parameters.append(pullback(gradient))
        break
      }
      let gradients = pass.pullback(gradient)
      gradient = gradients.layer.input
      parameters.append(gradients.layer.parameters)
      if index == count - 1 { addend = gradients.addend }
    }
    return (
      LayerGradients(
        input: gradient, parameters: Array<Tensor<Scalar>?>(parameters.reversed().joined())),
      addend
    )
  }
}
