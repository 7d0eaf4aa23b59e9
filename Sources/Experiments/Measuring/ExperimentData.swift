import Datasets
import Normalization
import Synchronization

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

  /// The articles of clothing: 60,000 images of 28 by 28 to train on, the first 1,000 of the others to test; pixels from
  /// 0 to 1, as those of the digits are.
  ///
  /// - Parameter directory: the folder of the files, or nil for that of Debian's package.
  static func fashionMNIST(_ directory: String?) throws -> ExperimentData {
    let sets = try FashionMNIST.load(directory: directory ?? FashionMNIST.defaultDirectory)
    func numbers(_ set: ImageDataset, _ count: Int) throws -> ClassificationDataset {
      let images = try ImageDataset(
        name: set.name, bytes: set.bytes, imageShape: set.imageShape, labels: set.labels,
        classNames: set.classNames, scaling: .unit(channelCount: 1))
      let (features, labels) = images.gather(Array(0..<min(count, images.count)))
      let width = images.imageShape.reduce(1, *)
      return try ClassificationDataset(
        name: set.name, features: features.reshaped(to: [labels.count, width]), labels: labels,
        classNames: set.classNames
      ).shaped(set.imageShape)
    }
    return ExperimentData(
      training: try numbers(sets.training, sets.training.count),
      test: try numbers(sets.test, 1000), sampleShape: sets.training.imageShape)
  }
}

/// What is made once, by the first thread that asks, and then shared.
final class Shared<Value: Sendable>: Sendable {
  private let content = Mutex<Value?>(nil)

  /// The value; where making it fails, the next to ask tries again.
  func value(_ make: () throws -> Value) throws -> Value {
    try content.withLock { content throws -> Value in
      if let content { return content }
      let value = try make()
      content = value
      return value
    }
  }
}
