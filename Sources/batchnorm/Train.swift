import ArgumentParser
import Datasets
import NeuralNetworks
import Normalization
import TensorFiles
import Training

/// Trains one network.
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a network; save it, go on with it, export its weights.",
    discussion: """
      Prints a line per evaluation on the test set, and at the end the best and the final accuracy, the \
      digest of the weights and the command that repeats the run. Ctrl-C ends it with 130.

      With --checkpoint a run can be killed at any moment, and Ctrl-C saves it: --resume goes on from the last complete \
      checkpoint, and the weights get the same bits as without the interruption (same processor, \
      threads and libraries). What the options say may not contradict the checkpoint; only \
      --checkpoint-every, and the length where the rate does not depend on it, may be others.

      fashion-mnist comes with Debian's package dataset-fashion-mnist; Scripts/setup installs it. The \
      second example with --augment flip=0.5 --epochs 10 recognised 93.35 % of the test images after 9 minutes on two processors.

      EXAMPLES:
        batchnorm train
        batchnorm train --dataset fashion-mnist --network resnet-14
        batchnorm train --network lenet --checkpoint run.safetensors --log run.jsonl
        batchnorm train --checkpoint run.safetensors --resume
        batchnorm train --dataset flowers.csv --label species --batch-size 16
        batchnorm train --norm group --optimizer adamw --export weights.safetensors
      """)

  @OptionGroup(title: "Data")
  var data: DataOptions
  @OptionGroup(title: "Network")
  var network: NetworkChoice
  @OptionGroup(title: "Course")
  var course: CourseOptions
  @OptionGroup(title: "Steps")
  var steps: StepOptions
  @OptionGroup(title: "Files")
  var files: FileOptions
  @Flag(help: "Print the outcome only.")
  var quiet = false

  func run() throws {
    let execution = try Execution.fromEnvironment()
    let outputs = try TrainingOutputs(files)
    Interruption.watch()
    let checkpoint = try startingPoint()
    let recipe = try recipe(from: checkpoint)
    var session = try TrainingSession(
      recipe, execution: execution, files: files, checkpoint: checkpoint)
    try outputs.writeInitial(session.run.trainer.network, sampleShape: session.sampleShape)
    if !quiet { session.printIntroduction() }
    try session.train(isQuiet: quiet)
    try session.finish()
    if !quiet { printLine() }
    let numbers = session.numbers
    for line in session.outcomeLines(numbers) { printLine(line) }
    try outputs.write(numbers, session.run.trainer.network, sampleShape: session.sampleShape)
    if session.outcome == .interrupted { throw ExitCode(130) }
  }

  /// The checkpoint to go on from, or nil for a run from its beginning, which leaves others alone.
  private func startingPoint() throws -> Checkpoint? {
    guard let path = files.checkpoint else { return nil }
    let store = CheckpointStore(path: path)
    guard files.isResuming else {
      guard let occupied = [path, store.previousPath].first(where: fileExists) else { return nil }
      throw CommandError.failure(
        "there is a checkpoint at \(occupied) already; go on from it with --resume, or name another "
          + "file")
    }
    return try files.resumeFromPrevious ? previous(store) : last(store, path)
  }

  private func last(_ store: CheckpointStore, _ path: String) throws -> Checkpoint {
    do throws(CheckpointError) {
      return try store.load()
    } catch {
      guard case .damaged(_, let reason, let step?) = error else { throw CommandError(error) }
      throw CommandError.failure(
        "the checkpoint \(path) is damaged: \(reason); the one before it, of step \(step), is "
          + "whole: go on from it with --resume-from-previous")
    }
  }

  private func previous(_ store: CheckpointStore) throws -> Checkpoint {
    do throws(CheckpointError) {
      return try store.loadPrevious()
    } catch {
      guard let last = try? store.load() else { throw CommandError(error) }
      let reason =
        if case .damaged(let path, let reason, _) = error {
          "the checkpoint \(path) is damaged: \(reason)"
        } else {
          "\(store.previousPath) cannot be used"
        }
      throw CommandError.failure(
        "\(reason); the one after it, of step \(last.progress.step), is whole: go on from it with "
          + "--resume")
    }
  }

  /// What the options ask for, or the checkpoint where they say nothing.
  private func recipe(from checkpoint: Checkpoint?) throws -> TrainingRecipe {
    var recipe: TrainingRecipe
    if let checkpoint {
      guard let saved = TrainingRecipe(checkpoint.configuration) else {
        throw CommandError.otherProgram(checkpoint)
      }
      recipe = saved
    } else {
      recipe = TrainingRecipe(
        network: network.network ?? .mlp, normalization: network.norm ?? .batch,
        optimizer: steps.optimizer ?? .sgd)
    }
    network.change(&recipe)
    course.change(&recipe.configuration)
    steps.change(&recipe)
    // The place of files is no matter of the run: they are compared by what is in them.
    let savedDirectory = recipe.dataDirectory
    data.change(&recipe)
    if let interval = files.checkpointEvery { recipe.configuration.checkpointInterval = interval }
    if let checkpoint {
      var compared = recipe
      compared.dataDirectory = savedDirectory
      try checkpoint.check(against: compared)
    } else {
      let given = steps.given + (network.layers == nil ? [] : ["--layers"])
      try recipe.check(given: Set(given))
    }
    return recipe
  }
}

extension Checkpoint {
  /// Where it was read from.
  var path: String { network.path }

  /// The texts of the details that do not come from options.
  var fingerprint: String { configuration.details[TrainingRecipe.Detail.fingerprint] ?? "" }
  /// How the run computed at first.
  var execution: (threads: String, instructions: String) {
    (
      configuration.details[TrainingRecipe.Detail.threads] ?? "",
      configuration.details[TrainingRecipe.Detail.instructions] ?? ""
    )
  }

  /// Refuses a recipe that contradicts the checkpoint's, before anything is loaded for it.
  func check(against recipe: TrainingRecipe) throws(CommandError) {
    let wanted = recipe.complete(fingerprint: fingerprint, execution: execution)
    let differences = configuration.differences(from: wanted)
    guard differences.isEmpty else {
      throw CommandError(
        CheckpointError.otherRun(path: path, differences: differences.map(TrainingRecipe.named)))
    }
  }
}
