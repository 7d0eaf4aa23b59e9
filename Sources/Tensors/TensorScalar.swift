/// An element type of tensors.
///
/// `Float` and `Double` conform. The requirements are what storage and files need, not arithmetic
/// of a certain width, so that a half-precision storage type can join without breaking callers.
public protocol TensorScalar: BinaryFloatingPoint, BitwiseCopyable, Sendable
where RawSignificand: FixedWidthInteger, RawExponent: FixedWidthInteger {}

extension Float: TensorScalar {}
extension Double: TensorScalar {}
