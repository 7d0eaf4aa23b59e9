public import Normalization

/// A network by name, for inputs of any size that it can take.
public enum NetworkArchitecture: String, CaseIterable, Codable, Sendable {
  /// Fully connected hidden layers, by default the paper's three of 100 units.
  case mlp
  /// Two convolutions and three fully connected layers, after LeCun et al. 1998 (LeNet-5), with maxima and the
  /// activation of the options.
  case lenet
  /// Eight convolutions of 3x3 in pairs, a maximum after each pair, after Simonyan and Zisserman 2014 (arXiv:1409.1556):
  /// 32, 64, 128 and 256 channels.
  case vggSmall = "vgg-small"
  /// A residual network of 8 layers: one block a stage.
  case resnet8 = "resnet-8"
  /// A residual network of 14 layers: two blocks a stage.
  case resnet14 = "resnet-14"
  /// The residual network of 20 layers of He et al. 2015 (arXiv:1512.03385), section 4.2: three blocks a stage of 16, 32
  /// and 64 channels; shortcuts that change the shape are 1x1 convolutions.
  case resnet20 = "resnet-20"
  /// A residual network of 32 layers: five blocks a stage.
  case resnet32 = "resnet-32"

  /// Whether it takes images, [height, width, channels]; others take any samples as features.
  public var takesImages: Bool { self != .mlp }

  /// Makes the network with its initial weights.
  ///
  /// - Parameters:
  ///   - sampleShape: the shape of a sample, [features] or [height, width, channels].
  ///   - classCount: the number of outputs.
  ///   - options: what networks differ in.
  /// - Throws: ``ArchitectureError`` for samples that the network cannot take, or a normalization that it cannot have.
  public func network(
    sampleShape: [Int], classCount: Int, options: NetworkOptions = NetworkOptions()
  ) throws(ArchitectureError) -> Sequential<Float> {
    var builder = NetworkBuilder(options)
    guard takesImages else {
      guard options.normalization != .instance else {
        throw .noPositions(architecture: self)
      }
      builder.addHiddenLayers(sampleShape: sampleShape, classCount: classCount)
      return builder.network
    }
    guard sampleShape.count == 3 else {
      throw .noImages(architecture: self, sampleShape: sampleShape)
    }
    let least = leastExtent(options.normalization)
    guard sampleShape[0] >= least, sampleShape[1] >= least else {
      throw .tooSmall(architecture: self, least: least, sampleShape: sampleShape)
    }
    switch self {
    case .mlp: break
    case .lenet: builder.addLeNet(sampleShape: sampleShape, classCount: classCount)
    case .vggSmall: builder.addVGG(sampleShape: sampleShape, classCount: classCount)
    case .resnet8: builder.addResNet(1, sampleShape: sampleShape, classCount: classCount)
    case .resnet14: builder.addResNet(2, sampleShape: sampleShape, classCount: classCount)
    case .resnet20: builder.addResNet(3, sampleShape: sampleShape, classCount: classCount)
    case .resnet32: builder.addResNet(5, sampleShape: sampleShape, classCount: classCount)
    }
    return builder.network
  }

  /// Halved as often as the network does there is one position left, and for instance normalization more than one.
  private func leastExtent(_ normalization: NetworkNormalization) -> Int {
    switch self {
    case .mlp: 1
    case .lenet: 8
    case .vggSmall: normalization == .instance ? 16 : 8
    case .resnet8, .resnet14, .resnet20, .resnet32: normalization == .instance ? 8 : 4
    }
  }
}

/// What networks of one architecture differ in.
public struct NetworkOptions: Equatable, Codable, Sendable {
  /// How layers are normalised.
  public var normalization = NetworkNormalization.batch
  /// Where they are.
  public var placement = NormalizationPlacement.before
  /// What follows each layer. Residual networks have ReLU.
  public var activation = ActivationKind.relu
  /// The widths of an MLP's hidden layers.
  public var hiddenWidths = [100, 100, 100]
  /// Standard deviation of the initial weights; nil: that of He et al. 2015 (arXiv:1502.01852), sqrt(2 / products of a
  /// sum), and sqrt(1 / products) for the last layer.
  public var initialDeviation: Double?
  /// Seed of the initial weights. Every linear layer draws them from a stream of its own, so that networks with and
  /// without normalization start from the same ones.
  public var seed: UInt64 = 1
  /// Threads and instructions; no part of what is saved.
  public var execution = Execution.automatic

  private enum CodingKeys: String, CodingKey {
    case normalization, placement, activation, hiddenWidths, initialDeviation, seed
  }

  /// Batch normalization before ReLU.
  public init() {}
}

/// Why a network cannot be made.
public enum ArchitectureError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The network takes images, and the samples are none.
  case noImages(architecture: NetworkArchitecture, sampleShape: [Int])
  /// The images are too small to be halved as often as the network does.
  case tooSmall(architecture: NetworkArchitecture, least: Int, sampleShape: [Int])
  /// Instance normalization of features, which have no positions.
  case noPositions(architecture: NetworkArchitecture)

  /// What is wrong and what to do.
  public var description: String {
    switch self {
    case .noImages(let architecture, let shape):
      """
      \(architecture.rawValue) takes images [height, width, channels], but the samples have the shape \
      \(shape); use mlp, or a data set of images
      """
    case .tooSmall(let architecture, let least, let shape):
      """
      \(architecture.rawValue) needs images of at least \(least)x\(least), but these are \
      \(shape[0])x\(shape[1]); use another network
      """
    case .noPositions(let architecture):
      """
      instance normalization needs positions to normalise over, but the layers of \
      \(architecture.rawValue) have none; use layer, or a network for images
      """
    }
  }
}
