/// A number that tells damaged bytes from whole ones; no protection against intent.
///
///     s = 0xcbf29ce484222325
///     for each word w of eight bytes, the lowest first:   s = (s ^ w) * 0x100000001b3;   s = s ^ (s >> 29)
///
/// over the bytes, zeros up to a whole word, and a word with their number: the steps of FNV-1a (Fowler, Noll and Vo)
/// for words, an eighth of the steps. Each can be undone, so a change in a single word is always found; the shift lets
/// the upper bits act on the lower ones, without which two changed signs would cancel.
func checksum(of bytes: [UInt8]) -> UInt64 {
  var state: UInt64 = 0xcbf2_9ce4_8422_2325
  func absorb(_ word: UInt64) {
    state = (state ^ word) &* 0x100_0000_01b3
    state ^= state >> 29
  }
  let whole = bytes.count & ~7
  bytes.withUnsafeBytes { buffer in
    for start in stride(from: 0, to: whole, by: 8) {
      absorb(UInt64(littleEndian: buffer.loadUnaligned(fromByteOffset: start, as: UInt64.self)))
    }
  }
  if whole < bytes.count { absorb(bytes[whole...].reversed().reduce(0) { $0 << 8 | UInt64($1) }) }
  absorb(UInt64(bytes.count))
  return state
}

/// Sixteen hexadecimal digits.
func hexadecimal(_ number: UInt64) -> String {
  let digits = String(number, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}
