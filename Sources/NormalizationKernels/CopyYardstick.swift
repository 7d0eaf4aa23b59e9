internal import CNormalizationKernels
public import Tensors

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Copies of a tensor's bytes by the same threads as the kernels: what their times are compared with.
public final class CopyYardstick<Scalar: NormalizationScalar> {
  private let target: UnsafeMutableRawPointer
  private let elementCount: Int
  private let execution: Execution

  /// Reserves and touches memory for `elementCount` elements.
  public init(elementCount: Int, execution: Execution) {
    self.elementCount = elementCount
    self.execution = execution
    target = .allocate(byteCount: elementCount * MemoryLayout<Scalar>.stride, alignment: 64)
    target.initializeMemory(
      as: UInt8.self, repeating: 0, count: elementCount * MemoryLayout<Scalar>.stride)
  }

  deinit {
    target.deallocate()
  }

  /// Copies with the C library's `memcpy`.
  public func memcpy(_ source: Tensor<Scalar>) {
    copy(source) { source, target, count in
      _ = libraryCopy(target, source, count * MemoryLayout<Scalar>.stride)
    }
  }

  /// Copies with stores that go past the caches.
  public func nontemporal(_ source: Tensor<Scalar>) {
    let kernels = Scalar.kernels(for: execution.instructionSet)
    copy(source) { source, target, count in
      kernels.pointee.copy_nontemporal(source, target, count)
    }
  }

  private func copy(
    _ source: Tensor<Scalar>,
    _ body: (UnsafeRawPointer, UnsafeMutableRawPointer, Int) -> Void
  ) {
    precondition(
      source.count == elementCount,
      "The copy is of \(elementCount) elements, but the tensor has \(source.count).")
    let stride = MemoryLayout<Scalar>.stride
    let threads = BatchPlan.threads(
      forBytes: elementCount * stride, atMost: execution.threadCount)
    let chunk = (elementCount + threads - 1) / threads
    source.span.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress, elementCount > 0 else { return }
      ThreadPool.run(taskCount: threads, threadCount: threads) { task in
        let first = min(elementCount, task * chunk)
        let count = min(chunk, elementCount - first)
        body(base + first * stride, target + first * stride, count)
      }
    }
  }
}

// The method of the same name hides the function.
private func libraryCopy(
  _ target: UnsafeMutableRawPointer, _ source: UnsafeRawPointer, _ byteCount: Int
) -> UnsafeMutableRawPointer? {
  memcpy(target, source, byteCount)
}
