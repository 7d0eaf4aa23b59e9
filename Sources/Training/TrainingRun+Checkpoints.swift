import Datasets
import NeuralNetworks
import TensorFiles
import Normalization

extension TrainingRun {
  /// All that the run needs to go on from here.
  public var checkpoint: Checkpoint {
    Checkpoint(
      configuration: configuration, progress: progress, data: .init(training),
      network: trainer.network.stateDictionary, optimizer: trainer.optimizer.stateDictionary)
  }

  /// Saves the run where it stands, unless it is saved already.
  ///
  /// - Returns: why the run has diverged, if it has; it is not saved then.
  mutating func save() throws(TrainingError) -> TrainingOutcome? {
    guard savedStep != progress.step else { return nil }
    if let name = trainer.network.parameters.first(where: { !isFinite($0.value) })?.info.name {
      return .diverged(step: progress.step, reason: "\(name) is no longer finite")
    }
    guard checkpoints != nil else { return nil }
    // First, so that a log is never behind a checkpoint.
    if let log { try wrap { () throws(TensorFileError) in try log.force() } }
    let current = checkpoint
    do throws(CheckpointError) {
      try checkpoints?.write(current)
    } catch {
      throw .checkpoint(error)
    }
    savedStep = progress.step
    return nil
  }

  /// Goes on from the last checkpoint of the run's place.
  ///
  /// - Throws: ``CheckpointError`` where there is none, or it is damaged or of another run; the run is then unchanged.
  /// - Precondition: the run has a place for checkpoints.
  public mutating func resume() throws(CheckpointError) {
    guard let checkpoints else {
      preconditionFailure("A run without a place for checkpoints has nothing to resume.")
    }
    try resume(from: try checkpoints.load())
  }

  /// Goes on from a checkpoint, such as ``CheckpointStore/loadPrevious()`` gives.
  ///
  /// - Throws: ``CheckpointError`` for a checkpoint of another configuration, network or data set; the run is then
  ///   unchanged.
  public mutating func resume(from checkpoint: Checkpoint) throws(CheckpointError) {
    let path = checkpoint.network.path
    var resumed = self
    let differences =
      checkpoint.configuration.differences(from: configuration)
      + Training.differences(checkpoint.data, Checkpoint.DataDescription(training)).map {
        "the training set's \($0)"
      }
    guard differences.isEmpty else { throw .otherRun(path: path, differences: differences) }
    do throws(NetworkError) {
      try resumed.trainer.network.load(checkpoint.network)
    } catch {
      throw .otherNetwork(path: path, error)
    }
    do throws(OptimizerStateError) {
      try resumed.trainer.optimizer.load(checkpoint.optimizer, for: resumed.trainer.network)
    } catch {
      throw .otherOptimizer(path: path, error)
    }
    do throws(DatasetError) {
      resumed.batches = try Batches(
        sampleCount: training.count, batchSize: configuration.batchSize,
        resumingAt: checkpoint.progress.place)
    } catch {
      throw .otherRun(path: path, differences: ["\(error)"])
    }
    resumed.progress = checkpoint.progress
    resumed.trainer.step = checkpoint.progress.step
    resumed.savedStep = checkpoint.progress.step
    self = resumed
  }
}

private func isFinite(_ tensor: Tensor<Float>) -> Bool {
  let elements = tensor.span
  for index in elements.indices where !elements[index].isFinite { return false }
  return true
}
