package import Tensors

extension Tensor {
  /// Creates a tensor whose elements `body` writes part by part, on several threads where that pays.
  ///
  /// `body` gets the places of a part and its elements, which it has to write all; see
  /// `init(unsafeUninitialized:initializingWith:)`. It runs on several threads at the same time.
  package init(
    unsafeUninitialized shape: [Int], execution: Execution,
    initializingPartsWith body: (Range<Int>, inout MutableSpan<Scalar>) -> Void
  ) {
    self.init(unsafeUninitialized: shape) { elements in
      let count = elements.count
      let threads = BatchPlan.threads(
        forBytes: count * MemoryLayout<Scalar>.stride, atMost: execution.threadCount)
      guard threads > 1 else { return body(0..<count, &elements) }
      // Whole cache lines, so that no two threads write to the same one.
      let line = 64 / MemoryLayout<Scalar>.stride
      let length = ((count + threads - 1) / threads + line - 1) / line * line
      elements.withUnsafeMutableBufferPointer { buffer in
        nonisolated(unsafe) let buffer = buffer
        ThreadPool.run(taskCount: threads, threadCount: threads) { task in
          let range = min(count, task * length)..<min(count, (task + 1) * length)
          var part = UnsafeMutableBufferPointer(rebasing: buffer[range]).mutableSpan
          body(range, &part)
        }
      }
    }
  }
}

/// Runs `task` for every index below `taskCount`, on at most `threadCount` threads; what tasks write must be theirs alone.
///
/// Kernels that tasks call run on the task's own thread.
package func runTasks(taskCount: Int, threadCount: Int, _ task: (Int) -> Void) {
  ThreadPool.run(taskCount: taskCount, threadCount: threadCount, task: task)
}
