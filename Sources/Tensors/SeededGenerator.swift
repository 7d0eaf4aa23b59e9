#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A random generator that gives the same bits for the same seed on every machine. Normally distributed
/// numbers also depend on the math library's logarithm and cosine.
///
/// xoshiro256** (Blackman and Vigna 2018, arXiv:1805.01407), its state filled by SplitMix64. Not for
/// secrets.
public struct SeededGenerator: RandomNumberGenerator, Equatable, Sendable {
  private var state: (UInt64, UInt64, UInt64, UInt64)

  /// Creates the generator number `stream` of a seed. Different streams are independent of each
  /// other, so that one part of a program can draw more numbers without disturbing another.
  public init(seed: UInt64, stream: UInt64 = 0) {
    var splitMix = seed
    func next() -> UInt64 {
      splitMix &+= 0x9E37_79B9_7F4A_7C15
      var z = splitMix
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
    splitMix = next() ^ (stream &* 0xD134_2543_DE82_EF95)
    state = (next(), next(), next(), next())
  }

  /// 64 random bits.
  public mutating func next() -> UInt64 {
    func rotated(_ x: UInt64, by k: UInt64) -> UInt64 { (x << k) | (x >> (64 - k)) }
    let result = rotated(state.1 &* 5, by: 7) &* 9
    let t = state.1 << 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= t
    state.3 = rotated(state.3, by: 45)
    return result
  }

  /// A number of the uniform distribution over 0..<1, a multiple of 2^-53.
  public mutating func uniform() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// A number of the standard normal distribution (Box and Muller 1958).
  public mutating func normal() -> Double {
    let radius = (-2 * log(1 - uniform())).squareRoot()
    return radius * cos(2 * Double.pi * uniform())
  }

  /// Whether both generators will give the same numbers.
  public static func == (left: SeededGenerator, right: SeededGenerator) -> Bool {
    left.state == right.state
  }
}

extension Tensor {
  /// Creates a tensor of independent normally distributed numbers.
  public init(
    normal shape: [Int], mean: Double = 0, deviation: Double = 1,
    using generator: inout SeededGenerator
  ) {
    var source = generator
    self.init(unsafeUninitialized: shape) { elements in
      for i in elements.indices { elements[i] = Scalar(mean + deviation * source.normal()) }
    }
    generator = source
  }

  /// Creates a tensor of independent numbers, uniform over `range`.
  public init(
    uniform shape: [Int], in range: Range<Double>, using generator: inout SeededGenerator
  ) {
    var source = generator
    let width = range.upperBound - range.lowerBound
    self.init(unsafeUninitialized: shape) { elements in
      for i in elements.indices {
        elements[i] = Scalar(range.lowerBound + width * source.uniform())
      }
    }
    generator = source
  }
}
