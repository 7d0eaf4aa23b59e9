import Datasets
import NeuralNetworks
import Normalization
import Training

/// Everything that decides what a training run computes, as options or a checkpoint say it.
struct TrainingRecipe: Equatable {
  /// As a person names it: see `DatasetSource`.
  var dataset = "digits"
  var labelColumn: String?
  var dataDirectory: String?
  var network: NetworkArchitecture
  /// What the network is made with; its seed is the run's.
  var options = NetworkOptions()
  var augmentation = Augmentation.off
  /// Everything else; what is above stands in its details too.
  var configuration = TrainingConfiguration()

  /// What is used where nothing is said: SGD with Nesterov's momentum down half a cosine.
  init(
    network: NetworkArchitecture = .mlp, normalization: NetworkNormalization = .batch,
    optimizer: OptimizerPlan.Kind = .sgd
  ) {
    self.network = network
    options.normalization = normalization
    configuration.length = .epochs(20)
    configuration.batchSize = 128
    configuration.optimizer.kind = optimizer
    configuration.learningRate.kind = .cosine
    switch optimizer {
    case .sgd:
      configuration.optimizer.momentum = 0.9
      configuration.optimizer.isNesterov = true
      configuration.optimizer.weightDecay = 5e-4
      configuration.learningRate.initial = normalization == .none ? 0.01 : 0.1
    case .adam:
      configuration.learningRate.initial = 0.001
    case .adamw:
      configuration.optimizer.weightDecay = 0.01
      configuration.learningRate.initial = 0.001
    }
  }

  /// Of the labels, 0 for none.
  var smoothing: Double {
    get {
      guard case .crossEntropy(let smoothing) = configuration.loss else { return 0 }
      return smoothing
    }
    set { configuration.loss = .crossEntropy(smoothing: newValue) }
  }

  /// Loads the samples to train on and those to test with.
  func loadData() throws(DatasetFileError) -> (
    training: any LabeledSamples, test: any LabeledSamples
  ) {
    try DatasetSource(dataset).load(dataDirectory: dataDirectory, labelColumn: labelColumn)
  }

  /// The network with its initial weights.
  func makeNetwork(
    sampleShape: [Int], classCount: Int, execution: Execution
  ) throws(ArchitectureError) -> Sequential<Float> {
    var options = options
    options.seed = configuration.seed
    options.execution = execution
    return try network.network(
      sampleShape: sampleShape, classCount: classCount, options: options)
  }

  /// What changes a batch of images, or nil for nothing.
  func makeAugmentation(background: [Float]) -> TrainingRun.Augmentation? {
    guard augmentation != .off else { return nil }
    let (augmentation, seed) = (augmentation, configuration.seed)
    return { batch, step in
      augmentation.apply(to: &batch, background: background, seed: seed, step: step)
    }
  }
}

// In a checkpoint the recipe is the configuration, whose details hold texts by the names of options.
extension TrainingRecipe {
  /// The names of texts that are no options.
  enum Detail {
    static let fingerprint = "fingerprint"
    static let threads = "threads"
    static let instructions = "instructions"
  }

  /// The configuration with everything in its details.
  ///
  /// - Parameters:
  ///   - fingerprint: that of the data.
  ///   - execution: how the run computes, or began to.
  func complete(fingerprint: String, execution: (threads: String, instructions: String))
    -> TrainingConfiguration
  {
    var details = [
      "dataset": dataset, "network": network.rawValue, "norm": options.normalization.rawValue,
      "placement": options.placement.rawValue, "activation": options.activation.rawValue,
      Detail.fingerprint: fingerprint, Detail.threads: execution.threads,
      Detail.instructions: execution.instructions,
    ]
    details["label"] = labelColumn
    details["data-dir"] = dataDirectory
    if network == .mlp { details["layers"] = LayerWidths(options.hiddenWidths).description }
    details["initial-deviation"] = options.initialDeviation.map { "\($0)" }
    if augmentation != .off { details["augment"] = augmentation.text }
    var configuration = configuration
    configuration.details = details
    return configuration
  }

  /// The recipe that a checkpoint's configuration holds, or nil where it is of another program.
  init?(_ configuration: TrainingConfiguration) {
    let details = configuration.details
    guard let dataset = details["dataset"],
      let network = details["network"].flatMap(NetworkArchitecture.init(rawValue:)),
      let normalization = details["norm"].flatMap(NetworkNormalization.init(rawValue:)),
      let placement = details["placement"].flatMap(NormalizationPlacement.init(rawValue:)),
      let activation = details["activation"].flatMap(ActivationKind.init(rawValue:))
    else { return nil }
    self.init(network: network, normalization: normalization)
    self.dataset = dataset
    labelColumn = details["label"]
    dataDirectory = details["data-dir"]
    options.placement = placement
    options.activation = activation
    if let text = details["layers"] {
      guard let widths = try? LayerWidths(parsing: text) else { return nil }
      options.hiddenWidths = widths.values
    }
    options.initialDeviation = details["initial-deviation"].flatMap { Double($0) }
    if let text = details["augment"] {
      guard let augmentation = try? Augmentation(parsing: text) else { return nil }
      self.augmentation = augmentation
    }
    self.configuration = configuration
  }
}
