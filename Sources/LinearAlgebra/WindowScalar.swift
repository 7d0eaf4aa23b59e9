public import Tensors

/// An element type with convolutions and pooling: `Float` on oneDNN, `Double` in plain loops as its reference.
public protocol WindowScalar: MatrixScalar {
  /// The convolution, and what is done to it at once.
  static func _convolution(
    _ shape: WindowShape, _ input: Tensor<Self>, _ weight: Tensor<Self>,
    _ packed: PackedWeights<Self>?, _ epilogue: ConvolutionEpilogue<Self>
  ) -> Tensor<Self>
  /// The gradient of a convolution's input.
  static func _convolutionInputGradient(
    _ shape: WindowShape, _ outputGradient: Tensor<Self>, _ weight: Tensor<Self>
  ) -> Tensor<Self>
  /// The gradients of a convolution's weights and bias.
  static func _convolutionWeightGradient(
    _ shape: WindowShape, _ input: Tensor<Self>, _ outputGradient: Tensor<Self>, hasBias: Bool
  ) -> (weight: Tensor<Self>, bias: Tensor<Self>?)
  /// The pooled input, and what its gradient needs to know.
  static func _pooling(
    _ kind: PoolingKind, _ shape: WindowShape, _ input: Tensor<Self>
  ) -> (output: Tensor<Self>, record: PoolingRecord)
  /// The gradient of a pooling's input.
  static func _poolingGradient(
    _ kind: PoolingKind, _ shape: WindowShape, _ outputGradient: Tensor<Self>,
    _ record: PoolingRecord
  ) -> Tensor<Self>
}

/// What is done to a convolution's output before it is written: relu(output + bias + addend).
public struct ConvolutionEpilogue<Scalar: MatrixScalar>: Sendable {
  /// [outputs], or nil for none.
  public var bias: Tensor<Scalar>?
  /// In the shape of the output, or nil for none.
  public var addend: Tensor<Scalar>?
  /// Whether negative outputs become 0.
  public var isRectified: Bool

  /// Nothing by default.
  public init(
    bias: Tensor<Scalar>? = nil, addend: Tensor<Scalar>? = nil, isRectified: Bool = false
  ) {
    (self.bias, self.addend, self.isRectified) = (bias, addend, isRectified)
  }
}

/// What of the values under a window a pooling takes.
public enum PoolingKind: Hashable, Sendable {
  /// The largest.
  case maximum
  /// The average, in which padding counts as values of 0 or not at all.
  case average(countsPadding: Bool)
}

/// What a pooling leaves for its gradient: which value was the largest.
public struct PoolingRecord: Sendable {
  enum Content: Sendable {
    case nothing
    /// As oneDNN writes it.
    case bytes([UInt8])
    /// The place of the largest in the input, for each element of the output.
    case indices([Int])
  }

  var content = Content.nothing
}
