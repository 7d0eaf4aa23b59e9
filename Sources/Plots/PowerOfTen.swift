#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Powers of ten, correctly rounded, and their inverse.
enum PowerOfTen {
  /// 10 to the power of `exponent`; infinite or zero outside of `Double`'s range.
  ///
  /// Read as a literal is, since `pow` may be off by an ulp and 0.1 would then show as such.
  static func value(_ exponent: Int) -> Double {
    if exponent > 308 { return .infinity }
    return Double("1e\(exponent)") ?? 0
  }

  /// The greatest `e` with `10^e <= |value|`.
  ///
  /// - Precondition: `value` is finite and not zero.
  static func exponent(of value: Double) -> Int {
    let estimate = Int(logarithm(value.magnitude).rounded(.down))
    // The logarithm rounds, so just below a power of ten the estimate may be that power.
    if Self.value(estimate) > value.magnitude { return estimate - 1 }
    return Self.value(estimate + 1) <= value.magnitude ? estimate + 1 : estimate
  }

  /// 10 to a power that need not be whole; whole ones are as `value` has them.
  static func power(_ exponent: Double) -> Double {
    exponent == exponent.rounded() ? value(Int(exponent)) : pow(10, exponent)
  }

  /// The logarithm to base ten.
  static func logarithm(_ value: Double) -> Double { log10(value) }
}
