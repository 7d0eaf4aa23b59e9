internal import Synchronization
internal import Tensors

/// A convolution's weights as the computations that use them want them, made once: for inference, in which weights stay.
///
/// It belongs to the weights that it was first used with.
public final class PackedWeights<Scalar: WindowScalar>: Sendable {
  let kept = Mutex<[PrimitiveKey: Tensor<Scalar>]>([:])

  /// Nothing yet.
  public init() {}
}
