public import LinearAlgebra
public import Normalization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// An element type of networks: `Float` to train with, `Double` to check gradients with.
public protocol NetworkScalar: WindowScalar, NormalizationScalar {
  /// The exponential function.
  static func _exponential(_ x: Self) -> Self
  /// The hyperbolic tangent.
  static func _hyperbolicTangent(_ x: Self) -> Self
  /// 1 - erf(x), the complementary error function.
  static func _complementaryErrorFunction(_ x: Self) -> Self
}

extension Float: NetworkScalar {
  /// The exponential function.
  public static func _exponential(_ x: Float) -> Float { exp(x) }
  /// The hyperbolic tangent.
  public static func _hyperbolicTangent(_ x: Float) -> Float { tanh(x) }
  /// The complementary error function.
  public static func _complementaryErrorFunction(_ x: Float) -> Float { erfc(x) }
}

extension Double: NetworkScalar {
  /// The exponential function.
  public static func _exponential(_ x: Double) -> Double { exp(x) }
  /// The hyperbolic tangent.
  public static func _hyperbolicTangent(_ x: Double) -> Double { tanh(x) }
  /// The complementary error function.
  public static func _complementaryErrorFunction(_ x: Double) -> Double { erfc(x) }
}
