public import Normalization
import Foundation
import Synchronization

/// Runs experiments, one seed a thread, and finds out what they say.
public struct ExperimentRunner: Sendable {
  /// What is run.
  public let experiments: [any Experiment]
  /// How much.
  public let form: ExperimentForm
  /// The seeds 1 to this.
  public let seedCount: Int
  /// Seeds at a time.
  public let threadCount: Int
  /// Where finished seeds are kept, or nil for nowhere.
  public let store: OutcomeStore?
  private let environment: String

  /// A seed of an experiment that is finished.
  public struct Progress: Sendable {
    /// The experiment.
    public let name: String
    /// The seed.
    public let seed: UInt64
    /// Whether it was found in the store.
    public let isKept: Bool
    /// How long it took.
    public let seconds: Double
    /// Seeds of all experiments that are finished.
    public let finishedCount: Int
    /// Seeds of all experiments.
    public let count: Int
  }

  /// Prepares a run.
  ///
  /// - Parameters:
  ///   - experiments: what is run.
  ///   - form: how much.
  ///   - seedCount: the number of seeds, positive.
  ///   - threadCount: seeds at a time, positive.
  ///   - store: where finished seeds are kept and found.
  public init(
    _ experiments: [any Experiment], form: ExperimentForm = .quick, seedCount: Int = 6,
    threadCount: Int = Execution.automatic.threadCount, store: OutcomeStore? = nil
  ) {
    precondition(
      seedCount > 0 && threadCount > 0,
      "A run needs seeds and threads, but has \(seedCount) and \(threadCount).")
    (self.experiments, self.form, self.store) = (experiments, form, store)
    (self.seedCount, self.threadCount) = (seedCount, threadCount)
    let machine = Comparison.Environment(
      Execution(threadCount: 1, instructionSet: Execution.automatic.instructionSet))
    environment =
      "\(machine.instructionSet), \(machine.linearAlgebra), \(machine.processor), "
      + machine.mathLibrary
  }

  /// Runs what is not kept.
  ///
  /// - Parameters:
  ///   - dataDirectory: where data sets have their files.
  ///   - onProgress: is given each seed that is finished, one at a time.
  ///   - isInterrupted: asked now and then; what is finished is kept.
  /// - Returns: the results in the order of the experiments.
  /// - Throws: `CancellationError` where it was interrupted, and the first error of an experiment.
  public func run(
    dataDirectory: String? = nil, onProgress: @escaping @Sendable (Progress) -> Void = { _ in },
    isInterrupted: @escaping @Sendable () -> Bool = { false }
  ) throws -> [ExperimentResult] {
    let units = experiments.indices.flatMap { index in
      (1...seedCount).map { (experiment: index, seed: UInt64($0)) }
    }
    let state = Mutex(State(outcomes: Array(repeating: nil, count: units.count)))
    let context = ExperimentContext(form: form, dataDirectory: dataDirectory) {
      isInterrupted() || state.withLock { $0.failure != nil }
    }
    onThreads(min(threadCount, units.count)) {
      while let unit = state.withLock({ $0.next() }) {
        let (index, seed) = units[unit]
        do {
          let start = ContinuousClock.now
          let (outcome, isKept) = try outcome(of: experiments[index], seed, context)
          let seconds = (ContinuousClock.now - start) / .seconds(1)
          state.withLock { state in
            state.outcomes[unit] = outcome
            state.finishedCount += 1
            onProgress(
              Progress(
                name: experiments[index].name, seed: seed, isKept: isKept, seconds: seconds,
                finishedCount: state.finishedCount, count: units.count))
          }
        } catch {
          state.withLock { $0.failure = $0.failure ?? error }
        }
      }
    }
    let final = state.withLock { $0 }
    if let failure = final.failure { throw failure }
    return experiments.indices.map { index in
      let outcomes = final.outcomes[index * seedCount..<(index + 1) * seedCount].compactMap { $0 }
      return ExperimentResult(experiments[index], form, outcomes)
    }
  }

  private struct State {
    var outcomes: [SeedOutcome?]
    var nextUnit = 0
    var finishedCount = 0
    var failure: (any Error)?

    mutating func next() -> Int? {
      guard failure == nil, nextUnit < outcomes.count else { return nil }
      defer { nextUnit += 1 }
      return nextUnit
    }
  }

  private func outcome(
    of experiment: any Experiment, _ seed: UInt64, _ context: ExperimentContext
  ) throws -> (SeedOutcome, isKept: Bool) {
    if let kept = store?.outcome(of: experiment, form, seed: seed, environment: environment) {
      return (kept, true)
    }
    try context.check()
    let outcome = try experiment.run(seed: seed, in: context)
    try store?.keep(outcome, of: experiment, form, environment: environment)
    return (outcome, false)
  }
}

/// Runs the same on some threads, and waits for all of them.
private func onThreads(_ count: Int, _ body: @escaping @Sendable () -> Void) {
  let group = DispatchGroup()
  for _ in 0..<count {
    group.enter()
    let thread = Thread {
      body()
      group.leave()
    }
    thread.stackSize = 8 << 20
    thread.start()
  }
  group.wait()
}
