public import Normalization

/// A layer whose work can be divided among threads.
public protocol ExecutedLayer<Scalar>: Layer {
  /// Threads and instructions to use.
  var execution: Execution { get set }
}

extension Layer {
  /// Gives all layers the same threads and instructions. Normalised values do not depend on them.
  public mutating func execute(with execution: Execution) {
    visitLayers { _, layer in
      guard var executed = layer as? any ExecutedLayer<Scalar> else { return }
      executed.execution = execution
      layer = executed
    }
  }
}

extension Activation: ExecutedLayer {}
extension Convolution: ExecutedLayer {}
extension Dense: ExecutedLayer {}
extension Pooling: ExecutedLayer {}
extension Residual: ExecutedLayer {}
extension Elman: ExecutedLayer {}
extension GRU: ExecutedLayer {}
extension BatchNorm: ExecutedLayer where Scalar: NetworkScalar {}
extension LayerNorm: ExecutedLayer where Scalar: NetworkScalar {}
extension RMSNorm: ExecutedLayer where Scalar: NetworkScalar {}
extension GroupNorm: ExecutedLayer where Scalar: NetworkScalar {}
extension InstanceNorm: ExecutedLayer where Scalar: NetworkScalar {}

extension RecurrentLayer {
  /// That of the products; a normalization of theirs has its own.
  public var execution: Execution {
    get { products.execution }
    set { products.execution = newValue }
  }
}

extension BatchRenorm: ExecutedLayer where Scalar: NetworkScalar {
  /// That of the batch normalization.
  public var execution: Execution {
    get { batchNorm.execution }
    set { batchNorm.execution = newValue }
  }
}

extension GhostBatchNorm: ExecutedLayer where Scalar: NetworkScalar {
  /// That of the batch normalization.
  public var execution: Execution {
    get { batchNorm.execution }
    set { batchNorm.execution = newValue }
  }
}
