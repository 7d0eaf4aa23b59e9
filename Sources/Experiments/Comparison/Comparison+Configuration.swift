public import NeuralNetworks
public import Normalization

extension Comparison {
  /// What is compared, and how. A comparison is a function of this and the data.
  public struct Configuration: Equatable, Codable, Sendable {
    /// The name of the data set.
    public var dataset = "digits"
    /// The network of both sides.
    public var network = NetworkArchitecture.mlp
    /// The widths of an MLP's hidden layers.
    public var layers = [100, 100, 100]
    /// The activation of the hidden layers.
    public var activation = ActivationKind.sigmoid
    /// The normalization of the first network.
    public var norm = NetworkNormalization.batch
    /// The normalization of the second network, the one to beat.
    public var against = NetworkNormalization.none
    /// Where hidden layers are normalised.
    public var placement = NormalizationPlacement.before
    /// Samples per step.
    public var batchSize = 60
    /// Step along the gradient.
    public var learningRate = 0.1
    /// Batches taken.
    public var steps = 10_000
    /// Seed of weights and batches.
    public var seed: UInt64 = 1
    /// Standard deviation of the initial weights, normally distributed around 0; nil: see
    /// `NetworkOptions.initialDeviation`.
    public var initialDeviation: Double? = 0.1
    /// Steps between two evaluations on the test set.
    public var evaluationInterval = 20

    /// The defaults: the first experiment of the paper (section 4.1), on the digits.
    public init() {}

    /// The network of one side, the same initial weights for both.
    ///
    /// - Throws: `ArchitectureError` for samples or a normalization that the architecture cannot have.
    public func network(
      _ normalization: NetworkNormalization, sampleShape: [Int], classCount: Int,
      execution: Execution
    ) throws(ArchitectureError) -> Sequential<Float> {
      var options = NetworkOptions()
      options.normalization = normalization
      options.placement = placement
      options.activation = activation
      options.hiddenWidths = layers
      options.initialDeviation = initialDeviation
      options.seed = seed
      options.execution = execution
      return try network.network(
        sampleShape: sampleShape, classCount: classCount, options: options)
    }
  }
}
