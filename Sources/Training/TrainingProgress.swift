public import Datasets

/// Where a training run stands: what it needs besides network and optimiser to go on.
public struct TrainingProgress: Equatable, Codable, Sendable {
  /// The best evaluation.
  public struct Best: Equatable, Codable, Sendable {
    /// Steps taken before it.
    public var step: Int
    /// Its score.
    public var score: Trainer.Score
  }

  /// The steps taken.
  public internal(set) var step = 0
  /// The place of the next batch.
  public internal(set) var place: Batches.State
  /// The time spent, in all sessions, in seconds.
  public internal(set) var seconds = 0.0
  /// The evaluation of the highest accuracy, the first of equal ones.
  public internal(set) var best: Best?
  /// Evaluations since the best one.
  public internal(set) var evaluationsSinceBest = 0
  /// Losses since the last line of the log, each times its number of samples.
  var pendingLoss = 0.0
  /// Samples recognised since the last line of the log.
  var pendingHits = 0.0
  /// Samples since the last line of the log.
  var pendingCount = 0

  init(place: Batches.State) {
    self.place = place
  }

  /// Takes in the score of a step.
  mutating func absorb(_ score: Trainer.Score, count: Int) {
    step += 1
    pendingLoss += score.loss * Double(count)
    pendingHits += score.accuracy * Double(count)
    pendingCount += count
  }

  /// The average since the last line, which begins anew.
  mutating func takePending() -> Trainer.Score {
    let count = Double(max(1, pendingCount))
    let score = Trainer.Score(loss: pendingLoss / count, accuracy: pendingHits / count)
    (pendingLoss, pendingHits, pendingCount) = (0, 0, 0)
    return score
  }

  /// Takes in an evaluation.
  ///
  /// - Returns: whether it is the best.
  mutating func absorb(evaluation score: Trainer.Score, minimumGain: Double) -> Bool {
    if let best, !(score.accuracy > best.score.accuracy + minimumGain) {
      evaluationsSinceBest += 1
      return false
    }
    best = Best(step: step, score: score)
    evaluationsSinceBest = 0
    return true
  }
}
