import Datasets
import Experiments
import Foundation
import NeuralNetworks
import Training

/// What `train --json` writes.
struct TrainingNumbers: Encodable {
  /// An evaluation.
  struct Point: Encodable {
    var step: Int
    /// Passes over the data up to here, the last one perhaps in part.
    var epoch: Int
    /// The average since the evaluation before, each batch before its step.
    var training: Trainer.Score
    var test: Trainer.Score
    var learningRate: Double
    var seconds: Double
    var isBest: Bool

    init(_ report: TrainingReport, training: Trainer.Score, test: Trainer.Score) {
      step = report.step
      epoch = report.epoch + 1
      self.training = training
      self.test = test
      learningRate = report.learningRate
      seconds = report.seconds
      isBest = report.isBest
    }
  }

  var command: String
  var dataset: Checkpoint.DataDescription
  var testCount: Int
  var classNames: [String]
  var configuration: TrainingConfiguration
  var environment: Comparison.Environment
  var parameterCount: Int
  /// "finished", "interrupted" or "stopped early".
  var outcome: String
  var steps: Int
  var stepCount: Int
  /// The evaluations since the run began or went on.
  var points: [Point]
  var best: TrainingProgress.Best?
  /// The score of the network as it is written; none after an interruption between evaluations.
  var final: Trainer.Score?
  var digest: String
  /// In all sessions.
  var seconds: Double
  /// The most memory that this process had at a time.
  var peakMemoryBytes: Int
}

extension TrainingSession {
  /// Every number of the run.
  var numbers: TrainingNumbers {
    let outcome =
      switch outcome {
      case .finished: "finished"
      case .stoppedEarly: "stopped early"
      case .interrupted, .diverged, nil: "interrupted"
      }
    return TrainingNumbers(
      command: recipe.commandLine, dataset: .init(training), testCount: test.count,
      classNames: training.classNames, configuration: run.configuration,
      environment: .init(execution), parameterCount: run.trainer.network.summary.parameterCount,
      outcome: outcome, steps: run.progress.step, stepCount: run.stepCount, points: points,
      best: run.progress.best, final: finalScore, digest: run.trainer.digest,
      seconds: run.progress.seconds, peakMemoryBytes: peakMemoryByteCount)
  }
}

/// The most memory that this process had at a time.
private var peakMemoryByteCount: Int {
  var usage = rusage()
  getrusage(.init(0), &usage)  // RUSAGE_SELF, whose type differs between C libraries
  #if canImport(Darwin)
    return Int(usage.ru_maxrss)
  #else
    return Int(usage.ru_maxrss) * 1024
  #endif
}
