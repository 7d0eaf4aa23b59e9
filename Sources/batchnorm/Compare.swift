public import ArgumentParser
import Datasets
import Experiments
import Foundation
public import NeuralNetworks
import Normalization
import Plots

/// Trains the same network with and without batch normalization.
struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train the same network with and without batch normalization.",
    discussion: """
      Both networks start from the same weights and see the same batches. The defaults are the first \
      experiment of Ioffe and Szegedy 2015 (three hidden layers of 100 sigmoid units, batches of 60), on \
      handwritten digits that come with the command. Networks for images have ReLU, initial weights as He et \
      al. 2015 and 1,000 steps. Ctrl-C ends the training and reports what there is.

      A CSV file has a row per sample; the label is the column that --label names, else one called label, \
      class, target or y, else the last. A fifth of the samples is kept for testing.

      EXAMPLES:
        batchnorm compare
        batchnorm compare --report report.html --json numbers.json
        batchnorm compare --layers 50,50 --activation relu --steps 2000
        batchnorm compare --dataset flowers.csv --label species --batch-size 16
        batchnorm compare --dataset fashion-mnist --network lenet
        batchnorm compare --network resnet-8 --against group --steps 200
      """)

  @Option(
    help: "digits, fashion-mnist, mnist, cifar-10, a .csv file, or a folder of .npy files.")
  var dataset = "digits"
  @Option(
    help: ArgumentHelp(
      "The folder that holds the files of fashion-mnist, mnist or cifar-10.", valueName: "folder"))
  var dataDir: String?
  @Option(help: ArgumentHelp("The column of a CSV file that holds the classes.", valueName: "name"))
  var label: String?
  @Option(help: "The network; all but mlp are for images.")
  var network = NetworkArchitecture.mlp
  @Option(
    help: "Widths of the hidden layers of an mlp. (default: \(paperLayers))",
    transform: LayerWidths.init(parsing:))
  var layers: LayerWidths?
  @Option(help: "Activation. (default: sigmoid; relu in networks for images)")
  var activation: ActivationKind?
  @Option(parsing: .unconditional, help: "Samples per step.")
  var batchSize = 60
  @Option(parsing: .unconditional, help: "Step along the gradient.")
  var learningRate = 0.1
  @Option(
    parsing: .unconditional,
    help: "Batches to train on. (default: 10000; 1000 for networks for images)")
  var steps: Int?
  @Option(parsing: .unconditional, help: "Seed of weights and batches.")
  var seed: UInt64 = 1
  @Option(
    parsing: .unconditional,
    help: """
      Standard deviation of the initial weights. (default: 0.1; that of He et al. 2015 in networks for images)
      """)
  var initialDeviation: Double?
  @Option(help: "Normalization of the first network.")
  var norm = NetworkNormalization.batch
  @Option(help: "Normalization of the network it is compared with.")
  var against = NetworkNormalization.none
  @Option(help: "Normalise before or after the activation.")
  var placement = NormalizationPlacement.before
  @Option(help: ArgumentHelp("Write an HTML report with charts.", valueName: "file"))
  var report: String?
  @Option(help: ArgumentHelp("Write every number as JSON.", valueName: "file"))
  var json: String?
  @Flag(help: "Print the outcome only.")
  var quiet = false

  private static let paperLayers = LayerWidths([100, 100, 100])

  func validate() throws {
    try require(batchSize >= 1, "--batch-size must be 1 or more, but is \(batchSize)")
    try require(
      learningRate > 0 && learningRate.isFinite,
      "--learning-rate must be a number above 0, but is \(learningRate)")
    try requireCount("--steps", steps)
    try require(
      initialDeviation.map { $0 >= 0 && $0.isFinite } ?? true,
      "--initial-deviation must be a number from 0 up, but is \(initialDeviation ?? 0)")
    try checkDataset(dataset, label: label, dataDirectory: dataDir)
    try network.checkOptions(
      hasLayers: layers != nil, activation: settings.activation, placement: placement)
    try require(
      report == nil || report != json,
      "--report and --json name the same file, '\(report ?? "")'; give each its own")
  }

  func run() throws {
    let execution = try Execution.fromEnvironment()
    let outputs = (report: try report.map(OutputFile.init), json: try json.map(OutputFile.init))
    Interruption.watch()
    var comparison: Comparison
    do {
      try checkBatchSize()
      let (training, test) = try DatasetSource(dataset)
        .load(dataDirectory: dataDir, labelColumn: label)
      var settings = settings
      settings.evaluationInterval = network.takesImages || test.count > 2000 ? 100 : 20
      comparison = try Comparison(
        settings, training: training, test: test, execution: execution)
      try checkBatches(settings, training, execution)
    } catch {
      throw CommandError(error)
    }
    if !quiet { printIntroduction(comparison.result) }
    try train(&comparison)
    let result = comparison.result
    printOutcome(result)
    // Both are tried, so that a full disk for one does not lose the other.
    let written = [
      Swift.Result { try writeReport(of: result, to: outputs.report) },
      Swift.Result { try writeNumbers(of: result, to: outputs.json) },
    ]
    for result in written { try result.get() }
    if !result.isComplete, Interruption.isRequested { throw ExitCode(130) }
  }

  private func writeReport(of result: Comparison.Result, to file: OutputFile?) throws {
    guard let file else { return }
    try file.write(result.report(command: commandLine).html())
    printLine("Report: \(file.path)")
  }

  private func writeNumbers(of result: Comparison.Result, to file: OutputFile?) throws {
    guard let file else { return }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try file.write(try encoder.encode(result.numbers(command: commandLine)) + Data("\n".utf8))
    printLine("Numbers: \(file.path)")
  }

  private func train(_ comparison: inout Comparison) throws {
    var progress = ProgressLine(isQuiet: quiet)
    defer { progress.clear() }
    var nextRow = 0
    let steps = comparison.configuration.steps
    if !quiet { printTableHeader() }
    while !comparison.isFinished, !Interruption.isRequested {
      do {
        try comparison.advance {
          progress.show($0, of: steps, unit: "steps")
        } isInterrupted: {
          Interruption.isRequested
        }
      } catch {
        throw CommandError(error)
      }
      guard !quiet, comparison.step >= nextRow || comparison.isFinished else { continue }
      nextRow = comparison.step + max(1, steps / 20)
      progress.clear()
      printPoint(comparison.result)
    }
  }

  /// Known before anything is read.
  private func checkBatchSize() throws {
    guard batchSize == 1, network == .mlp, norm == .batch || against == .batch else { return }
    throw CommandError.failure(
      "batch normalization needs 2 samples or more in a batch for a variance, but --batch-size is "
        + "1; use larger batches, or none as --norm and --against")
  }

  /// Known before anything is printed.
  private func checkBatches(
    _ settings: Comparison.Configuration, _ training: any LabeledSamples, _ execution: Execution
  ) throws {
    for norm in [norm, against] {
      let network = try settings.network(
        norm, sampleShape: training.sampleShape, classCount: training.classCount,
        execution: execution)
      try network.checkBatches(
        of: batchSize, sampleShape: training.sampleShape,
        remedy: "use another --batch-size, --norm or --against")
    }
  }

  /// What the options ask for.
  var settings: Comparison.Configuration {
    var settings = Comparison.Configuration()
    settings.dataset = dataset
    settings.network = network
    settings.layers = (layers ?? Self.paperLayers).values
    settings.activation = activation ?? (network.takesImages ? .relu : .sigmoid)
    settings.norm = norm
    settings.against = against
    settings.placement = placement
    settings.batchSize = batchSize
    settings.learningRate = learningRate
    settings.steps = steps ?? (network.takesImages ? 1000 : 10_000)
    settings.seed = seed
    settings.initialDeviation = initialDeviation ?? (network.takesImages ? nil : 0.1)
    return settings
  }

  /// The command that repeats this comparison, every setting written out.
  private var commandLine: String {
    let settings = settings
    var words = ["batchnorm compare --dataset \(quotedForShell(dataset))"]
    if let dataDir { words.append("--data-dir \(quotedForShell(dataDir))") }
    if let label { words.append("--label \(quotedForShell(label))") }
    words.append(
      network == .mlp
        ? "--layers \(LayerWidths(settings.layers))" : "--network \(network.rawValue)")
    words += [
      "--activation \(settings.activation.rawValue)", "--batch-size \(batchSize)",
      "--learning-rate \(learningRate)", "--steps \(settings.steps)", "--seed \(seed)",
    ]
    if let deviation = settings.initialDeviation {
      words.append("--initial-deviation \(deviation)")
    }
    words += [
      "--norm \(norm.rawValue)", "--against \(against.rawValue)",
      "--placement \(placement.rawValue)",
    ]
    return words.joined(separator: " ")
  }
}

extension ActivationKind: ExpressibleByArgument {}

extension NetworkNormalization: ExpressibleByArgument {}
extension NormalizationPlacement: ExpressibleByArgument {}
