internal import Synchronization

/// Memory of large tensors that is kept for the next one of about the same size.
///
/// Fresh memory costs a page fault for every 4 KB when it is first written: for an output of 25 MB as much as
/// normalising it. A training loop makes outputs of the same sizes again and again, so freed memory is kept, up
/// to a limit, and handed out again.
public enum TensorMemory {
  /// Freed tensors from this size on are kept. Smaller ones the C library's allocator serves well.
  static let smallest = 1 << 20
  /// The most bytes kept.
  static let limit = 256 << 20

  private struct Buffer: @unchecked Sendable {
    let address: UnsafeMutableRawPointer
    let byteCount: Int
  }

  // Most recently freed last. Few enough to be searched.
  private static let kept = Mutex<[Buffer]>([])

  /// The bytes kept for later tensors.
  public static var cachedByteCount: Int {
    kept.withLock { $0.reduce(0) { $0 + $1.byteCount } }
  }

  /// Gives all kept memory back to the system.
  public static func releaseCache() {
    let buffers = kept.withLock { buffers in
      defer { buffers = [] }
      return buffers
    }
    for buffer in buffers { buffer.address.deallocate() }
  }

  /// Memory of at least `byteCount` bytes, and how many it has.
  @usableFromInline
  static func allocate(
    byteCount: Int, alignment: Int
  ) -> (address: UnsafeMutableRawPointer, byteCount: Int) {
    if byteCount >= smallest, let buffer = take(byteCount) {
      return (buffer.address, buffer.byteCount)
    }
    return (.allocate(byteCount: byteCount, alignment: alignment), byteCount)
  }

  /// Takes memory back.
  @usableFromInline
  static func deallocate(_ address: UnsafeMutableRawPointer, byteCount: Int) {
    guard (smallest...limit).contains(byteCount) else { return address.deallocate() }
    let surplus = kept.withLock { buffers in
      buffers.append(Buffer(address: address, byteCount: byteCount))
      var total = buffers.reduce(0) { $0 + $1.byteCount }
      var count = 0
      while total > limit {  // the oldest go first
        total -= buffers[count].byteCount
        count += 1
      }
      defer { buffers.removeFirst(count) }
      return Array(buffers[..<count])
    }
    for buffer in surplus { buffer.address.deallocate() }
  }

  /// The latest kept buffer that fits and is at most an eighth larger.
  private static func take(_ byteCount: Int) -> Buffer? {
    kept.withLock { buffers in
      let index = buffers.lastIndex {
        $0.byteCount >= byteCount && $0.byteCount - byteCount <= byteCount / 8
      }
      return index.map { buffers.remove(at: $0) }
    }
  }
}
