public import Datasets
public import Normalization
public import TensorFiles

/// Why a training run or an evaluation did not go on. A run can be continued once the reason is gone.
public enum TrainingError: Error, Equatable, Sendable {
  /// A layer refused the batch.
  case refused(NormalizationError)
  /// The samples could not be read.
  case unreadable(DatasetFileError)
  /// A checkpoint was not written.
  case checkpoint(CheckpointError)
  /// The log was not written.
  case log(TensorFileError)
}

extension TrainingError: CustomStringConvertible {
  /// What is wrong and what to do.
  public var description: String {
    switch self {
    case .refused(let error): "\(error)"
    case .unreadable(let error): "\(error)"
    case .checkpoint(let error): "\(error)"
    case .log(let error): "\(error)"
    }
  }
}
