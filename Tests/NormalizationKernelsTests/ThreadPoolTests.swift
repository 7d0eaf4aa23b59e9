import Dispatch
import Testing

@testable import NormalizationKernels

/// The pool of threads: every task once, whoever calls from wherever.
@Suite struct ThreadPoolTests {
  @Test(arguments: [1, 2, 3, 7, 64], [0, 1, 2, 3, 100, 5000])
  func `every task runs once`(threads: Int, tasks: Int) {
    let counts = TaskCounts(tasks)
    ThreadPool.run(taskCount: tasks, threadCount: threads) { counts.add($0) }
    #expect(counts.isOneEverywhere)
  }

  @Test(arguments: [2, 7])
  func `a call from within a task runs its tasks too`(threads: Int) {
    let counts = TaskCounts(50 * 40)
    ThreadPool.run(taskCount: 50, threadCount: threads) { outer in
      ThreadPool.run(taskCount: 40, threadCount: threads) { counts.add(outer * 40 + $0) }
    }
    #expect(counts.isOneEverywhere)
  }

  @Test func `callers on several threads at once all get their tasks done`() {
    let counts = TaskCounts(8 * 200 * 20)
    DispatchQueue.concurrentPerform(iterations: 8) { caller in
      for call in 0..<200 {
        ThreadPool.run(taskCount: 20, threadCount: 3) {
          counts.add((caller * 200 + call) * 20 + $0)
        }
      }
    }
    #expect(counts.isOneEverywhere)
  }

  @Test func `callers in several tasks at once all get their tasks done`() async {
    let counts = TaskCounts(8 * 200 * 20)
    await withTaskGroup(of: Void.self) { group in
      for caller in 0..<8 {
        group.addTask {
          for call in 0..<200 {
            ThreadPool.run(taskCount: 20, threadCount: 2 + caller % 3) {
              counts.add((caller * 200 + call) * 20 + $0)
            }
          }
        }
      }
    }
    #expect(counts.isOneEverywhere)
  }

  // Each of two tasks waits for the other. Another test may have the threads just then: try again.
  @Test func `tasks run on several threads at once`() {
    var met = false
    for _ in 0..<200 where !met {
      let arrivals = TaskCounts(2)
      let meetings = TaskCounts(2)
      ThreadPool.run(taskCount: 2, threadCount: 2) { task in
        arrivals.add(task)
        let clock = ContinuousClock()
        let end = clock.now + .milliseconds(20)
        while arrivals[1 - task] == 0, clock.now < end {}
        if arrivals[1 - task] > 0 { meetings.add(task) }
      }
      met = meetings.isOneEverywhere
    }
    #expect(met)
  }

  // What tasks wrote is there when the call returns: no result is read too early.
  @Test func `results are complete when a call returns`() {
    var results = Array(repeating: 0, count: 1000)
    for round in 1...300 {
      results.withUnsafeMutableBufferPointer { results in
        nonisolated(unsafe) let places = results
        ThreadPool.run(taskCount: 1000, threadCount: 4) { places[$0] = round &* $0 }
      }
      let isComplete = results.indices.allSatisfy { results[$0] == round &* $0 }
      #expect(isComplete)
    }
  }
}
