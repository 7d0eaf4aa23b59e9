internal import CNormalizationKernels

/// A set of processor instructions the kernels are compiled for. All give the same bits.
public enum InstructionSet: String, CaseIterable, Sendable {
  /// Whatever the compiler's default target offers; fused multiply-add by a library function.
  case portable
  /// x86-64 with AVX2 and FMA.
  case avx2
  /// x86-64 with AVX-512 F, VL, DQ and BW.
  case avx512
  /// AArch64.
  case neon

  /// Whether this build and this processor can run it.
  public var isAvailable: Bool { norm_isa_available(identifier) }

  /// The sets this processor can run, the slowest first.
  public static var available: [InstructionSet] { allCases.filter(\.isAvailable) }

  /// The fastest set this processor can run.
  public static var best: InstructionSet { available.last ?? .portable }

  var identifier: norm_isa {
    switch self {
    case .portable: norm_isa_portable
    case .avx2: norm_isa_avx2
    case .avx512: norm_isa_avx512
    case .neon: norm_isa_neon
    }
  }
}
