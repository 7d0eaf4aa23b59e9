internal import CNormalizationKernels
internal import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Runs body(context) once on each of `count` threads, the calling one included; false, and nothing is run, where it
/// cannot.
package typealias ThreadTeam =
  @convention(c) (
    _ count: Int32, _ body: (@convention(c) (_ context: UnsafeMutableRawPointer?) -> Void)?,
    _ context: UnsafeMutableRawPointer?
  ) -> Bool

/// From now on kernels share their work with the threads of another library.
///
/// Libraries on OpenMP keep theirs awake for some milliseconds after each call, on the processors that kernels in between
/// would want. Run by the same threads, nobody waits for anybody.
package func useThreads(of team: @escaping ThreadTeam) {
  ThreadPool.use(team)
}

/// Threads that sleep until a call has enough work to share.
///
/// Tasks are claimed from a counter, so which thread runs which task depends on timing; results must
/// not depend on it. One call at a time uses the threads: a second caller, or a call from within a task,
/// runs its tasks itself rather than wait. Threads start when first needed and sleep between calls; before they fall
/// asleep they look out for a moment, because a pass over rows has two parts that follow each other closely.
final class ThreadPool: @unchecked Sendable {
  static let shared = ThreadPool()

  private typealias Body = @convention(c) (UnsafeRawPointer, Int) -> Void

  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let workArrived = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let workEnded = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let isTaken = Atomic<Bool>(false)
  private let nextTask = Atomic<Int>(0)
  // Written under `mutex`, read without by those who look out.
  private let hasOpenPlaces = Atomic<Bool>(false)
  private let isRunning = Atomic<Bool>(false)

  /// How often a waiting thread looks before it sleeps, some ten nanoseconds each. A wake-up costs 5 to 50
  /// microseconds; with this, tensors of 3 to 7 MB gained a fifth in training.
  private static let looks = 2000

  // Guarded by `mutex`.
  private var sleepingThreads = 0
  private var startedThreads = 0
  private var openPlaces = 0
  private var runningThreads = 0
  private var taskCount = 0
  private var body: Body?
  private var context: UnsafeRawPointer?

  private static let team = Mutex<ThreadTeam?>(nil)

