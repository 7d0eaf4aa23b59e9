import Datasets
import NeuralNetworks
import Training

extension TrainingRecipe {
  /// Refuses what contradicts itself, and options that have no effect on what was chosen.
  ///
  /// - Parameter given: the names of options that were given.
  func check(given: Set<String>) throws {
    let source = try checkDataset(dataset, label: labelColumn, dataDirectory: dataDirectory)
    try require(
      !source.isTable || augmentation == .off,
      "--augment changes images, but \(dataset) is a table")
    try network.checkOptions(
      hasLayers: given.contains("--layers"), activation: options.activation,
      placement: options.placement)
    let optimizer = configuration.optimizer
    if optimizer.kind != .sgd {
      for name in ["--momentum", "--nesterov"] {
        try require(
          !given.contains(name),
          "\(name) is for --optimizer sgd, but the optimizer is \(optimizer.kind.rawValue)")
      }
    }
    try require(
      optimizer.momentum > 0 || !optimizer.isNesterov,
      "--nesterov needs a --momentum above 0, but it is 0")
    try checkSchedule(given)
    try require(
      configuration.partCount <= configuration.batchSize,
      "--parts must be from 1 to the batch size, \(configuration.batchSize), but is "
        + "\(configuration.partCount)")
  }

  private func checkSchedule(_ given: Set<String>) throws {
    let kind = configuration.learningRate.kind
    let users: [(name: String, kinds: [RatePlan.Kind])] = [
      ("--final-rate", [.cosine, .linear]), ("--rate-factor", [.step, .exponential]),
      ("--rate-every", [.step]),
    ]
    for (name, kinds) in users where given.contains(name) {
      try require(
        kinds.contains(kind),
        "\(name) is for --schedule \(kinds.map(\.rawValue).joined(separator: " and ")), but the "
          + "schedule is \(kind.rawValue)")
    }
    guard given.contains("--schedule") else { return }
    try require(
      kind != .step || given.contains("--rate-every"),
      "--schedule step needs --rate-every, the steps between two changes")
    try require(
      kind != .exponential || given.contains("--rate-factor"),
      "--schedule exponential needs --rate-factor, what the rate is multiplied by at each step, "
        + "such as 0.999")
  }

  /// The command that repeats the run from its beginning, every setting written out.
  var commandLine: String {
    var words = ["batchnorm train"]
    func add(_ name: String, _ value: (some Any)?) {
      if let value { words.append("\(name) \(quotedForShell("\(value)"))") }
    }
    add("--dataset", dataset)
    add("--label", labelColumn)
    add("--data-dir", dataDirectory)
    add("--network", network.rawValue)
    if network == .mlp { add("--layers", LayerWidths(options.hiddenWidths)) }
    add("--norm", options.normalization.rawValue)
    add("--placement", options.placement.rawValue)
    add("--activation", options.activation.rawValue)
    add("--initial-deviation", options.initialDeviation)
    add("--\(configuration.length.unit.rawValue)", configuration.length.count)
    add("--batch-size", configuration.batchSize)
    if configuration.partCount > 1 { add("--parts", configuration.partCount) }
    words += optimizerWords + rateWords
    if smoothing > 0 { add("--smoothing", smoothing) }
    if augmentation != .off { add("--augment", augmentation.text) }
    add("--evaluate-every", configuration.evaluationInterval)
    add("--patience", configuration.patience)
    add("--seed", configuration.seed)
    return words.joined(separator: " ")
  }

  private var optimizerWords: [String] {
    let optimizer = configuration.optimizer
    var words = ["--optimizer \(optimizer.kind.rawValue)"]
    if optimizer.kind == .sgd {
      words.append("--momentum \(optimizer.momentum)")
      words.append(optimizer.isNesterov ? "--nesterov" : "--no-nesterov")
    }
    words.append("--weight-decay \(optimizer.weightDecay)")
    if optimizer.decaysEverything { words.append("--decay-everything") }
    if case .norm(let limit) = configuration.clipping { words.append("--clip \(limit)") }
    return words
  }

  private var rateWords: [String] {
    let rate = configuration.learningRate
    var words = ["--learning-rate \(rate.initial)", "--schedule \(rate.kind.rawValue)"]
    switch rate.kind {
    case .constant: break
    case .step: words += ["--rate-factor \(rate.factor)", "--rate-every \(rate.interval)"]
    case .exponential: words.append("--rate-factor \(rate.factor)")
    case .cosine, .linear: if rate.final > 0 { words.append("--final-rate \(rate.final)") }
    }
    if rate.warmUpSteps > 0 { words.append("--warm-up \(rate.warmUpSteps)") }
    return words
  }
}

extension NetworkArchitecture {
  /// Residual networks are made with ReLU after the normalization.
  var isResidual: Bool {
    switch self {
    case .mlp, .lenet, .vggSmall: false
    case .resnet8, .resnet14, .resnet20, .resnet32: true
    }
  }

  /// Refuses options that have no effect on the network.
  func checkOptions(
    hasLayers: Bool, activation: ActivationKind, placement: NormalizationPlacement
  ) throws {
    try require(
      self == .mlp || !hasLayers, "--layers is for --network mlp, but the network is \(rawValue)")
    try require(
      !isResidual || activation == .relu,
      "--network \(rawValue) has ReLU, but --activation is \(activation.rawValue); leave it out")
    try require(
      !isResidual || placement == .before,
      "--network \(rawValue) normalises before ReLU, but --placement is \(placement.rawValue); "
        + "leave it out")
  }
}

// What an error about a checkpoint calls the parts of a configuration: the options that set them.
extension TrainingRecipe {
  /// A difference between configurations, "batchSize is 60 in the checkpoint, but 30 now", in terms of options.
  static func named(_ difference: String) -> String {
    guard let end = difference.firstIndex(of: " ") else { return difference }
    let path = String(difference[..<end])
    let name: String
    if path == "details.\(Detail.fingerprint)" {
      return "the samples are not those that the run began with"
    } else if path.hasPrefix("details.") {
      name = "--" + path.dropFirst("details.".count)
    } else if let option = optionNames[path] {
      name = option
    } else {
      return difference
    }
    return name + difference[end...]
  }

  private static let optionNames = [
    "length.unit": "the unit of --epochs or --steps", "length.count": "--epochs or --steps",
    "batchSize": "--batch-size",
    "loss": "the loss (--smoothing)", "partCount": "--parts", "seed": "--seed",
    "optimizer.kind": "--optimizer", "optimizer.momentum": "--momentum",
    "optimizer.isNesterov": "--nesterov", "optimizer.weightDecay": "--weight-decay",
    "optimizer.decaysEverything": "--decay-everything", "learningRate.kind": "--schedule",
    "learningRate.initial": "--learning-rate", "learningRate.final": "--final-rate",
    "learningRate.factor": "--rate-factor", "learningRate.interval": "--rate-every",
    "learningRate.warmUpSteps": "--warm-up", "clipping": "--clip",
    "evaluationInterval": "--evaluate-every", "patience": "--patience",
  ]
}
