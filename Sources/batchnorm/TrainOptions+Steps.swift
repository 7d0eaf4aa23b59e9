public import ArgumentParser
public import NeuralNetworks
import TensorFiles
public import Training

/// How parameters move.
struct StepOptions: ParsableArguments {
  @Option(help: "(default: sgd)")
  var optimizer: OptimizerPlan.Kind?
  @Option(
    parsing: .unconditional,
    help: """
      Step along the gradient. (default: 0.1 for sgd, 0.01 without normalization; 0.001 for adam and adamw)
      """)
  var learningRate: Double?
  @Option(
    parsing: .unconditional, help: "The share of sgd's last step that goes on. (default: 0.9)")
  var momentum: Double?
  @Flag(inversion: .prefixedNo, help: "Nesterov's momentum. (default: with momentum)")
  var nesterov: Bool?
  @Option(
    parsing: .unconditional,
    help: "The pull of weights toward 0. (default: 0.0005 for sgd, 0 for adam, 0.01 for adamw)")
  var weightDecay: Double?
  @Flag(help: "Pull biases, scales and shifts too, as PyTorch does.")
  var decayEverything = false
  @Option(help: "The course of the learning rate. (default: cosine)")
  var schedule: RatePlan.Kind?
  @Option(parsing: .unconditional, help: "The last rate of cosine and linear. (default: 0)")
  var finalRate: Double?
  @Option(
    parsing: .unconditional, help: "What step and exponential multiply by. (default: 0.1 for step)")
  var rateFactor: Double?
  @Option(parsing: .unconditional, help: "Steps between two changes of the schedule step.")
  var rateEvery: Int?
  @Option(parsing: .unconditional, help: "Steps in which the rate rises at first. (default: 0)")
  var warmUp: Int?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Scale gradients down to this 2-norm of all of them.", valueName: "norm"))
  var clip: Double?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Label smoothing: the part of a label that all classes share. (default: 0)", valueName: "part"
    ))
  var smoothing: Double?

  func validate() throws {
    func check(_ name: String, _ value: Double?, _ range: String, _ isValid: (Double) -> Bool)
      throws
    {
      guard let value, !(isValid(value) && value.isFinite) else { return }
      throw ValidationError("\(name) must be a number \(range), but is \(value)")
    }
    try check("--learning-rate", learningRate, "above 0") { $0 > 0 }
    try check("--momentum", momentum, "from 0 to below 1") { (0..<1).contains($0) }
    try check("--weight-decay", weightDecay, "from 0 up") { $0 >= 0 }
    try check("--final-rate", finalRate, "from 0 up") { $0 >= 0 }
    try check("--rate-factor", rateFactor, "above 0") { $0 > 0 }
    try check("--clip", clip, "above 0") { $0 > 0 }
    try check("--smoothing", smoothing, "from 0 to below 1") { (0..<1).contains($0) }
    try requireCount("--rate-every", rateEvery)
    try requireCount("--warm-up", warmUp, from: 0)
  }

  /// The options whose use depends on others, as far as they were given.
  var given: [String] {
    let all: [(String, Bool)] = [
      ("--momentum", momentum != nil), ("--nesterov", nesterov == true),
      ("--schedule", schedule != nil), ("--final-rate", finalRate != nil),
      ("--rate-factor", rateFactor != nil), ("--rate-every", rateEvery != nil),
    ]
    return all.filter(\.1).map(\.0)
  }

  func change(_ recipe: inout TrainingRecipe) {
    if let smoothing { recipe.smoothing = smoothing }
    var (optimizer, rate) = (recipe.configuration.optimizer, recipe.configuration.learningRate)
    if let kind = self.optimizer { optimizer.kind = kind }
    if let momentum {
      optimizer.momentum = momentum
      if momentum == 0 { optimizer.isNesterov = false }
    }
    if let nesterov { optimizer.isNesterov = nesterov }
    if let weightDecay { optimizer.weightDecay = weightDecay }
    if decayEverything { optimizer.decaysEverything = true }
    if let schedule { rate.kind = schedule }
    if let learningRate { rate.initial = learningRate }
    if let finalRate { rate.final = finalRate }
    if let rateFactor { rate.factor = rateFactor }
    if let rateEvery { rate.interval = rateEvery }
    if let warmUp { rate.warmUpSteps = warmUp }
    if let clip { recipe.configuration.clipping = .norm(clip) }
    (recipe.configuration.optimizer, recipe.configuration.learningRate) = (optimizer, rate)
  }
}

/// What is written and read besides the data.
struct FileOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Save the run here, for --resume.", valueName: "file"))
  var checkpoint: String?
  @Option(
    parsing: .unconditional, help: "Steps between two checkpoints. (default: those of an epoch)")
  var checkpointEvery: Int?
  @Flag(help: "Go on from the checkpoint; options that were given before may be left out.")
  var resume = false
  @Flag(help: "Go on from the checkpoint before the last, where that is damaged.")
  var resumeFromPrevious = false
  @Option(help: ArgumentHelp("Write a line of JSON for every step.", valueName: "file"))
  var log: String?
  @Option(help: ArgumentHelp("Write the final weights, as .safetensors.", valueName: "file"))
  var export: String?
  @Option(
    help: ArgumentHelp("Write the weights before the first step, likewise.", valueName: "file"))
  var exportInitial: String?
  @Option(help: ArgumentHelp("Write settings and results as JSON.", valueName: "file"))
  var json: String?

  /// Whether a run goes on.
  var isResuming: Bool { resume || resumeFromPrevious }

  func validate() throws {
    try requireCount("--checkpoint-every", checkpointEvery)
    if checkpoint == nil {
      for (name, isGiven) in [
        ("--checkpoint-every", checkpointEvery != nil), ("--resume", resume),
        ("--resume-from-previous", resumeFromPrevious),
      ] {
        try require(!isGiven, "\(name) needs --checkpoint, the file that it is about")
      }
    }
    let files = [
      ("--checkpoint", checkpoint), ("--log", log), ("--export", export),
      ("--export-initial", exportInitial), ("--json", json),
    ]
    try checkPlaces(files)
    try require(
      exportInitial == nil || !isResuming,
      "--export-initial is for the first weights, which a run that goes on no longer has")
    for (name, path) in files where name.hasPrefix("--export") {
      try require(
        path?.hasSuffix(".safetensors") ?? true,
        "\(name) must end in .safetensors, but is '\(path ?? "")'")
    }
  }

  /// Refuses two options for one file, whatever they call it, and the names of files beside a checkpoint.
  private func checkPlaces(_ files: [(name: String, path: String?)]) throws {
    var owners: [String: String] = [:]
    for (name, path) in files {
      guard let path, !path.isEmpty else { continue }
      if let owner = owners.updateValue(name, forKey: fileIdentity(path)) {
        throw ValidationError(
          "\(owner) and \(name) name the same file, '\(path)'; give each its own")
      }
      guard name == "--checkpoint" else { continue }
      for place in CheckpointStore(path: path).paths {
        owners[fileIdentity(place)] = name
      }
    }
  }
}

extension OptimizerPlan.Kind: ExpressibleByArgument {}
extension RatePlan.Kind: ExpressibleByArgument {}
extension NetworkArchitecture: ExpressibleByArgument {}
