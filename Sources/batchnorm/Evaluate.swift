import ArgumentParser
import Datasets
import Foundation
import NeuralNetworks
import Normalization
import Training

/// Tests a network that was trained, in the ways in which it may be used.
struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Test a checkpoint with running statistics, with batch statistics and folded.",
    discussion: """
      The three should agree: with running statistics is how a network is used, batch statistics are \
      what it was trained with, and folding takes the normalization into the weights. Where two differ by more \
      than chance a warning says what it may be. Chance: of the samples that one alone recognises, each is as \
      likely to be recognised by the other; a warning is given where a division as uneven as the one found \
      has a probability below \(Evaluation.level) then (McNemar's exact test).

      With --recalibrate running statistics are taken anew over up to 5,000 training samples, layer by \
      layer, to see whether those of the checkpoint are stale.

      EXAMPLES:
        batchnorm evaluate run.safetensors
        batchnorm evaluate run.safetensors --recalibrate --json
        batchnorm evaluate run.safetensors --dataset other.csv --label species
      """)

  @Argument(help: "The checkpoint of a run: what train --checkpoint wrote.")
  var checkpoint: String
  @Option(help: "Samples to test with, instead of those that the run was tested with.")
  var dataset: String?
  @Option(
    help: ArgumentHelp(
      "The folder that holds the files of fashion-mnist, mnist or cifar-10.", valueName: "folder"))
  var dataDir: String?
  @Option(help: ArgumentHelp("The column of a CSV file that holds the classes.", valueName: "name"))
  var label: String?
  @Option(parsing: .unconditional, help: "The most samples that batch statistics are taken of.")
  var batchSize = 256
  @Flag(help: "Also with running statistics that are taken anew.")
  var recalibrate = false
  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    try requireCount("--batch-size", batchSize)
    if let dataset { try checkDataset(dataset, label: label, dataDirectory: dataDir) }
  }

  func run() throws {
    let execution = try Execution.fromEnvironment()
    Interruption.watch()
    let evaluation: Evaluation
    do {
      let checkpoint = try CheckpointStore(path: checkpoint).load()
      let recipe = try recipe(of: checkpoint)
      let (training, test) = try recipe.loadData()
      try check(checkpoint, training, test)
      let network = try recipe.network(of: checkpoint, execution: execution)
      evaluation = try Evaluation(
        of: network, training: recalibrate ? training : nil, test: test, batchSize: batchSize)
    } catch let error as ValidationError {
      throw error
    } catch {
      throw CommandError(error)
    }
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
      let content = try encoder.encode(evaluation.numbers(checkpoint: checkpoint))
      printLine(String(decoding: content, as: UTF8.self))
    } else {
      for line in evaluation.lines { printLine(line) }
    }
  }

  /// What the checkpoint was trained with, and on the samples that were asked for.
  private func recipe(of checkpoint: Checkpoint) throws -> TrainingRecipe {
    guard var recipe = TrainingRecipe(checkpoint.configuration) else {
      throw CommandError.otherProgram(checkpoint)
    }
    if dataset == nil, label != nil || dataDir != nil {
      try checkDataset(recipe.dataset, label: label, dataDirectory: dataDir)
    }
    if let dataset {
      (recipe.dataset, recipe.labelColumn, recipe.dataDirectory) = (dataset, nil, nil)
    }
    if let label { recipe.labelColumn = label }
    if let dataDir { recipe.dataDirectory = dataDir }
    return recipe
  }

  /// Refuses samples that the network cannot take.
  private func check(
    _ checkpoint: Checkpoint, _ training: any LabeledSamples, _ test: any LabeledSamples
  ) throws {
    let data = checkpoint.data
    guard test.sampleShape == data.sampleShape, test.classCount == data.classCount else {
      throw CommandError.failure(
        "\(self.checkpoint) was trained on samples of shape \(data.sampleShape) and \(data.classCount) "
          + "classes, but those of \(test.name) have the shape \(test.sampleShape) and "
          + "\(test.classCount) classes; name others with --dataset")
    }
    if dataset == nil, try fingerprint([training, test]) != checkpoint.fingerprint {
      printNote("the samples are not those that the run was trained and tested with")
    }
  }
}

extension TrainingRecipe {
  /// The network as a checkpoint holds it.
  func network(
    of checkpoint: Checkpoint, execution: Execution
  ) throws -> Sequential<Float> {
    let data = checkpoint.data
    var network = try makeNetwork(
      sampleShape: data.sampleShape, classCount: data.classCount, execution: execution)
    do throws(NetworkError) {
      try network.load(checkpoint.network)
    } catch {
      throw CheckpointError.otherNetwork(path: checkpoint.path, error)
    }
    return network
  }
}

extension CommandError {
  /// A checkpoint whose configuration no recipe can be read from.
  static func otherProgram(_ checkpoint: Checkpoint) -> CommandError {
    .failure(
      "the checkpoint \(checkpoint.path) is of another program: it does not say which network and "
        + "data it is of; use the program that wrote it")
  }
}
