public import Tensors

/// Samples of known classes that can be gathered into batches: what classifiers are trained and tested on.
///
/// Where the samples are is the data set's matter: in memory as numbers or bytes, or in files.
public protocol LabeledSamples: Sendable {
  /// What the data set is called in reports.
  var name: String { get }
  /// The shape of a sample: [features], or [height, width, channels] of an image.
  var sampleShape: [Int] { get }
  /// The class of each sample, among the indices of ``classNames``.
  var labels: [Int] { get }
  /// The name of each class.
  var classNames: [String] { get }
  /// What an empty place of an image is in a batch, for each channel: black, after any normalisation. It is
  /// what ``Augmentation`` moves in at the edges. One number, 0, unless the data set says otherwise.
  var background: [Float] { get }

  /// Copies some samples, in the order of `indices`: what a step of training works on.
  ///
  /// Shapes:
  /// - Result: `features` [indices] and the sample's shape, `labels` one each. An index may stand more than once.
  ///
  /// - Throws: where the samples lie in files that can no longer be read.
  /// - Precondition: the indices are among `0..<count`.
  func gather(_ indices: [Int]) throws(DatasetFileError) -> (features: Tensor<Float>, labels: [Int])
}

extension LabeledSamples {
  /// One number for all channels: 0.
  public var background: [Float] { [0] }
  /// The number of samples.
  public var count: Int { labels.count }
  /// The number of classes.
  public var classCount: Int { classNames.count }
  /// The number of features of each sample.
  public var featureCount: Int { sampleShape.reduce(1, *) }
}

extension ClassificationDataset: LabeledSamples {}
