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
  static let smallest = 1 << 16
  /// The most bytes kept: at first an eighth of the machine's memory, but at least 256 MB and at most 2 GB.
  public static var limit: Int {
    get { kept.withLock { $0.limit } }
    set {
      release(
        kept.withLock { kept in
          kept.limit = newValue
          return kept.surplus(over: newValue)
        })
    }
  }

  private static var physicalByteCount: Int {
    max(0, sysconf(Int32(_SC_PHYS_PAGES))) * max(0, sysconf(Int32(_SC_PAGESIZE)))
  }

  private struct Buffer: @unchecked Sendable {
    let address: UnsafeMutableRawPointer
    let byteCount: Int
  }

  private struct Kept {
    /// Most recently freed last.
    var buffers: [Buffer] = []
    var byteCount = 0
    var limit = max(256 << 20, min(2 << 30, physicalByteCount / 8))

    /// Takes out the oldest buffers until no more than `limit` bytes are left.
    mutating func surplus(over limit: Int) -> [Buffer] {
      var count = 0
      while byteCount > limit, count < buffers.count {
        byteCount -= buffers[count].byteCount
        count += 1
      }
      defer { buffers.removeFirst(count) }
      return Array(buffers[..<count])
    }
  }

  private static let kept = Mutex(Kept())

  /// The bytes kept for later tensors.
  public static var cachedByteCount: Int {
    kept.withLock { $0.byteCount }
  }

  /// Gives all kept memory back to the system.
  public static func releaseCache() {
    release(kept.withLock { $0.surplus(over: 0) })
  }

  private static func release(_ buffers: [Buffer]) {
    for buffer in buffers { buffer.address.deallocate() }
  }

  /// Memory of at least `byteCount` bytes, and how many it has.
  @usableFromInline
  package static func allocate(
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
  package static func deallocate(_ address: UnsafeMutableRawPointer, byteCount: Int) {
    guard byteCount >= smallest else { return address.deallocate() }
    release(
      kept.withLock { kept in
        let buffer = Buffer(address: address, byteCount: byteCount)
        guard byteCount <= kept.limit else { return [buffer] }
        kept.buffers.append(buffer)
        kept.byteCount += byteCount
        return kept.surplus(over: kept.limit)
      })
  }

  /// The latest kept buffer that fits and is at most an eighth larger.
  private static func take(_ byteCount: Int) -> Buffer? {
    kept.withLock { kept in
      let index = kept.buffers.lastIndex {
        $0.byteCount >= byteCount && $0.byteCount - byteCount <= byteCount / 8
      }
      guard let index else { return nil }
      kept.byteCount -= kept.buffers[index].byteCount
      return kept.buffers.remove(at: index)
    }
  }
}
