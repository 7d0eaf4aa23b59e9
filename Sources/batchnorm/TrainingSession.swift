import Datasets
import NeuralNetworks
import Normalization
import Training

/// A run in the course of one command: from its beginning or from a checkpoint.
struct TrainingSession {
  let recipe: TrainingRecipe
  let execution: Execution
  let files: FileOptions
  let training: any LabeledSamples
  let test: any LabeledSamples
  var run: TrainingRun
  /// The step that this session began with.
  let firstStep: Int
  /// The file that it goes on from.
  let start: String?
  /// How training ended; nil before.
  var outcome: TrainingOutcome?
  /// The evaluations of this session.
  var points: [TrainingNumbers.Point] = []
  /// The score of the network as it is now, where it is known.
  var finalScore: Trainer.Score?

  var sampleShape: [Int] { training.sampleShape }

  /// Loads the data and makes everything ready. Whatever can be refused is refused here.
  init(
    _ recipe: TrainingRecipe, execution: Execution, files: FileOptions, checkpoint: Checkpoint?
  ) throws(CommandError) {
    (self.recipe, self.execution, self.files) = (recipe, execution, files)
    (firstStep, start) = (checkpoint?.progress.step ?? 0, checkpoint?.path)
    do {
      (training, test) = try recipe.loadData()
      let configuration = try Self.configuration(
        recipe, execution, [training, test], checkpoint: checkpoint)
      let network = try Self.network(recipe, execution, training)
      run = try TrainingRun(
        configuration, network: network, training: training, test: test,
        augmentation: recipe.makeAugmentation(background: training.background),
        checkpoints: files.checkpoint.map { CheckpointStore(path: $0) },
        log: files.log.map { TrainingLog(path: $0) })
      if let checkpoint { try Self.resume(&run, from: checkpoint) }
    } catch {
      throw CommandError(error)
    }
  }

  /// The recipe with what the data and the machine add. A run that goes on keeps what it began with.
  private static func configuration(
    _ recipe: TrainingRecipe, _ execution: Execution, _ data: [any LabeledSamples],
    checkpoint: Checkpoint?
  ) throws(DatasetFileError) -> TrainingConfiguration {
    let own = ("\(execution.threadCount)", execution.instructionSet.rawValue)
    let first = checkpoint?.execution ?? own
    if first != own {
      printNote(
        "the run began with \(first.0) threads and \(first.1), and goes on with \(own.0) and "
          + "\(own.1); its weights may differ in their last bits from those of an unbroken run")
    }
    var complete = recipe
    if let checkpoint { complete.dataDirectory = checkpoint.configuration.details["data-dir"] }
    return complete.complete(fingerprint: try fingerprint(data), execution: first)
  }

  private static func network(
    _ recipe: TrainingRecipe, _ execution: Execution, _ training: any LabeledSamples
  ) throws -> Sequential<Float> {
    if recipe.augmentation != .off, training.sampleShape.count != 3 {
      throw CommandError.failure(
        "--augment changes images [height, width, channels], but the samples of \(recipe.dataset) "
          + "have the shape \(training.sampleShape); leave it out")
    }
    let network = try recipe.makeNetwork(
      sampleShape: training.sampleShape, classCount: training.classCount, execution: execution)
    let configuration = recipe.configuration
    _ = try Batches(sampleCount: training.count, batchSize: configuration.batchSize, seed: 0)
    try network.checkBatches(
      of: configuration.batchSize, in: configuration.partCount, sampleShape: training.sampleShape,
      remedy: "use another --batch-size or --norm")
    return network
  }

  private static func resume(
    _ run: inout TrainingRun, from checkpoint: Checkpoint
  ) throws(CheckpointError) {
    do throws(CheckpointError) {
      try run.resume(from: checkpoint)
    } catch {
      guard case .otherRun(let path, let differences) = error else { throw error }
      throw .otherRun(path: path, differences: differences.map(TrainingRecipe.named))
    }
  }

  /// Trains to the end, or until Ctrl-C.
  mutating func train(isQuiet: Bool) throws(CommandError) {
    var progress = ProgressLine(isQuiet: isQuiet, from: firstStep)
    var points: [TrainingNumbers.Point] = []
    defer {
      progress.clear()
      self.points = points
    }
    do {
      outcome = try run.run { report in
        if let training = report.trainingScore, let test = report.testScore {
          points.append(.init(report, training: training, test: test))
          progress.clear()
          if !isQuiet, let point = points.last { printLine(point.line) }
        }
        progress.show(report.step, of: report.stepCount, unit: "steps")
      } isInterrupted: {
        Interruption.isRequested
      }
    } catch {
      throw CommandError(error)
    }
  }

  /// Refuses a run that diverged, and finds out how good the network is where that is not known.
  mutating func finish() throws(CommandError) {
    if case .diverged(let step, let reason) = outcome { throw diverged(step, reason) }
    if let last = points.last, last.step == run.progress.step { finalScore = last.test }
    guard finalScore == nil, outcome != .interrupted else { return }
    do {
      finalScore = try run.trainer.evaluate(
        test, batchSize: run.configuration.evaluationBatchSize)
    } catch {
      throw CommandError(error)
    }
  }

  private func diverged(_ step: Int, _ reason: String) -> CommandError {
    let saved = files.checkpoint.map {
      CheckpointStore(path: $0).isOccupied ? "; what was saved in \($0) before is whole" : ""
    }
    return .failure(
      "the run diverged at step \(step): \(reason); use a smaller --learning-rate, --clip or "
        + "--warm-up\(saved ?? "")")
  }
}
