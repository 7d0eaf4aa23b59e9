public import Tensors

/// Samples with numeric features, each of one class.
///
/// A data set is never empty, its features are finite, and its labels are classes: the initialisers
/// check it, so that nothing that trains on the set has to.
public struct ClassificationDataset: Equatable, Sendable {
  /// What the data set is called in reports.
  public let name: String
  /// One row a sample, [samples, features].
  public let features: Tensor<Float>
  /// The class of each sample, among 0..<classCount.
  public let labels: [Int]
  /// The name of each class. A class may have no samples, as after `subset`.
  public let classNames: [String]

  /// The shape of a sample in batches: [features], unless ``shaped(_:)`` gave another.
  public private(set) var sampleShape: [Int]

  /// The number of samples.
  public var count: Int { labels.count }
  /// The number of features of each sample.
  public var featureCount: Int { features.shape[1] }
  /// The number of classes.
  public var classCount: Int { classNames.count }

  /// The number of samples of each class.
  public var classCounts: [Int] {
    var counts = [Int](repeating: 0, count: classCount)
    for label in labels { counts[label] += 1 }
    return counts
  }

  /// Creates a data set from a matrix of features and the class of each row.
  ///
  /// Shapes:
  /// - `features`: [samples, features], neither of them 0; every element finite.
  /// - `labels`: as many as samples, each among `0..<classNames.count`.
  /// - `classNames`: at least two, all different.
  public init(
    name: String, features: Tensor<Float>, labels: [Int], classNames: [String]
  ) throws(DatasetError) {
    guard features.rank == 2 else { throw .notMatrix(shape: features.shape) }
    guard features.count > 0 else { throw .empty(shape: features.shape) }
    guard labels.count == features.shape[0] else {
      throw .labelCountMismatch(expected: features.shape[0], found: labels.count)
    }
    try DatasetError.check(classNames: classNames)
    for (row, label) in labels.enumerated() where !classNames.indices.contains(label) {
      throw .labelOutsideClasses(row: row + 1, label: label, classCount: classNames.count)
    }
    let (elements, width) = (features.span, features.shape[1])
    for i in elements.indices where !elements[i].isFinite {
      throw .nonFiniteFeature(row: i / width + 1, column: i % width + 1, value: "\(elements[i])")
    }
    self.init(name: name, checked: features, labels: labels, classNames: classNames)
  }

  /// Creates a data set whose parts are known to fit together.
  init(name: String, checked features: Tensor<Float>, labels: [Int], classNames: [String]) {
    self.name = name
    self.features = features
    self.labels = labels
    self.classNames = classNames
    sampleShape = [features.shape[1]]
  }

  /// The same samples, whose features batches hold in another shape, such as [height, width, channels] of images.
  ///
  /// - Precondition: the shape asks for as many elements as a sample has features.
  public func shaped(_ sampleShape: [Int]) -> ClassificationDataset {
    precondition(
      Tensor<Float>.count(of: sampleShape) == featureCount,
      "Samples of \(featureCount) features cannot have the shape \(sampleShape).")
    var result = self
    result.sampleShape = sampleShape
    return result
  }

  /// Copies some samples, in the order of `indices`: what a step of training works on.
  ///
  /// Shapes:
  /// - Result: `features` [indices, features] (or the shape given to samples), `labels` one each. An index may stand more than once.
  ///
  /// - Precondition: the indices are among `0..<count`.
  public func gather(_ indices: [Int]) -> (features: Tensor<Float>, labels: [Int]) {
    for index in indices {
      precondition(
        labels.indices.contains(index), "Sample \(index) was asked for, but there are \(count).")
    }
    let width = featureCount
    let gathered = Tensor<Float>(unsafeUninitialized: [indices.count] + sampleShape) { target in
      let source = features.span
      for (row, index) in indices.enumerated() {
        // The rows were checked above. Checks on each element, overflow of the sums included, keep
        // the loop from using vectors: 25 instead of 2.9 us for 60 rows of 784 (AMD EPYC, AVX-512).
        let (to, from) = (row * width, index * width)
        for i in 0..<width { target[unchecked: to &+ i] = source[unchecked: from &+ i] }
      }
    }
    return (gathered, indices.map { labels[$0] })
  }

  /// The data set of some samples, in the order of `indices`, with the same classes.
  ///
  /// - Precondition: there is at least one index, and all are among `0..<count`.
  public func subset(_ indices: [Int], name: String? = nil) -> ClassificationDataset {
    precondition(
      !indices.isEmpty, "A subset of no samples was asked for; a data set has at least one.")
    let (features, labels) = gather(indices)
    let matrix = features.reshaped(to: [indices.count, featureCount])
    return ClassificationDataset(
      name: name ?? self.name, checked: matrix, labels: labels, classNames: classNames
    ).shaped(sampleShape)
  }
}
