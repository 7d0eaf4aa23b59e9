public import Datasets
public import NeuralNetworks
public import Normalization
import TensorFiles

/// A training run from the first step to the last, which is saved and goes on bit for bit.
///
///     var run = try TrainingRun(
///       configuration, network: network, training: Digits.training, test: Digits.test,
///       checkpoints: CheckpointStore(path: "run.safetensors"), log: TrainingLog(path: "run.jsonl"))
///     if resumes { try run.resume() }
///     let outcome = try run.run { report in print(report.step, report.score.loss) }
///
/// The weights after a resumed run have the digest of a run that was never stopped, on the same processor features,
/// thread count, oneDNN and math library.
public struct TrainingRun: Sendable {
  /// Changes a batch before its step: the features, and the number of steps before. A function of these alone, so
  /// that a resumed run sees the same.
  public typealias Augmentation = @Sendable (inout Tensor<Float>, _ step: Int) -> Void

  /// What the run does.
  public let configuration: TrainingConfiguration
  /// The network and what moves it.
  public internal(set) var trainer: Trainer
  /// Where the run stands.
  public internal(set) var progress: TrainingProgress
  /// The steps of the run.
  public let stepCount: Int

  let training: any LabeledSamples
  let test: (any LabeledSamples)?
  let augmentation: Augmentation?
  var batches: Batches
  var checkpoints: CheckpointStore?
  let log: TrainingLog?
  /// The step of the last checkpoint of this session.
  var savedStep: Int?

  /// Prepares a run. Nothing is read or written.
  ///
  /// - Parameters:
  ///   - configuration: what the run does.
  ///   - network: what is trained, as it is at first.
  ///   - training: what it is trained on.
  ///   - test: what it is evaluated on, or nil for no evaluations.
  ///   - augmentation: changes each batch before its step.
  ///   - checkpoints: where the run is saved, or nil for nowhere.
  ///   - log: where steps are noted, or nil for nowhere.
  /// - Throws: `DatasetError` for a batch larger than the training set.
  /// - Precondition: intervals and the numbers of parts and steps are positive; with a patience there is a test set.
  public init(
    _ configuration: TrainingConfiguration, network: Sequential<Float>,
    training: any LabeledSamples, test: (any LabeledSamples)? = nil,
    augmentation: Augmentation? = nil, checkpoints: CheckpointStore? = nil, log: TrainingLog? = nil
  ) throws(DatasetError) {
    let numbers = [
      configuration.length.count, configuration.partCount, configuration.logInterval,
      configuration.evaluationBatchSize, configuration.evaluationInterval ?? 1,
      configuration.checkpointInterval ?? 1, configuration.patience ?? 1,
    ]
    precondition(
      numbers.allSatisfy { $0 > 0 }, "Lengths and intervals must be positive in \(configuration).")
    precondition(
      configuration.patience == nil || test != nil,
      "A run that stops early needs a test set, but there is none.")
    batches = try Batches(
      sampleCount: training.count, batchSize: configuration.batchSize, seed: configuration.seed)
    stepCount = configuration.length.steps(perEpoch: batches.batchesPerEpoch)
    let schedule = configuration.learningRate.schedule(steps: stepCount)
    trainer = Trainer(
      network: network, optimizer: configuration.optimizer.make(learningRate: schedule(0)),
      schedule: schedule, clipping: configuration.clipping, loss: configuration.loss)
    progress = TrainingProgress(place: batches.state)
    self.configuration = configuration
    self.training = training
    self.test = test
    self.augmentation = augmentation
    self.checkpoints = checkpoints
    self.log = log
  }

  /// Trains until the run is at its end, early or not, or until the caller interrupts it.
  ///
  /// The run is then saved, except where it diverged, and can be asked to go on. Lines of the log after the step where it
  /// begins are cut off: steps that a session before took and did not save.
  ///
  /// - Parameters:
  ///   - onProgress: is given every step.
  ///   - isInterrupted: asked before every step.
  /// - Throws: ``TrainingError``; the run stands after the last step that was taken.
  public mutating func run(
    onProgress: (TrainingReport) -> Void = { _ in }, isInterrupted: () -> Bool = { false }
  ) throws(TrainingError) -> TrainingOutcome {
    let lock: FileLock?
    do throws(CheckpointError) {
      lock = try checkpoints?.lock()
    } catch {
      throw .checkpoint(error)
    }
    defer { withExtendedLifetime(lock) {} }
    if let log { try wrap { () throws(TensorFileError) in try log.cut(after: progress.step) } }
    let session = Session(step: progress.step, seconds: progress.seconds)
    while true {
      if let outcome = outcome(isInterrupted) { return try save() ?? outcome }
      let learningRate = trainer.learningRate
      let epoch = progress.place.epoch
      if let reason = try advance() {
        return .diverged(step: progress.step + 1, reason: reason)
      }
      try report(session, epoch: epoch, learningRate: learningRate, onProgress)
      if isDue(configuration.checkpointInterval), let outcome = try save() { return outcome }
    }
  }

