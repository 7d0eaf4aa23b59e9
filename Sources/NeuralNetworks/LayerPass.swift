public import Tensors

/// A training pass through a layer, which can be taken back once the gradient of its output is known.
public struct LayerPass<Scalar: NetworkScalar>: Sendable {
  /// The layer's output.
  public let output: Tensor<Scalar>
  /// What ``Layer/commit(_:)`` needs; a matter of the layer.
  public let record: (any Sendable)?
  /// The gradients for a gradient of the output.
  public let pullback: @Sendable (Tensor<Scalar>) -> LayerGradients<Scalar>
  /// The gradients of the parameters alone, where that is less work.
  let parameterPullback: (@Sendable (Tensor<Scalar>) -> [Tensor<Scalar>?])?

  /// Describes a pass.
  ///
  /// - Parameters:
  ///   - output: the layer's output.
  ///   - record: what ``Layer/commit(_:)`` needs.
  ///   - parameterPullback: gives the parameters' gradients alone, where that is less work.
  ///   - pullback: gives the gradients for a gradient of the output.
  public init(
    output: Tensor<Scalar>, record: (any Sendable)? = nil,
    parameterPullback: (@Sendable (Tensor<Scalar>) -> [Tensor<Scalar>?])? = nil,
    pullback: @escaping @Sendable (Tensor<Scalar>) -> LayerGradients<Scalar>
  ) {
    self.output = output
    self.record = record
    self.parameterPullback = parameterPullback
    self.pullback = pullback
  }

  /// A pass that is only to be committed.
  init(committing record: (any Sendable)?) {
    self.init(output: Tensor(unsafeUninitialized: [0]) { _ in }, record: record) { _ in
      preconditionFailure("A pass that is only to be committed has no gradients.")
    }
  }

  /// The gradients of the parameters for a gradient of the output, in the order of ``Layer/visitParameters(_:)``.
  ///
  /// What a network's first layer is asked for: nobody needs the gradient of the data.
  public func parameterGradients(_ outputGradient: Tensor<Scalar>) -> [Tensor<Scalar>?] {
    parameterPullback?(outputGradient) ?? pullback(outputGradient).parameters
  }
}

/// Gradients of a loss with respect to a layer's input and parameters.
public struct LayerGradients<Scalar: NetworkScalar>: Sendable {
  /// As the layer's input.
  public let input: Tensor<Scalar>
  /// One for each parameter, in the order of ``Layer/visitParameters(_:)``; nil where it is frozen.
  public let parameters: [Tensor<Scalar>?]

  /// Puts gradients together.
  public init(input: Tensor<Scalar>, parameters: [Tensor<Scalar>?]) {
    self.input = input
    self.parameters = parameters
  }
}
