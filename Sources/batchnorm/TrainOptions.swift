import ArgumentParser
import Datasets
import NeuralNetworks
import Normalization
import Training

// The options of `train`, in groups. What is not given is nil, so that a run which goes on takes it from its checkpoint.

/// What is trained on.
struct DataOptions: ParsableArguments {
  @Option(
    help: """
      digits, fashion-mnist, mnist, cifar-10, a .csv file, or a folder of .npy files. (default: digits)
      """)
  var dataset: String?
  @Option(
    help: ArgumentHelp(
      "The folder that holds the files of fashion-mnist, mnist or cifar-10.", valueName: "folder"))
  var dataDir: String?
  @Option(help: ArgumentHelp("The column of a CSV file that holds the classes.", valueName: "name"))
  var label: String?
  @Option(
    help: ArgumentHelp(
      "Change images at random: shift=2,flip=0.5,brightness=0.1,contrast=0.1,noise=0.05, or some.",
      valueName: "changes"), transform: Augmentation.init(parsing:))
  var augment: Augmentation?

  func change(_ recipe: inout TrainingRecipe) {
    if let dataset { recipe.dataset = dataset }
    if let label { recipe.labelColumn = label }
    if let dataDir { recipe.dataDirectory = dataDir }
    if let augment { recipe.augmentation = augment }
  }
}

/// Refuses what names no data set, and options that it has no use for.
@discardableResult
func checkDataset(
  _ dataset: String, label: String?, dataDirectory: String?
) throws -> DatasetSource {
  let source: DatasetSource
  do {
    source = try DatasetSource(dataset)
  } catch {
    throw ValidationError("\(error)")
  }
  try require(
    label == nil || source.isTable, "--label is for CSV files, but the data set is \(dataset)")
  try require(
    dataDirectory == nil || source.usesDataDirectory,
    "--data-dir is for fashion-mnist, mnist and cifar-10, but the data set is \(dataset)")
  return source
}

extension DatasetSource {
  /// Whether samples are rows of numbers.
  var isTable: Bool {
    guard case .csv = self else { return false }
    return true
  }
}

/// What is trained.
struct NetworkChoice: ParsableArguments {
  @Option(help: "The network; all but mlp are for images. (default: mlp)")
  var network: NetworkArchitecture?
  @Option(
    help: "Widths of the hidden layers of an mlp. (default: 100,100,100)",
    transform: LayerWidths.init(parsing:))
  var layers: LayerWidths?
  @Option(help: "How layers are normalised. (default: batch)")
  var norm: NetworkNormalization?
  @Option(help: "Normalise before or after the activation. (default: before)")
  var placement: NormalizationPlacement?
  @Option(help: "Activation. (default: relu)")
  var activation: ActivationKind?
  @Option(
    parsing: .unconditional,
    help: """
      Standard deviation of the initial weights. (default: that of He et al. 2015 for each layer)
      """)
  var initialDeviation: Double?

  func validate() throws {
    try require(
      initialDeviation.map { $0 >= 0 && $0.isFinite } ?? true,
      "--initial-deviation must be a number from 0 up, but is \(initialDeviation ?? 0)")
  }

  func change(_ recipe: inout TrainingRecipe) {
    if let network { recipe.network = network }
    if let layers { recipe.options.hiddenWidths = layers.values }
    if let norm { recipe.options.normalization = norm }
    if let placement { recipe.options.placement = placement }
    if let activation { recipe.options.activation = activation }
    if let initialDeviation { recipe.options.initialDeviation = initialDeviation }
  }
}

/// How long, and with which batches.
struct CourseOptions: ParsableArguments {
  @Option(parsing: .unconditional, help: "Passes over the training set. (default: 20)")
  var epochs: Int?
  @Option(parsing: .unconditional, help: "Steps, instead of epochs.")
  var steps: Int?
  @Option(parsing: .unconditional, help: "Samples per step. (default: 128)")
  var batchSize: Int?
  @Option(
    parsing: .unconditional,
    help: "Parts of a batch that are in work at a time; statistics are those of the whole.")
  var parts: Int?
  @Option(
    parsing: .unconditional, help: "Seed of weights, batches and changes of images. (default: 1)")
  var seed: UInt64?
  @Option(
    parsing: .unconditional, help: "Steps between two evaluations. (default: those of an epoch)")
  var evaluateEvery: Int?
  @Option(
    parsing: .unconditional, help: "Stop after so many evaluations in a row that were not better.")
  var patience: Int?

  func validate() throws {
    try require(
      epochs == nil || steps == nil, "--epochs and --steps exclude each other; give one")
    let counts = [
      ("--steps", steps), ("--batch-size", batchSize), ("--parts", parts),
      ("--evaluate-every", evaluateEvery), ("--patience", patience),
    ]
    for (name, value) in counts { try requireCount(name, value) }
    try require(
      (1...1_000_000).contains(epochs ?? 1),
      "--epochs must be from 1 to 1000000, but is \(epochs ?? 1)")
  }

  func change(_ configuration: inout TrainingConfiguration) {
    if let epochs { configuration.length = .epochs(epochs) }
    if let steps { configuration.length = .steps(steps) }
    if let batchSize { configuration.batchSize = batchSize }
    if let parts { configuration.partCount = parts }
    if let seed { configuration.seed = seed }
    if let evaluateEvery { configuration.evaluationInterval = evaluateEvery }
    if let patience { configuration.patience = patience }
  }
}
