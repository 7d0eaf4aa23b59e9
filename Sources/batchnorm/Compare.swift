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
      handwritten digits that come with the command. Ctrl-C ends the training and reports what there is.

      A CSV file has a row per sample; the label is the column that --label names, else one called label, \
      class, target or y, else the last. A fifth of the samples is kept for testing.

      EXAMPLES:
        batchnorm compare
        batchnorm compare --report report.html --json numbers.json
        batchnorm compare --layers 50,50 --activation relu --steps 2000
        batchnorm compare --dataset flowers.csv --label species --batch-size 16
      """)

  @Option(help: "What to train on: digits, or a CSV file.")
  var dataset = "digits"
  @Option(help: ArgumentHelp("The column of a CSV file that holds the classes.", valueName: "name"))
  var label: String?
  @Option(
    help: "Widths of the hidden layers. (default: \(paperLayers))",
    transform: LayerWidths.init(parsing:))
  var layers = paperLayers
  @Option(help: "Activation of the hidden layers.")
  var activation = ActivationKind.sigmoid
  @Option(parsing: .unconditional, help: "Samples per step.")
  var batchSize = 60
  @Option(parsing: .unconditional, help: "Step along the gradient.")
  var learningRate = 0.1
  @Option(parsing: .unconditional, help: "Batches to train on.")
  var steps = 10_000
  @Option(parsing: .unconditional, help: "Seed of weights and batches.")
  var seed: UInt64 = 1
  @Option(parsing: .unconditional, help: "Standard deviation of the initial weights.")
  var initialDeviation = 0.1
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
    try require(
      (1...1_000_000_000).contains(steps), "--steps must be from 1 to 1000000000, but is \(steps)")
    try require(
      initialDeviation >= 0 && initialDeviation.isFinite,
      "--initial-deviation must be a number from 0 up, but is \(initialDeviation)")
    try require(
      label == nil || dataset != "digits", "--label is for CSV files, but the data set is digits")
    try require(
      dataset == "digits" || dataset.lowercased().hasSuffix(".csv"),
      "--dataset must be digits or the path of a .csv file, but is '\(dataset)'")
    try require(
      report == nil || report != json,
      "--report and --json name the same file, '\(report ?? "")'; give each its own")
  }

  private func require(_ condition: Bool, _ message: String) throws {
    if !condition { throw ValidationError(message) }
  }

  func run() throws {
    let execution = try Execution.fromEnvironment()
    let outputs = (report: try report.map(OutputFile.init), json: try json.map(OutputFile.init))
    Interruption.watch()
    var comparison: Comparison
    do {
      try checkBatchSize()
      let (training, test) = try loadData()
      comparison = try Comparison(
        settings, training: training, test: test, execution: execution)
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
    if !quiet { printLine(row("step", "accuracy", "loss", "accuracy", "loss")) }
    while !comparison.isFinished, !Interruption.isRequested {
      do {
        try comparison.advance { Interruption.isRequested }
      } catch {
        throw CommandError(error)
      }
      progress.show(comparison.step, of: steps, unit: "steps")
      guard !quiet, comparison.step >= nextRow || comparison.isFinished else { continue }
      nextRow = comparison.step + max(1, steps / 20)
      progress.clear()
      printPoint(comparison.result)
    }
  }

  /// Known before anything is printed, unlike what else a layer may refuse.
  private func checkBatchSize() throws {
    guard batchSize == 1, norm == .batch || against == .batch else { return }
    throw CommandError.failure(
      "batch normalization needs 2 samples or more in a batch for a variance, but --batch-size is "
        + "1; use larger batches, or none as --norm and --against")
  }

  private func loadData() throws -> (ClassificationDataset, ClassificationDataset) {
    if dataset == "digits" { return (Digits.training, Digits.test) }
    let all = try ClassificationDataset(csv: dataset, labelColumn: label)
    let parts = try all.split(testCount: max(1, all.count / 5), seed: 0)
    return (parts.training, parts.test)
  }

  private var settings: Comparison.Configuration {
    var settings = Comparison.Configuration()
    settings.dataset = dataset
    settings.layers = layers.values
    settings.activation = activation
    settings.norm = norm
    settings.against = against
    settings.placement = placement
    settings.batchSize = batchSize
    settings.learningRate = learningRate
    settings.steps = steps
    settings.seed = seed
    settings.initialDeviation = initialDeviation
    return settings
  }

  /// The command that repeats this comparison, every setting written out.
  private var commandLine: String {
    var words = ["batchnorm compare --dataset \(quotedForShell(dataset))"]
    if let label { words.append("--label \(quotedForShell(label))") }
    words += [
      "--layers \(layers)", "--activation \(activation.rawValue)", "--batch-size \(batchSize)",
      "--learning-rate \(learningRate)", "--steps \(steps)", "--seed \(seed)",
      "--initial-deviation \(initialDeviation)", "--norm \(norm.rawValue)",
      "--against \(against.rawValue)", "--placement \(placement.rawValue)",
    ]
    return words.joined(separator: " ")
  }
}

extension Compare {
  private func row(_ cells: String...) -> String {
    zip(cells, [8, 12, 12, 12, 12])
      .map { String(repeating: " ", count: max(0, $1 - $0.count)) + $0 }.joined()
  }

  private func printIntroduction(_ result: Comparison.Result) {
    let hidden = layers.values.map(String.init).joined(separator: ", ")
    printLine(
      """
      \(dataset): \(result.trainingCount) samples to train on, \(result.testCount) to test; \
      hidden layers \(hidden) (\(activation.rawValue)), batches of \(batchSize), \
      learning rate \(learningRate), seed \(seed)
      """)
    let names = result.networks.indices.map { result.name($0).prefix(24) }
    func centered(_ text: Substring) -> String {
      String(repeating: " ", count: max(0, 24 - text.count)) + text
    }
    printLine("\n        " + centered(names[0]) + centered(names[1]))
  }

  private func printPoint(_ result: Comparison.Result) {
    func cells(_ history: Comparison.History) -> (String, String) {
      guard history.stopped == nil, let point = history.points.last else { return ("stopped", "") }
      return (
        String(format: "%.2f %%", point.testAccuracy * 100), String(format: "%.4f", point.testLoss)
      )
    }
    let (a, b) = (cells(result.networks[0]), cells(result.networks[1]))
    printLine(row("\(result.steps)", a.0, a.1, b.0, b.1))
  }

  private func printOutcome(_ result: Comparison.Result) {
    if !quiet { printLine() }
    var table = TextTable(
      header: ["", "best accuracy", "at step", "final accuracy", "training time", "digest"])
    for (index, network) in result.networks.enumerated() {
      func percent(_ point: Comparison.Point?) -> String {
        point.map { String(format: "%.2f %%", $0.testAccuracy * 100) } ?? "none"
      }
      table.rows.append([
        result.name(index), percent(network.best), network.best.map { "\($0.step)" } ?? "none",
        percent(network.points.last), String(format: "%.2f s", network.trainingSeconds),
        network.digest,
      ])
    }
    for line in table.lines { printLine(line) }
    for (index, network) in result.networks.enumerated() {
      guard let stop = network.stopped else { continue }
      printLine("\(result.name(index)) stopped at step \(stop.step): \(stop.reason).")
    }
    if !result.isComplete { printLine("Interrupted after \(result.steps) of \(steps) steps.") }
    printLine(result.lead)
  }
}

extension ActivationKind: ExpressibleByArgument {}

extension NetworkNormalization: ExpressibleByArgument {}
extension NormalizationPlacement: ExpressibleByArgument {}
