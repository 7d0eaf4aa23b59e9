internal import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Memory of large tensors that is kept for the next one of about the same size.
///
/// Fresh memory costs a page fault for every 4 KB when it is first written: for an output of 25 MB as much as
/// normalising it. A training loop makes outputs of the same sizes again and again, so freed memory is kept, up
/// to a limit, and handed out again.
public enum TensorMemory {
  /// Freed tensors from this size on are kept. Smaller ones the C library's allocator serves well.
  static let smallest = 1 << 20
  private static let storedLimit = Atomic<Int>(max(256 << 20, physicalByteCount / 8))

  /// The most bytes kept: at first an eighth of the machine's memory, at least 256 MB.
  public static var limit: Int {
    get { storedLimit.load(ordering: .relaxed) }
    set {
      storedLimit.store(newValue, ordering: .relaxed)
      shrink(to: newValue)
    }
  }

  private static var physicalByteCount: Int {
    max(0, sysconf(Int32(_SC_PHYS_PAGES))) * max(0, sysconf(Int32(_SC_PAGESIZE)))
  }

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
  public static func releaseCache() { shrink(to: 0) }

  /// Gives the oldest kept memory back until no more than `byteCount` bytes are kept.
  private static func shrink(to byteCount: Int) {
    let surplus = kept.withLock { buffers in
      var total = buffers.reduce(0) { $0 + $1.byteCount }
      var count = 0
      while total > byteCount, count < buffers.count {
        total -= buffers[count].byteCount
        count += 1
      }
      defer { buffers.removeFirst(count) }
      return Array(buffers[..<count])
    }
    for buffer in surplus { buffer.address.deallocate() }
  }

  /// Memory of at least `byteCount` bytes, and how many it has.
  @usableFromInline
  static func allocate(
    byteCount: Int, alignment: Int
  ) -> (address: UnsafeMutableRawPointer, byteCount: Int) {
    if byteCount >= smallest, let buffer = take(byteCount) {
      return (buffer.address, buffer.byteCount)
    }
    guard byteCount >= smallestHuge else {
      return (.allocate(byteCount: byteCount, alignment: alignment), byteCount)
    }
    let address = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: hugePage)
    #if os(Linux)
      // Advice: without it, or where the system declines, pages are small ones.
      madvise(address, byteCount, MADV_HUGEPAGE)
    #endif
    return (address, byteCount)
  }

  /// Tensors from this size on ask for huge pages: a fault for 2 MB instead of for every 4 KB.
  static let smallestHuge = 8 << 20
  private static let hugePage = 2 << 20

  /// Takes memory back.
  @usableFromInline
  static func deallocate(_ address: UnsafeMutableRawPointer, byteCount: Int) {
    let limit = limit
    guard byteCount >= smallest, byteCount <= limit else { return address.deallocate() }
    kept.withLock { $0.append(Buffer(address: address, byteCount: byteCount)) }
    shrink(to: limit)
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
