/// Where the convolutional networks of oneDNN's benchmarks have batch normalization, for images of 224 x 224.
///
/// He et al. 2016, arXiv:1512.03385, table 1 (50 layers; with the stride in the 3 x 3 convolutions, as most libraries
/// have it, three shapes more); Szegedy et al. 2015, arXiv:1409.4842, table 1 (a normalization after each convolution,
/// auxiliary heads included); Huang et al. 2017, arXiv:1608.06993, table 1 (121 layers).
enum Architecture: String, CaseIterable, Sendable {
  case resNet50 = "ResNet-50"
  case googLeNet = "GoogLeNet"
  case denseNet121 = "DenseNet-121"

  /// Height and width, and the numbers of channels there.
  private var levels: [(extent: Int, channels: [Int])] {
    func steps(_ first: Int, _ last: Int) -> [Int] {
      Array(stride(from: first, through: last, by: 32))
    }
    return switch self {
    case .resNet50:
      [
        (112, [64]), (56, [64, 128, 256]), (28, [128, 256, 512]), (14, [256, 512, 1024]),
        (7, [512, 2048]),
      ]
    case .googLeNet:
      [
        (112, [64]), (56, [64, 192]), (28, [16, 32, 64, 96, 128, 192]),
        (14, [16, 24, 32, 48, 64, 96, 112, 128, 144, 160, 192, 208, 224, 256, 288, 320]),
        (7, [32, 48, 128, 160, 192, 256, 320, 384]), (4, [128]),
      ]
    case .denseNet121:
      [
        (112, [64]), (56, [64] + steps(96, 256)), (28, steps(128, 512)),
        (14, [128] + steps(256, 1024)), (7, [128] + steps(512, 1024)),
      ]
    }
  }

  /// The shapes, each once.
  var images: [ImageShape] {
    levels.flatMap { level in
      level.channels.map { ImageShape(channels: $0, extent: level.extent) }
    }
  }
}

/// The shape of a feature map: so many channels of `extent` x `extent`.
struct ImageShape: Hashable, Sendable, CustomStringConvertible {
  var channels: Int
  var extent: Int

  var description: String { "[\(channels), \(extent), \(extent)]" }

  /// The number of positions.
  var area: Int { extent * extent }
}

/// On which axis the channels of a feature map lie.
enum ImageLayout: String, CaseIterable, Sendable {
  case channelsFirst = "channels first"
  case channelsLast = "channels last"

  var axis: Int { self == .channelsFirst ? 1 : -1 }

  func shape(_ image: ImageShape, samples: Int) -> [Int] {
    switch self {
    case .channelsFirst: [samples, image.channels, image.extent, image.extent]
    case .channelsLast: [samples, image.extent, image.extent, image.channels]
    }
  }
}
