public import NeuralNetworks
public import Normalization

/// Which normalization a network has.
public enum NetworkNormalization: String, CaseIterable, Codable, Sendable {
  /// None.
  case none
  /// Batch normalization of every hidden layer.
  case batch
}

/// Where a hidden layer is normalised.
public enum NormalizationPlacement: String, CaseIterable, Codable, Sendable {
  /// Between the linear part and the activation, as the paper has it.
  case before
  /// After the activation.
  case after
}

extension Comparison {
  /// What is compared, and how. A comparison is a function of this and the data.
  public struct Configuration: Equatable, Codable, Sendable {
    /// The name of the data set.
    public var dataset = "digits"
    /// The widths of the hidden layers.
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
    /// Standard deviation of the initial weights, normally distributed around 0.
    public var initialDeviation = 0.1
    /// Steps between two evaluations on the test set.
    public var evaluationInterval = 20

    /// The defaults: the first experiment of the paper (section 4.1), on the digits.
    public init() {}

    /// The network of one side.
    ///
    /// Linear layers draw their weights from streams of their own, so that networks with and without
    /// normalization start from the same ones.
    public func network(
      _ normalization: NetworkNormalization, featureCount: Int, classCount: Int,
      execution: Execution
    ) -> Sequential<Float> {
      var stages: [Sequential<Float>.Stage] = []
      func dense(_ index: Int, from inputCount: Int, to outputCount: Int) -> Dense<Float> {
        var generator = SeededGenerator(seed: seed, stream: UInt64(index + 1))
        return Dense(
          inputCount: inputCount, outputCount: outputCount, deviation: initialDeviation,
          using: &generator, execution: execution)
      }
      var width = featureCount
      for (index, next) in layers.enumerated() {
        let name = "hidden\(index + 1)"
        stages.append(.init(name, dense(index, from: width, to: next)))
        let activation = Sequential<Float>.Stage(
          "\(name).activation", Activation(activation))
        let norm = Sequential<Float>.Stage(
          "\(name).norm", BatchNorm<Float>(featureCount: next, execution: execution))
        switch (normalization, placement) {
        case (.none, _): stages += [activation]
        case (.batch, .before): stages += [norm, activation]
        case (.batch, .after): stages += [activation, norm]
        }
        width = next
      }
      stages.append(.init("output", dense(layers.count, from: width, to: classCount)))
      return Sequential(stages)
    }
  }
}
