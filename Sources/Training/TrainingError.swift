public import Datasets
public import Normalization

/// Why a step of training, or an evaluation, did not take place.
public enum TrainingError: Error, Equatable, Sendable {
  /// A layer refused the batch.
  case refused(NormalizationError)
  /// The samples could not be read.
  case unreadable(DatasetFileError)
}

extension TrainingError: CustomStringConvertible {
  /// What is wrong and what to do.
  public var description: String {
    switch self {
    case .refused(let error): "\(error)"
    case .unreadable(let error): "\(error)"
    }
  }
}
