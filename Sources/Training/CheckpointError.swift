public import NeuralNetworks
public import TensorFiles

/// Why a checkpoint was not written, or not used. A run that asked for one is as it was.
public enum CheckpointError: Error, Equatable, Sendable {
  /// There is neither a checkpoint at the path nor one before it.
  case notFound(path: String)
  /// The file is not as it was written. `previousStep` is the step of the one before it, where that is whole.
  case damaged(path: String, reason: String, previousStep: Int?)
  /// The file holds tensors, but is no checkpoint.
  case notACheckpoint(path: String)
  /// Another program trains with this checkpoint.
  case inUse(path: String)
  /// The format of the file is of another version.
  case otherVersion(path: String, found: String)
  /// The run that the checkpoint is of was another one; each text says one difference.
  case otherRun(path: String, differences: [String])
  /// The network's layers differ from those of the checkpoint.
  case otherNetwork(path: String, NetworkError)
  /// The optimiser's state is that of another optimiser.
  case otherOptimizer(path: String, OptimizerStateError)
  /// The system refused to read or write.
  case file(TensorFileError)

  /// What could not be read as tensors: the system's refusals as such, all else as damage.
  init(_ error: TensorFileError, path: String) {
    switch error {
    case .notFound: self = .notFound(path: path)
    case .isDirectory, .notARegularFile, .unreadable, .unwritable, .tooLarge: self = .file(error)
    default:
      // A sentence becomes a part of one.
      let sentence = "\(error)"
      let reason = sentence.hasSuffix(".") ? String(sentence.dropLast()) : sentence
      self = .damaged(path: path, reason: reason, previousStep: nil)
    }
  }
}

extension CheckpointError: CustomStringConvertible {
  /// What is wrong and what to do.
  public var description: String {
    switch self {
    case .notFound(let path):
      "there is no checkpoint at \(path); check the path, or begin the run anew"
    case .damaged(let path, let reason, let step):
      "the checkpoint \(path) is damaged: \(reason); "
        + (step.map {
          "the one before it, of step \($0), is whole: go on from \(CheckpointStore.previousPath(of: path))"
        } ?? "there is no whole one before it; begin the run anew")
    case .notACheckpoint(let path):
      "\(path) holds tensors, but is no checkpoint of a training run; check the path"
    case .inUse(let path):
      "another program is training with the checkpoint \(path); wait for its end, or name another file"
    case .otherVersion(let path, let found):
      """
      the checkpoint \(path) has version \(found) of the format, but this program reads \(Checkpoint.version); use \
      the program that wrote it
      """
    case .otherRun(let path, let differences):
      """
      the checkpoint \(path) is of another run: \(differences.joined(separator: "; ")); ask for the same run, or \
      begin one at another path
      """
    case .otherNetwork(let path, let error):
      "the checkpoint \(path) is of another network: \(error)"
    case .otherOptimizer(let path, let error):
      "the checkpoint \(path) is of another optimiser: \(error)"
    case .file(let error): "\(error)"
    }
  }
}
