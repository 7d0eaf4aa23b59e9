public import Tensors

/// Images of known classes, in memory as bytes: a quarter of what numbers would take.
///
/// A batch gets its numbers when it is gathered; see ``PixelScaling``.
public struct ImageDataset: LabeledSamples, Equatable {
  /// What the data set is called in reports.
  public let name: String
  /// The pixels of all images: [count, height, width, channels], row-major.
  public let bytes: [UInt8]
  /// The shape of an image: [height, width, channels].
  public let imageShape: [Int]
  /// The class of each image, among the indices of ``classNames``.
  public let labels: [Int]
  /// The name of each class. A class may have no images, as after ``subset(_:name:)``.
  public let classNames: [String]
  /// How bytes become numbers.
  public let scaling: PixelScaling
  /// The shape of an image in batches: ``imageShape``, unless ``shaped(_:)`` gave another.
  public private(set) var sampleShape: [Int]

  /// What a black pixel is in a batch, for each channel.
  public var background: [Float] { scaling.black }

  /// Creates a data set from pixels and the class of each image.
  ///
  /// Shapes:
  /// - `bytes`: [count, height, width, channels].
  /// - `imageShape`: [height, width, channels], none of them 0.
  /// - `labels`: as many as images, each among `0..<classNames.count`.
  /// - `classNames`: at least two, all different.
  ///
  /// - Precondition: `imageShape` has three extents, `scaling` as many channels, and `bytes` are whole images.
  public init(
    name: String, bytes: [UInt8], imageShape: [Int], labels: [Int], classNames: [String],
    scaling: PixelScaling
  ) throws(DatasetError) {
    precondition(
      imageShape.count == 3 && imageShape.allSatisfy { $0 > 0 },
      "Images need a shape [height, width, channels] without zeros, but it is \(imageShape).")
    precondition(
      scaling.channelCount == imageShape[2],
      "The scaling is for \(scaling.channelCount) channels, but images have \(imageShape[2]).")
    let pixelCount = imageShape.reduce(1, *)
    precondition(
      bytes.count % pixelCount == 0,
      "Images have \(pixelCount) bytes, but there are \(bytes.count), no whole number of images.")
    let count = bytes.count / pixelCount
    guard count > 0 else { throw .empty(shape: [0] + imageShape) }
    guard labels.count == count else {
      throw .labelCountMismatch(expected: count, found: labels.count)
    }
    try DatasetError.check(classNames: classNames)
    for (row, label) in labels.enumerated() where !classNames.indices.contains(label) {
      throw .labelOutsideClasses(row: row + 1, label: label, classCount: classNames.count)
    }
    (self.name, self.bytes, self.imageShape) = (name, bytes, imageShape)
    (self.labels, self.classNames, self.scaling) = (labels, classNames, scaling)
    sampleShape = imageShape
  }

  /// A part of another set, whose images have been checked.
  private init(_ whole: ImageDataset, name: String, bytes: [UInt8], labels: [Int]) {
    (self.name, self.bytes, self.imageShape) = (name, bytes, whole.imageShape)
    (self.labels, self.classNames, self.scaling) = (labels, whole.classNames, whole.scaling)
    sampleShape = whole.sampleShape
  }

  /// Copies some images as numbers, in the order of `indices`: what a step of training works on.
  ///
  /// Shapes:
  /// - Result: `features` [indices, height, width, channels] (or the shape given to samples), `labels` one each.
  ///   An index may stand more than once.
  ///
  /// - Precondition: the indices are among `0..<count`.
  public func gather(_ indices: [Int]) -> (features: Tensor<Float>, labels: [Int]) {
    check(indices)
    let (width, channelCount) = (featureCount, imageShape[2])
    let features = Tensor<Float>(unsafeUninitialized: [indices.count] + sampleShape) { target in
      let (source, values) = (bytes.span, scaling.values.span)
      for (row, index) in indices.enumerated() {
        // The indices were checked above; a check of each element costs several times the look-up. An
        // image and the table of a channel stay in the first-level cache, so one channel follows another.
        let (to, from, end) = (row &* width, index &* width, index &* width &+ width)
        for channel in 0..<channelCount {
          let table = channel &* 256
          var (i, byte) = (to &+ channel, from &+ channel)
          while byte < end {
            target[unchecked: i] = values[unchecked: table &+ Int(source[unchecked: byte])]
            i &+= channelCount
            byte &+= channelCount
          }
        }
      }
    }
    return (features, indices.map { labels[$0] })
  }

  /// The data set of some images, in the order of `indices`, with the same classes.
  ///
  /// - Precondition: there is at least one index, and all are among `0..<count`.
  public func subset(_ indices: [Int], name: String? = nil) -> ImageDataset {
    precondition(
      !indices.isEmpty, "A subset of no images was asked for; a data set has at least one.")
    check(indices)
    let width = featureCount
    var part: [UInt8] = []
    part.reserveCapacity(indices.count * width)
    for index in indices { part += bytes[index * width..<(index + 1) * width] }
    return ImageDataset(
      self, name: name ?? self.name, bytes: part, labels: indices.map { labels[$0] })
  }

  /// The data set of the first images.
  ///
  /// - Precondition: `count` is among `1...self.count`.
  public func prefix(_ count: Int) -> ImageDataset {
    precondition(
      (1...self.count).contains(count),
      "\(count) images were asked for, but there are \(self.count).")
    return ImageDataset(
      self, name: name, bytes: Array(bytes[..<(count * featureCount)]),
      labels: Array(labels[..<count]))
  }

  /// The same images, which batches hold in another shape, such as [features] for a dense network.
  ///
  /// - Precondition: the shape asks for as many elements as an image has bytes.
  public func shaped(_ sampleShape: [Int]) -> ImageDataset {
    precondition(
      Tensor<Float>.count(of: sampleShape) == featureCount,
      "Images of \(featureCount) bytes cannot have the shape \(sampleShape).")
    var result = self
    result.sampleShape = sampleShape
    return result
  }

  private func check(_ indices: [Int]) {
    for index in indices {
      precondition(
        labels.indices.contains(index), "Image \(index) was asked for, but there are \(count).")
    }
  }
}
