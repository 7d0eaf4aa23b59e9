/// Memory for the elements of a tensor, aligned to 64 bytes: one cache line and one AVX-512 vector.
///
/// Shared between copies of a tensor and never written while shared; that is why it is `Sendable`.
@usableFromInline
final class TensorStorage<Scalar: TensorScalar>: @unchecked Sendable {
  @usableFromInline let base: UnsafeMutablePointer<Scalar>
  @usableFromInline let count: Int

  @usableFromInline static var alignment: Int { 64 }

  /// Allocates room for `count` elements and leaves them uninitialised.
  @inlinable
  init(uninitializedCount count: Int) {
    let byteCount = max(count, 1) * MemoryLayout<Scalar>.stride
    base = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: Self.alignment)
      .bindMemory(to: Scalar.self, capacity: max(count, 1))
    self.count = count
  }

  @inlinable
  func copy() -> TensorStorage {
    let result = TensorStorage(uninitializedCount: count)
    result.base.update(from: base, count: count)
    return result
  }

  @inlinable
  deinit {
    UnsafeMutableRawPointer(base).deallocate()
  }
}
