import Tensors

/// Calls `body` with copies of `files` of which bytes are changed, swapped for others that formats
/// give a meaning, removed or added.
func withMutations(
  of files: [[UInt8]], count: Int, using generator: inout SeededGenerator,
  body: ([UInt8]) throws -> Void
) rethrows {
  let telling = Array("0123456789-+.,:;'\"()[]{}\\\n\r eEL".utf8) + [0x00, 0x7F, 0x80, 0xFF]
  for step in 0..<count {
    var bytes = files[step % files.count]
    for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
      let position = Int.random(in: bytes.indices, using: &generator)
      let byte = telling[Int.random(in: telling.indices, using: &generator)]
      switch UInt8.random(in: 0..<8, using: &generator) {
      case 0...2: bytes[position] = byte
      case 3: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      case 4: bytes[position] = UInt8.random(in: 0 ... .max, using: &generator)
      case 5: bytes.remove(at: position)
      case 6: bytes.insert(byte, at: position)
      default: bytes.removeSubrange(position...)
      }
    }
    try body(bytes)
  }
}
