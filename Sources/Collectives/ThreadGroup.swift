#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Threads of this process that stand for ranks: to test what will run on many processes.
///
///     let results = ThreadGroup.run(size: 3) { rank in try rank.allGather([Double(rank.rank)]) }
///
/// A rank that fails or ends leaves the group; others that wait for it, or come later, get an error instead of waiting
/// for ever.
public final class ThreadGroup: @unchecked Sendable {
  /// One thread's view of its group.
  public struct Member: Communicator {
    /// The number of this thread's rank.
    public let rank: Int
    private let group: ThreadGroup

    /// The number of ranks.
    public var size: Int { group.size }

    fileprivate init(rank: Int, group: ThreadGroup) {
      (self.rank, self.group) = (rank, group)
    }

    /// Returns the values of every rank, in the order of the ranks; waits for the others.
    ///
    /// - Precondition: no other thread calls it for the same rank at the same time.
    public func allGather(_ values: [Double]) throws(CommunicationError) -> [[Double]] {
      try group.gather(values, rank: rank)
    }

    /// Leaves the group: the others get ``CommunicationError/abandoned(byRank:)`` where they would wait for this rank.
    public func abandon() {
      group.leave(rank)
    }
  }

  /// The number of ranks.
  public let size: Int
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  // Guarded by `mutex`.
  private var round = 0
  private var arrived: [[Double]?]
  private var arrivedCount = 0
  private var gathered: [[Double]] = []
  private var firstToLeave: Int?

  /// Creates a group of ranks for threads that the caller has.
  ///
  /// - Precondition: there is at least one rank.
  public init(size: Int) {
    precondition(size > 0, "A group needs a rank, but its size is \(size).")
    self.size = size
    arrived = Array(repeating: nil, count: size)
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(changed, nil)
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(mutex)
    changed.deallocate()
    mutex.deallocate()
  }

  /// The view of one rank.
  ///
  /// - Precondition: `rank` is one of the group's.
  public func member(_ rank: Int) -> Member {
    precondition((0..<size).contains(rank), "There is no rank \(rank) in a group of \(size).")
    return Member(rank: rank, group: self)
  }

  private func gather(
    _ values: [Double], rank: Int
  ) throws(CommunicationError) -> [[Double]] {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    if let firstToLeave { throw .abandoned(byRank: firstToLeave) }
    precondition(arrived[rank] == nil, "Rank \(rank) is on two threads at once.")
    arrived[rank] = values
    arrivedCount += 1
    if arrivedCount == size {
      gathered = arrived.compactMap(\.self)
      arrived = Array(repeating: nil, count: size)
      arrivedCount = 0
      round += 1
      pthread_cond_broadcast(changed)
      return gathered
    }
    let current = round
    while round == current {
      if let firstToLeave { throw .abandoned(byRank: firstToLeave) }
      pthread_cond_wait(changed, mutex)
    }
    return gathered  // of this round: the next cannot end without this rank
  }

  private func leave(_ rank: Int) {
    pthread_mutex_lock(mutex)
    if firstToLeave == nil { firstToLeave = rank }
    pthread_cond_broadcast(changed)
    pthread_mutex_unlock(mutex)
  }
}

extension ThreadGroup {
  /// Runs `body` on a thread for every rank, and returns what each returned or threw, in the order of the ranks.
  ///
  /// A rank whose body ends, in whatever way, leaves the group.
  ///
  /// - Precondition: there is at least one rank.
  public static func run<Value: Sendable>(
    size: Int, _ body: @escaping @Sendable (Member) throws -> Value
  ) -> [Result<Value, any Error>] {
    let group = ThreadGroup(size: size)
    let threads = (0..<size).map { RankThread(group.member($0), body) }
    return threads.map { $0.result() }
  }
}

/// A thread that runs a rank's body and keeps its result.
private final class RankThread<Value: Sendable>: @unchecked Sendable {
  private let member: ThreadGroup.Member
  private let body: (ThreadGroup.Member) throws -> Value
  private var outcome: Result<Value, any Error>?
  #if canImport(Darwin)
    private var thread: pthread_t?
  #else
    private var thread = pthread_t()
  #endif
  private var isStarted = false

  init(_ member: ThreadGroup.Member, _ body: @escaping (ThreadGroup.Member) throws -> Value) {
    (self.member, self.body) = (member, body)
    let context = Unmanaged.passRetained(Work { [self] in run() }).toOpaque()
    let status = pthread_create(&thread, nil, runWork, context)
    isStarted = status == 0
    if !isStarted {
      Unmanaged<Work>.fromOpaque(context).release()
      outcome = .failure(CommunicationError.failed("no thread could be started (\(status))"))
      member.abandon()
    }
  }

  private func run() {
    outcome = Result { try body(member) }
    member.abandon()
  }

  /// Waits for the end of the thread.
  func result() -> Result<Value, any Error> {
    #if canImport(Darwin)
      if isStarted, let thread { pthread_join(thread, nil) }
    #else
      if isStarted { pthread_join(thread, nil) }
    #endif
    return outcome ?? .failure(CommunicationError.abandoned(byRank: member.rank))
  }
}

/// What a thread does, behind a pointer.
private final class Work {
  let body: () -> Void
  init(_ body: @escaping () -> Void) { self.body = body }
}

#if canImport(Darwin)
  private func runWork(_ context: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body()
    return nil
  }
#else
  private func runWork(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let context { Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body() }
    return nil
  }
#endif
