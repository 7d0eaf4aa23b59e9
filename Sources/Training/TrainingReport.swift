public import NeuralNetworks

/// A step of a run that has just been taken, as it is shown and logged.
public struct TrainingReport: Sendable {
  /// The number of the step, from 1.
  public var step: Int
  /// The number of steps of the run.
  public var stepCount: Int
  /// The epoch of the step's batch, from 0.
  public var epoch: Int
  /// The average loss and accuracy since the last line of the log, each batch before its step.
  public var score: Trainer.Score
  /// The learning rate of the step.
  public var learningRate: Double
  /// The time spent on the run so far, in all sessions.
  public var seconds: Double
  /// The score of the evaluation after this step, where there was one.
  public var testScore: Trainer.Score?
  /// The average since the evaluation before, each batch before its step, where there was one after this step.
  public var trainingScore: Trainer.Score?
  /// Whether that is the best so far.
  public var isBest = false
  /// Steps per second in this session, evaluations and checkpoints included.
  public var stepsPerSecond: Double
  /// The network after the step.
  public var network: Sequential<Float>

  /// How long the rest of the run will take at this rate, in seconds.
  public var secondsLeft: Double { Double(stepCount - step) / stepsPerSecond }
}

/// How a run ended.
public enum TrainingOutcome: Equatable, Sendable {
  /// All steps were taken.
  case finished
  /// The caller asked for it. The run can go on.
  case interrupted
  /// So many evaluations in a row brought no better accuracy.
  case stoppedEarly(evaluations: Int)
  /// At this step the loss or what a layer got was no longer finite. The last checkpoint is of an earlier step.
  case diverged(step: Int, reason: String)
}
