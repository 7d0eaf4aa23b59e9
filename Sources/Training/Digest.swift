/// FNV-1a with 64 bits (Fowler, Noll and Vo): tells runs apart, no protection against intent.
public struct Digest: Sendable {
  private var state: UInt64 = 0xcbf2_9ce4_8422_2325

  /// A digest of nothing.
  public init() {}

  /// Takes in eight bytes, the lowest first.
  public mutating func absorb(_ value: UInt64) {
    for shift in stride(from: UInt64(0), to: 64, by: 8) {
      state = (state ^ ((value >> shift) & 0xff)) &* 0x100_0000_01b3
    }
  }

  /// Takes in a text, and where it ends.
  public mutating func absorb(_ text: String) {
    for byte in text.utf8 { state = (state ^ UInt64(byte)) &* 0x100_0000_01b3 }
    absorb(UInt64(text.utf8.count))
  }

  /// Sixteen hexadecimal digits.
  public var text: String {
    let digits = String(state, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
