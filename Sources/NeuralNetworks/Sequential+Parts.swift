public import Normalization

extension Sequential {
  /// A pass over a batch in parts, which is that over the whole batch: each stage takes all parts before the next one
  /// begins, so that batch normalization has the statistics of all.
  ///
  /// Outputs and gradients are those of the whole batch to rounding; for normalization layers to the bit where parts
  /// are cut at block boundaries. Random layers draw other numbers.
  ///
  /// The inputs of all stages are kept for all parts, as in the pass over the whole batch. What becomes smaller is the
  /// memory that a stage needs for itself while it works on a part.
  public func forward(
    parts: [Tensor<Scalar>]
  ) throws(NormalizationError) -> PartedPass<Scalar> {
    var passes: [PartedPass<Scalar>] = []
    var values = parts
    for stage in stages {
      let pass = try stage.layer.forward(parts: values)
      values = pass.outputs
      passes.append(pass)
    }
    let recorded = passes
    return PartedPass(outputs: values, record: recorded) { gradients in
      var gradients = gradients
      var parameters: [[Tensor<Scalar>?]] = []
      for pass in recorded.reversed() {
        let stage = pass.pullback(gradients)
        gradients = stage.inputs
        parameters.append(stage.parameters)
      }
      return PartedGradients(inputs: gradients, parameters: Array(parameters.reversed().joined()))
    }
  }

  /// Commits each layer's part.
  public mutating func commit(parts pass: PartedPass<Scalar>) {
    guard let passes = pass.record as? [PartedPass<Scalar>], passes.count == stages.count else {
      preconditionFailure("The pass is of another layer than this network.")
    }
    for index in stages.indices { stages[index].layer.commit(parts: passes[index]) }
  }
}
