/// Memory for the elements of a tensor, aligned to 64 bytes: one cache line and one AVX-512 vector.
///
/// Shared between copies of a tensor and never written while shared; that is why it is `Sendable`.
@usableFromInline
final class TensorStorage<Scalar: TensorScalar>: @unchecked Sendable {
  @usableFromInline let base: UnsafeMutablePointer<Scalar>
  @usableFromInline let count: Int
  @usableFromInline let byteCount: Int

  @usableFromInline static var alignment: Int { 64 }

  /// Allocates room for `count` elements and leaves them uninitialised.
  @inlinable
  init(uninitializedCount count: Int) {
    let memory = TensorMemory.allocate(
      byteCount: max(count, 1) * MemoryLayout<Scalar>.stride, alignment: Self.alignment)
    base = memory.address.bindMemory(to: Scalar.self, capacity: max(count, 1))
    byteCount = memory.byteCount
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
    TensorMemory.deallocate(UnsafeMutableRawPointer(base), byteCount: byteCount)
  }
}
