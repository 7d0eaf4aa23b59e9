import Datasets
import Normalization

extension ExperimentData {
  /// The same with each pixel less its mean over the training set, over its deviation there. A pixel that is the same in
  /// all training images keeps its scale.
  func standardized() throws -> ExperimentData {
    let (count, width) = (training.count, training.featureCount)
    var mean = Array(repeating: 0.0, count: width)
    var deviation = mean
    let values = training.features.span
    for i in values.indices { mean[i % width] += Double(values[i]) / Double(count) }
    for i in values.indices {
      let distance = Double(values[i]) - mean[i % width]
      deviation[i % width] += distance * distance / Double(count)
    }
    for pixel in 0..<width {
      deviation[pixel] = deviation[pixel] > 1e-12 ? deviation[pixel].squareRoot() : 1
    }
    func standardized(_ set: ClassificationDataset) throws -> ClassificationDataset {
      let source = set.features.span
      let features = Tensor<Float>(unsafeUninitialized: set.features.shape) { target in
        for i in source.indices {
          target[i] = Float((Double(source[i]) - mean[i % width]) / deviation[i % width])
        }
      }
      return try ClassificationDataset(
        name: set.name, features: features, labels: set.labels, classNames: set.classNames
      ).shaped(sampleShape)
    }
    return ExperimentData(
      training: try standardized(training), test: try standardized(test), sampleShape: sampleShape)
  }
}
