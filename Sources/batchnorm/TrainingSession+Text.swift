import Datasets
import Foundation
import NeuralNetworks
import Training

// What `train` prints.
extension TrainingSession {
  /// What is trained on what, and the header of the table.
  func printIntroduction() {
    let configuration = run.configuration
    printLine(
      "\(recipe.dataset): \(training.count) samples to train on, \(test.count) to test; "
        + "\(networkText), \(run.trainer.network.summary.parameterCount) parameters")
    printLine(
      "\(stepText), batches of \(configuration.batchSize), \(lengthText), seed "
        + "\(configuration.seed)")
    if let start, let path = files.checkpoint {
      // Symbolic links are called what the person calls them.
      let name = start == CheckpointStore(path: path).path ? path : start
      printLine("Goes on from step \(firstStep), saved in \(name).")
    }
    printLine()
    printLine(tableRow("", "", "training", "", "test", "", ""))
    printLine(tableRow("epoch", "step", "accuracy", "loss", "accuracy", "loss", "time"))
  }

  private var networkText: String {
    let options = recipe.options
    let layers =
      recipe.network == .mlp
      ? " \(options.hiddenWidths.map(String.init).joined(separator: ", "))" : ""
    let norm =
      options.normalization == .none
      ? "no normalization"
      : "\(options.normalization.rawValue) normalization \(options.placement.rawValue)"
    return "\(recipe.network.rawValue)\(layers) (\(norm) \(options.activation.rawValue))"
      .replacing("no normalization ", with: "no normalization, ")
  }

  private var stepText: String {
    let (optimizer, rate) = (recipe.configuration.optimizer, recipe.configuration.learningRate)
    var parts = [optimizer.kind.rawValue]
    if optimizer.kind == .sgd, optimizer.momentum > 0 {
      parts[0] += " with \(optimizer.isNesterov ? "Nesterov's " : "")momentum \(optimizer.momentum)"
    }
    parts.append("learning rate \(rate.initial) (\(rate.kind.rawValue))")
    if optimizer.weightDecay > 0 { parts.append("weight decay \(optimizer.weightDecay)") }
    return parts.joined(separator: ", ")
  }

  private var lengthText: String {
    let length = recipe.configuration.length
    return length.unit == .steps
      ? "\(run.stepCount) steps"
      : "\(length.count) \(length.count == 1 ? "epoch" : "epochs") of \(run.stepCount / length.count) steps"
  }

  /// What came out, and how it can be had again.
  func outcomeLines(_ numbers: TrainingNumbers) -> [String] {
    var table = TextTable(
      header: [
        "best accuracy", "at step", "final accuracy", "final loss", "time", "peak memory", "digest",
      ])
    table.textColumns = []
    table.rows.append([
      numbers.best.map { percent($0.score.accuracy) } ?? "none",
      numbers.best.map { "\($0.step)" } ?? "none",
      numbers.final.map { percent($0.accuracy) } ?? "none",
      numbers.final.map { String(format: "%.4f", $0.loss) } ?? "none",
      String(format: "%.1f s", numbers.seconds),
      String(format: "%.0f MB", Double(numbers.peakMemoryBytes) / 1e6), numbers.digest,
    ])
    return table.lines + endLines(numbers) + ["Again: \(numbers.command)"]
  }

  /// How the run ended, and where it is saved.
  private func endLines(_ numbers: TrainingNumbers) -> [String] {
    let saved = files.checkpoint
    switch outcome {
    case .interrupted, .diverged, nil:
      let place =
        saved.map { "saved in \($0); go on with --resume" } ?? "not saved, for lack of --checkpoint"
      return ["Interrupted after \(numbers.steps) of \(numbers.stepCount) steps; \(place)."]
    case .stoppedEarly(let evaluations):
      let text =
        evaluations == 1 ? "an evaluation that was" : "\(evaluations) evaluations that were"
      return ["Stopped after step \(numbers.steps) of \(numbers.stepCount): \(text) not better."]
        + (saved.map { ["Checkpoint: \($0)"] } ?? [])
    case .finished:
      return saved.map { ["Checkpoint: \($0)"] } ?? []
    }
  }
}

/// A row of the table of evaluations.
private func tableRow(_ cells: String...) -> String {
  let row = zip(cells, [7, 9, 11, 9, 11, 9, 11])
    .map { String(repeating: " ", count: max(0, $1 - $0.count)) + $0 }.joined()
  return String(row.reversed().drop { $0 == " " }.reversed())
}

extension TrainingNumbers.Point {
  /// The row of the table.
  var line: String {
    tableRow(
      "\(epoch)", "\(step)", percent(training.accuracy), String(format: "%.4f", training.loss),
      percent(test.accuracy), String(format: "%.4f", test.loss),
      String(format: "%.1f s", seconds))
  }
}