  /// Why the run ends here, if it does.
  private func outcome(_ isInterrupted: () -> Bool) -> TrainingOutcome? {
    if progress.step >= stepCount { return .finished }
    if let patience = configuration.patience, progress.evaluationsSinceBest >= patience {
      return .stoppedEarly(evaluations: progress.evaluationsSinceBest)
    }
    return isInterrupted() ? .interrupted : nil
  }

  /// When a session began, in the run's own time.
  private struct Session {
    let step: Int
    let seconds: Double
    let start = ContinuousClock.now

    var elapsed: Double { (ContinuousClock.now - start) / .seconds(1) }
  }

  /// Whether something that happens every so many steps, or after every epoch, happens after this one.
  private func isDue(_ interval: Int?) -> Bool {
    guard let interval else { return progress.place.position == 0 }
    return progress.step % interval == 0
  }

  /// Takes a step.
  ///
  /// - Returns: why the run has diverged, if it has; then nothing has changed.
  private mutating func advance() throws(TrainingError) -> String? {
    let rate = trainer.learningRate
    guard rate.isFinite, rate >= 0 else { return "the learning rate is \(rate)" }
    var next = batches
    var (features, labels) = try gather(training, next.next())
    augmentation?(&features, progress.step)
    do throws(NormalizationError) {
      let score = try trainer.train(on: parts(features, labels), onlyIfFinite: true)
      guard score.loss.isFinite else { return "the loss is \(score.loss)" }
      progress.absorb(score, count: labels.count)
    } catch {
      guard case .nonFiniteInput = error else { throw .refused(error) }
      return "\(error)"
    }
    batches = next
    progress.place = next.state
    return nil
  }

  /// A batch in parts of about equal size.
  private func parts(
    _ features: Tensor<Float>, _ labels: [Int]
  ) -> [(features: Tensor<Float>, labels: [Int])] {
    let count = min(configuration.partCount, labels.count)
    guard count > 1 else { return [(features, labels)] }
    let ends = (0...count).map { $0 * labels.count / count }
    return zip(ends, ends.dropFirst()).map { start, end in
      (features.samples(start..<end), Array(labels[start..<end]))
    }
  }

  /// Evaluates, notes and shows the step, as far as each is due.
  private mutating func report(
    _ session: Session, epoch: Int, learningRate: Double, _ onProgress: (TrainingReport) -> Void
  ) throws(TrainingError) {
    let isLast = progress.step == stepCount
    var (testScore, trainingScore): (Trainer.Score?, Trainer.Score?)
    var isBest = false
    if let test, isLast || isDue(configuration.evaluationInterval) {
      let score = try trainer.evaluate(test, batchSize: configuration.evaluationBatchSize)
      isBest = progress.absorb(evaluation: score, minimumGain: configuration.minimumGain)
      (testScore, trainingScore) = (score, progress.sinceEvaluation.take())
    }
    progress.seconds = session.seconds + session.elapsed
    let isLogged = isLast || testScore != nil || progress.step % configuration.logInterval == 0
    let score = progress.sinceLine.average
    if isLogged { progress.sinceLine = ScoreSum() }
    let report = TrainingReport(
      step: progress.step, stepCount: stepCount, epoch: epoch, score: score,
      learningRate: learningRate, seconds: progress.seconds, testScore: testScore,
      trainingScore: trainingScore, isBest: isBest,
      stepsPerSecond: Double(progress.step - session.step) / max(session.elapsed, 1e-9),
      network: trainer.network)
    if isLogged, let log { try wrap { () throws(TensorFileError) in try log.append(report) } }
    onProgress(report)
  }
}

/// The same with the module's error.
func wrap(_ body: () throws(TensorFileError) -> Void) throws(TrainingError) {
  do throws(TensorFileError) {
    try body()
  } catch {
    throw .log(error)
  }
}
