import Experiments
import Foundation
import Synchronization

/// Which seeds are finished, on standard error: a line for each, or on a terminal one that is kept up to date.
final class ExperimentProgress: Sendable {
  private let state: Mutex<State>
  private let threadCount: Int
  private let isTerminal = isatty(STDERR_FILENO) == 1

  fileprivate struct State {
    /// Seeds that are left, by experiment.
    var left: [String: Int]
    /// How long each seed took that was run, by experiment.
    var seconds: [String: [Double]] = [:]
  }

  /// Begins with nothing done.
  init(names: [String], seedCount: Int, threadCount: Int) {
    self.threadCount = threadCount
    state = Mutex(State(left: Dictionary(uniqueKeysWithValues: names.map { ($0, seedCount) })))
  }

  /// Shows that a seed is finished.
  func show(_ progress: ExperimentRunner.Progress) {
    let left = state.withLock { state in
      state.left[progress.name, default: 1] -= 1
      if !progress.isKept { state.seconds[progress.name, default: []].append(progress.seconds) }
      return state.secondsLeft(threadCount: threadCount)
    }
    let kept = progress.isKept ? "kept" : duration(progress.seconds)
    let text =
      "\(progress.finishedCount)/\(progress.count) \(progress.name), seed \(progress.seed): \(kept)"
      + (left.map { ", \(timeLeft($0)) left" } ?? "")
    write(isTerminal ? "\r\u{1B}[K\(text)" : text + "\n")
  }

  /// Takes the line away.
  func clear() {
    if isTerminal { write("\r\u{1B}[K") }
  }

  private func write(_ text: String) {
    FileHandle.standardError.write(Data(text.utf8))
  }
}

extension ExperimentProgress.State {
  /// The time the seeds that are left take if they take as long as others of their experiment did, or of all where none
  /// has been run; nil where nothing is left, or nothing known.
  fileprivate func secondsLeft(threadCount: Int) -> Double? {
    let all = seconds.values.joined()
    let count = left.values.reduce(0, +)
    guard !all.isEmpty, count > 0 else { return nil }
    let average = all.reduce(0, +) / Double(all.count)
    let work = left.reduce(0.0) { sum, entry in
      let known = seconds[entry.key] ?? []
      let mean = known.isEmpty ? average : known.reduce(0, +) / Double(known.count)
      return sum + mean * Double(entry.value)
    }
    return work / Double(min(threadCount, count))
  }
}

/// An estimate in words: "less than a minute", "about 6 min", "about 1 h 20 min".
func timeLeft(_ seconds: Double) -> String {
  guard seconds >= 60 else { return "less than a minute" }
  let minutes = Int((min(seconds, 1e9) / 60).rounded())
  if minutes < 60 { return "about \(minutes) min" }
  // Beyond an hour nobody counts minutes.
  let rounded = (minutes + 5) / 10 * 10
  return "about \(rounded / 60) h" + (rounded % 60 == 0 ? "" : " \(rounded % 60) min")
}
