public import Normalization

/// A training pass over a batch in parts: one output for each, gradients of all.
///
/// Batch normalization takes the statistics of all parts; see ``Layer/forward(parts:)``.
public struct PartedPass<Scalar: NetworkScalar>: Sendable {
  /// The layer's output for each part.
  public let outputs: [Tensor<Scalar>]
  /// What ``Layer/commit(parts:)`` needs; a matter of the layer.
  public let record: (any Sendable)?
  /// The gradients for gradients of the outputs.
  public let pullback: @Sendable ([Tensor<Scalar>]) -> PartedGradients<Scalar>

  /// Describes a pass.
  ///
  /// - Parameters:
  ///   - outputs: the layer's output for each part.
  ///   - record: what `commit` needs.
  ///   - pullback: gives the gradients for gradients of the outputs.
  public init(
    outputs: [Tensor<Scalar>], record: (any Sendable)? = nil,
    pullback: @escaping @Sendable ([Tensor<Scalar>]) -> PartedGradients<Scalar>
  ) {
    self.outputs = outputs
    self.record = record
    self.pullback = pullback
  }
}

/// Gradients of a loss over a batch in parts.
public struct PartedGradients<Scalar: NetworkScalar>: Sendable {
  /// As the input of each part.
  public let inputs: [Tensor<Scalar>]
  /// One for each parameter over all parts; nil where it is frozen.
  public let parameters: [Tensor<Scalar>?]

  /// Puts gradients together.
  public init(inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>?]) {
    self.inputs = inputs
    self.parameters = parameters
  }
}

extension Layer {
  /// Each part alone, the gradients of parameters added: right for all layers to which the samples of a batch are
  /// independent of each other.
  ///
  /// Random layers draw anew for each part.
  ///
  /// - Precondition: no normalization over the batch is inside: a layer that contains such has to pass the parts on.
  public func forward(
    parts: [Tensor<Scalar>]
  ) throws(NormalizationError) -> PartedPass<Scalar> {
    let hidden = normalizations.filter { _, layer in
      guard case .batch = layer.statisticsSet else { return false }
      return layer.freezing == .none
    }
    precondition(
      hidden.isEmpty,
      """
      \(kindName) runs each part of a batch alone, but '\(hidden.first?.name ?? "")' in it normalises over the \
      batch: the layer needs a forward(parts:) of its own.
      """)
    return try forwardAlone(parts)
  }

  /// Takes what a pass over parts measured into the layer, part by part.
  public mutating func commit(parts pass: PartedPass<Scalar>) {
    guard let passes = pass.record as? [LayerPass<Scalar>] else {
      preconditionFailure("The pass is of another layer than this \(kindName).")
    }
    for part in passes { commit(part) }
  }

  /// Each part alone, as if it was committed before the next one came.
  func forwardAlone(
    _ parts: [Tensor<Scalar>]
  ) throws(NormalizationError) -> PartedPass<Scalar> {
    var passes: [LayerPass<Scalar>] = []
    var layer = self
    for part in parts {
      let pass = try layer.forward(part)
      layer.commit(pass)
      passes.append(pass)
    }
    let recorded = passes
    return PartedPass(outputs: recorded.map(\.output), record: recorded) { gradients in
      checkParts(gradients, recorded.map(\.output))
      var inputs: [Tensor<Scalar>] = []
      var parameters: [Tensor<Scalar>?] = []
      for (pass, gradient) in zip(recorded, gradients) {
        let part = pass.pullback(gradient)
        inputs.append(part.input)
        parameters = parameters.isEmpty ? part.parameters : added(parameters, part.parameters)
      }
      return PartedGradients(inputs: inputs, parameters: parameters)
    }
  }
}

/// Checks that there is a gradient for each part.
func checkParts<Scalar: NetworkScalar>(_ gradients: [Tensor<Scalar>], _ outputs: [Tensor<Scalar>]) {
  precondition(
    gradients.map(\.shape) == outputs.map(\.shape),
    "The output gradients have shapes \(gradients.map(\.shape)), the outputs \(outputs.map(\.shape))."
  )
}

private func added<Scalar: NetworkScalar>(
  _ left: [Tensor<Scalar>?], _ right: [Tensor<Scalar>?]
) -> [Tensor<Scalar>?] {
  zip(left, right).map { left, right in
    guard let left, let right else { return nil }
    return sum(left, right)
  }
}
