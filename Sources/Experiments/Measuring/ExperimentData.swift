import Datasets
import Normalization

/// The samples of an experiment, in memory.
struct ExperimentData: Sendable {
  let training: ClassificationDataset
  let test: ClassificationDataset
  /// [features] or [height, width, channels].
  let sampleShape: [Int]

  var classCount: Int { training.classNames.count }

  /// The handwritten digits: 1,437 images of 8 by 8 to train on, 360 to test.
  static let digits = ExperimentData(
    training: Digits.training, test: Digits.test, sampleShape: [64])
}
