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
  /// The steps since the last line of the log.
  var sinceLine = ScoreSum()
  /// The steps since the last evaluation.
  var sinceEvaluation = ScoreSum()

  init(place: Batches.State) {
    self.place = place
  }

  /// Takes in the score of a step.
  mutating func absorb(_ score: Trainer.Score, count: Int) {
    step += 1
    sinceLine.absorb(score, count: count)
    sinceEvaluation.absorb(score, count: count)
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

/// The scores of some steps, for their average over samples.
struct ScoreSum: Equatable, Codable, Sendable {
  /// Losses, each times its number of samples.
  private var loss = 0.0
  /// Samples recognised.
  private var hits = 0.0
  /// Samples.
  private var count = 0

  mutating func absorb(_ score: Trainer.Score, count: Int) {
    loss += score.loss * Double(count)
    hits += score.accuracy * Double(count)
    self.count += count
  }

  /// The average.
  var average: Trainer.Score {
    let count = Double(max(1, count))
    return Trainer.Score(loss: loss / count, accuracy: hits / count)
  }

  /// The average, which begins anew.
  mutating func take() -> Trainer.Score {
    defer { self = ScoreSum() }
    return average
  }
}
