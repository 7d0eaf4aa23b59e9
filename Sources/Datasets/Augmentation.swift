public import Tensors

/// Random changes of training images, so that a network sees each of them in many forms.
///
/// In this order: a shift by up to ``shift`` pixels along each axis, each distance equally likely, where the
/// data set's background moves in; a horizontal flip; contrast and brightness,
///
///     y = (x - m) * f + m + b        m: the mean of the image, after shift and flip
///                                    f uniform over 1 - contrast ..< 1 + contrast
///                                    b uniform over -brightness ..< brightness
///
/// and independent normal noise. They work on the numbers of a batch, so brightness and noise count in their
/// unit: standard deviations of the training set, where a data set is scaled by them. Results are not cut off.
///
/// What happens to an image depends on the seed, the step and its place in the batch alone, and not on what
/// else is switched on: a run that goes on from a checkpoint repeats it bit for bit.
public struct Augmentation: Hashable, Sendable {
  /// The most pixels that an image moves up, down, left or right.
  public let shift: Int
  /// How likely left and right are exchanged.
  public let flipProbability: Double
  /// The most that is added to or subtracted from all numbers of an image.
  public let brightness: Double
  /// The most that the factor of an image's distances from its mean differs from 1.
  public let contrast: Double
  /// The standard deviation of the noise that each number gets.
  public let noise: Double

  /// Leaves images as they are.
  public static let off = Augmentation()

  /// Creates augmentation; what is not named is switched off.
  ///
  /// - Precondition: `shift` is 0 or more, `flipProbability` and `contrast` are among 0...1, `brightness` and
  ///   `noise` are finite and not negative.
  public init(
    shift: Int = 0, flipProbability: Double = 0, brightness: Double = 0, contrast: Double = 0,
    noise: Double = 0
  ) {
    self.shift = shift
    self.flipProbability = flipProbability
    self.brightness = brightness
    self.contrast = contrast
    self.noise = noise
    if let problem { preconditionFailure(problem) }
  }

  /// What the values break, if anything.
  private var problem: String? {
    if shift < 0 { return "An image cannot be shifted by up to \(shift) pixels; use 0 or more." }
    if !(0...1).contains(flipProbability) {
      return "The probability of a flip is \(flipProbability), but has to be among 0...1."
    }
    if !(0...1).contains(contrast) {
      return "The change of contrast is \(contrast), but has to be among 0...1."
    }
    for (name, value) in [("brightness", brightness), ("noise", noise)]
    where !(value >= 0 && value.isFinite) {
      return "The \(name) is \(value), but has to be finite and 0 or more."
    }
    return nil
  }

  /// Changes the images of a batch.
  ///
  /// Shapes:
  /// - `batch`: [images, height, width, channels].
  /// - `background`: one number for each channel, or one for all.
  ///
  /// - Parameters:
  ///   - batch: the images.
  ///   - background: what moves in at the edges; see ``LabeledSamples/background``.
  ///   - seed: the seed of the run.
  ///   - step: the number of the batch in the run: each batch has its own.
  /// - Precondition: the shapes are as above and `step` is not negative.
  public func apply(
    to batch: inout Tensor<Float>, background: [Float], seed: UInt64, step: Int
  ) {
    precondition(
      batch.rank == 4,
      "Images [images, height, width, channels] can be augmented, but the shape is \(batch.shape).")
    precondition(
      background.count == 1 || background.count == batch.shape[3],
      "The background has \(background.count) channels, but the images have \(batch.shape[3]).")
    precondition(step >= 0, "The step is \(step); steps count from 0.")
    if self == .off { return }
    var mover = ImageMover(imageShape: Array(batch.shape.dropFirst()), background: background)
    let (imageCount, width) = (batch.shape[0], batch.shape.dropFirst().reduce(1, *))
    var pixels = batch.mutableSpan
    for image in 0..<imageCount {
      var generator = SeededGenerator(
        seed: seed, stream: RandomStream.augmentation(step: step, image: image))
      // All are drawn whether they are used or not, so that each has its place in the stream.
      let down = generator.number(below: 2 * shift + 1) - shift
      let right = generator.number(below: 2 * shift + 1) - shift
      let isFlipped = generator.uniform() < flipProbability
      let factor = Float(1 + contrast * (2 * generator.uniform() - 1))
      let offset = Float(brightness * (2 * generator.uniform() - 1))
      let range = image * width..<(image + 1) * width
      mover.move(&pixels, from: range.lowerBound, down: down, right: right, isFlipped: isFlipped)
      if contrast > 0 || brightness > 0 {
        Self.change(&pixels, in: range, contrast: factor, brightness: offset)
      }
      if noise > 0 {
        for i in range { pixels[i] += Float(noise * generator.normal()) }
      }
    }
  }

  private static func change(
    _ pixels: inout MutableSpan<Float>, in range: Range<Int>, contrast: Float, brightness: Float
  ) {
    var sum = 0.0
    for i in range { sum += Double(pixels[unchecked: i]) }
    let mean = Float(sum / Double(range.count))
    let base = mean + brightness
    for i in range { pixels[unchecked: i] = (pixels[unchecked: i] - mean) * contrast + base }
  }
}

extension Augmentation: Codable {
  private enum CodingKeys: String, CodingKey {
    case shift, flipProbability, brightness, contrast, noise
  }

  /// Reads augmentation; values out of range are errors, since they may come from a file.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    shift = try values.decode(Int.self, forKey: .shift)
    flipProbability = try values.decode(Double.self, forKey: .flipProbability)
    brightness = try values.decode(Double.self, forKey: .brightness)
    contrast = try values.decode(Double.self, forKey: .contrast)
    noise = try values.decode(Double.self, forKey: .noise)
    if let problem {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: problem))
    }
  }
}