  private init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(workArrived, nil)
    pthread_cond_init(workEnded, nil)
  }

  static func use(_ team: @escaping ThreadTeam) {
    Self.team.withLock { $0 = team }
  }

  /// Runs `task` for every index below `taskCount`, on at most `threadCount` threads.
  ///
  /// Tasks run at the same time: what they write must be theirs alone.
  static func run(
    taskCount: Int, threadCount: Int, task: (Int) -> Void
  ) {
    guard taskCount > 1, threadCount > 1,
      shared.isTaken.compareExchange(
        expected: false, desired: true, ordering: .acquiring
      ).exchanged
    else {
      for index in 0..<taskCount { task(index) }
      return
    }
    defer { shared.isTaken.store(false, ordering: .releasing) }
    let threads = min(threadCount, taskCount)
    withoutActuallyEscaping(task) { escapable in
      // The closure travels behind a raw pointer: what the threads retain of it they release again before
      // they report back.
      withUnsafePointer(to: escapable) { pointer in
        let context = UnsafeRawPointer(pointer)
        let body: Body = { context, index in
          context.assumingMemoryBound(to: ((Int) -> Void).self).pointee(index)
        }
        // Always as many as there are: a team that changes its size ends threads and starts others.
        if !shared.shareWithTeam(taskCount, threadCount, context, body) {
          shared.share(taskCount: taskCount, helpers: threads - 1, context: context, body: body)
        }
      }
    }
  }

  private func share(taskCount: Int, helpers: Int, context: UnsafeRawPointer, body: @escaping Body)
  {
    pthread_mutex_lock(mutex)
    while startedThreads < helpers, startThread() { startedThreads += 1 }
    self.taskCount = taskCount
    self.context = context
    self.body = body
    nextTask.store(0, ordering: .relaxed)
    openPlaces = min(helpers, startedThreads)
    hasOpenPlaces.store(openPlaces > 0, ordering: .relaxed)
    if sleepingThreads > 0 { pthread_cond_broadcast(workArrived) }
    pthread_mutex_unlock(mutex)

    claimTasks(taskCount, context, body)

    pthread_mutex_lock(mutex)
    openPlaces = 0  // a thread that wakes only now finds nothing to join
    hasOpenPlaces.store(false, ordering: .relaxed)
    if runningThreads > 0 {
      pthread_mutex_unlock(mutex)
      lookOut { !isRunning.load(ordering: .relaxed) }
      pthread_mutex_lock(mutex)
      while runningThreads > 0 { pthread_cond_wait(workEnded, mutex) }
    }
    self.body = nil
    self.context = nil
    pthread_mutex_unlock(mutex)
  }

  /// Runs the tasks on the threads of another library, if there is one to do so.
  private func shareWithTeam(
    _ taskCount: Int, _ threadCount: Int, _ context: UnsafeRawPointer, _ body: @escaping Body
  ) -> Bool {
    guard let team = Self.team.withLock({ $0 }) else { return false }
    nextTask.store(0, ordering: .relaxed)
    var share = TeamShare(taskCount: taskCount, context: context, body: body)
    return withUnsafeMutablePointer(to: &share) { share in
      team(
        Int32(threadCount),
        { share in
          guard let share = share?.assumingMemoryBound(to: TeamShare.self).pointee else { return }
          ThreadPool.shared.claimTasks(share.taskCount, share.context, share.body)
        }, UnsafeMutableRawPointer(share))
    }
  }

  private struct TeamShare {
    let taskCount: Int
    let context: UnsafeRawPointer
    let body: Body
  }

  private func claimTasks(_ taskCount: Int, _ context: UnsafeRawPointer, _ body: Body) {
    while true {
      let index = nextTask.add(1, ordering: .relaxed).oldValue
      guard index < taskCount else { return }
      body(context, index)
    }
  }

  private func serve() -> Never {
    pthread_mutex_lock(mutex)
    while true {
      if openPlaces == 0 {
        pthread_mutex_unlock(mutex)
        lookOut { hasOpenPlaces.load(ordering: .relaxed) }
        pthread_mutex_lock(mutex)
      }
      while openPlaces == 0 {
        sleepingThreads += 1
        pthread_cond_wait(workArrived, mutex)
        sleepingThreads -= 1
      }
      guard let body, let context else { continue }
      openPlaces -= 1
      if openPlaces == 0 { hasOpenPlaces.store(false, ordering: .relaxed) }
      runningThreads += 1
      isRunning.store(true, ordering: .relaxed)
      let taskCount = taskCount
      pthread_mutex_unlock(mutex)
      claimTasks(taskCount, context, body)
      pthread_mutex_lock(mutex)
      runningThreads -= 1
      if runningThreads == 0 {
        isRunning.store(false, ordering: .relaxed)
        pthread_cond_signal(workEnded)
      }
    }
  }

  /// Looks whether `condition` holds, for a moment.
  private func lookOut(_ condition: () -> Bool) {
    for _ in 0..<Self.looks {
      if condition() { return }
      norm_pause()
    }
  }

  /// Whether another thread could be started. Without one, calls use those there are.
  private func startThread() -> Bool {
    // Signals belong to the host program's threads: ours start with all of them blocked.
    var all = sigset_t()
    var previous = sigset_t()
    sigfillset(&all)
    for fault in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP] { sigdelset(&all, fault) }
    pthread_sigmask(SIG_SETMASK, &all, &previous)
    defer { pthread_sigmask(SIG_SETMASK, &previous, nil) }
    #if canImport(Darwin)
      var thread: pthread_t?
    #else
      var thread = pthread_t()
    #endif
    let status = pthread_create(&thread, nil, { _ in ThreadPool.shared.serve() }, nil)
    guard status == 0 else { return false }
    #if canImport(Darwin)
      if let thread { pthread_detach(thread) }
    #else
      pthread_detach(thread)
    #endif
    return true
  }
}
