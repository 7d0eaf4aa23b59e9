import Datasets
import Normalization

extension ExperimentData {
  /// The digits with each pixel less its mean over the training set, over its deviation there. A pixel that is the same
  /// in all training images keeps its scale.
  static let standardizedDigits: ExperimentData = {
    let training = Digits.training.features
    let (count, width) = (training.shape[0], training.shape[1])
    var mean = Array(repeating: 0.0, count: width)
    var deviation = mean
    let values = training.span
    for i in values.indices { mean[i % width] += Double(values[i]) / Double(count) }
    for i in values.indices {
      let distance = Double(values[i]) - mean[i % width]
      deviation[i % width] += distance * distance / Double(count)
    }
    for pixel in 0..<width {
      deviation[pixel] = deviation[pixel] > 1e-12 ? deviation[pixel].squareRoot() : 1
    }
    func standardized(_ set: ClassificationDataset) -> ClassificationDataset {
      let source = set.features.span
      let features = Tensor<Float>(unsafeUninitialized: set.features.shape) { target in
        for i in source.indices {
          target[i] = Float((Double(source[i]) - mean[i % width]) / deviation[i % width])
        }
      }
      // Finite, of the same shape and labels as a set that was checked.
      return
        (try? ClassificationDataset(
          name: set.name, features: features, labels: set.labels, classNames: set.classNames))
        ?? set
    }
    return ExperimentData(
      training: standardized(Digits.training), test: standardized(Digits.test), sampleShape: [width]
    )
  }()
}
