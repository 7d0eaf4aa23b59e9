import Synchronization

/// How often each of some tasks ran, on whatever threads.
///
/// Atomic numbers and no lock, so that the thread sanitizer sees what is ordered and what is not.
final class TaskCounts: @unchecked Sendable {
  private let counts: UnsafeMutablePointer<Atomic<Int>>
  private let count: Int

  init(_ count: Int) {
    self.count = count
    counts = .allocate(capacity: max(1, count))
    for index in 0..<count { (counts + index).initialize(to: Atomic(0)) }
  }

  deinit {
    counts.deinitialize(count: count)
    counts.deallocate()
  }

  func add(_ task: Int) {
    precondition((0..<count).contains(task), "There is no task \(task) of \(count).")
    counts[task].add(1, ordering: .relaxed)
  }

  subscript(task: Int) -> Int {
    counts[task].load(ordering: .relaxed)
  }

  var isOneEverywhere: Bool {
    (0..<count).allSatisfy { self[$0] == 1 }
  }
}
