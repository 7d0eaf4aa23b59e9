public import Normalization

/// A differentiable function with parameters, as a value.
///
/// Training and inference are two methods. ``forward(_:)`` changes nothing and returns a pass that can be
/// taken back; ``commit(_:)`` takes what a pass measured (running statistics) into the layer.
public protocol Layer<Scalar>: Sendable {
  /// The element type.
  associatedtype Scalar: NetworkScalar

  /// The output for use: running statistics, nothing random.
  func inference(_ input: Tensor<Scalar>) throws(NormalizationError) -> Tensor<Scalar>
  /// A training pass.
  func forward(_ input: Tensor<Scalar>) throws(NormalizationError) -> LayerPass<Scalar>
  /// Takes what a pass of this layer measured into it. Once per batch.
  mutating func commit(_ pass: LayerPass<Scalar>)
  /// A training pass over a batch in parts, for batches too large for one pass: each part gives what it gives in the
  /// whole batch.
  ///
  /// A layer that consists of others passes the parts on to each of them in turn, since batch normalization needs the
  /// statistics of all parts. By default each part alone.
  func forward(parts: [Tensor<Scalar>]) throws(NormalizationError) -> PartedPass<Scalar>
  /// Takes what a pass over parts measured into the layer. Once per batch.
  mutating func commit(parts pass: PartedPass<Scalar>)
  /// Visits the parameters in a fixed order; the gradients of a pass come in the same.
  mutating func visitParameters(_ visit: (ParameterInfo, inout Tensor<Scalar>) -> Void)

  /// A word for what the layer is, as a summary shows it: the name of its type by default.
  var kindName: String { get }
  /// Visits the layers that this one consists of, in the order in which inference passes them. See
  /// ``visitNormalizations(_:)``.
  ///
  /// A layer that consists of others visits these and puts its own names before theirs, as
  /// ``visitParameters(_:)`` does. By default the layer is one, of no name, and the visitor must leave it a layer
  /// of the same type.
  mutating func visitLayers(_ visit: (String, inout any Layer<Scalar>) -> Void)
  /// Inference in which `observer` decides what normalization layers do: how their input is measured and what
  /// they make of it. All other layers do what they do in inference.
  ///
  /// A layer that consists of others passes the observer on, with their names behind its own. By default plain
  /// inference: a layer that hides normalization layers hides them from the observer too.
  ///
  /// - Returns: nil where the observer ended the inference.
  func inference(
    _ input: Tensor<Scalar>, named name: String, observer: NormalizationObserver<Scalar>
  ) throws(NormalizationError) -> Tensor<Scalar>?
}

extension Layer {
  /// Nothing to keep by default.
  public mutating func commit(_ pass: LayerPass<Scalar>) {}
  /// No parameters by default.
  public mutating func visitParameters(_ visit: (ParameterInfo, inout Tensor<Scalar>) -> Void) {}

  /// The parameters with what is known of them, in the order of ``visitParameters(_:)``.
  public var parameters: [(info: ParameterInfo, value: Tensor<Scalar>)] {
    var copy = self
    var result: [(info: ParameterInfo, value: Tensor<Scalar>)] = []
    copy.visitParameters { result.append(($0, $1)) }
    return result
  }
}

/// What is known of a parameter besides its value.
public struct ParameterInfo: Equatable, Sendable {
  /// What a parameter does in its layer.
  public enum Role: CaseIterable, Sendable {
    /// A factor between units: what weight decay is meant for.
    case weight
    /// An offset of a unit.
    case bias
    /// A scale or shift of a normalization layer.
    case normalization
  }

  /// The parameter's name, with those of the layers it is in: "hidden1.weight".
  public var name: String
  /// What it does in its layer.
  public var role: Role
  /// Whether no optimiser may change it.
  public var isFrozen: Bool

  /// Describes a parameter.
  public init(name: String, role: Role, isFrozen: Bool = false) {
    self.name = name
    self.role = role
    self.isFrozen = isFrozen
  }
}
