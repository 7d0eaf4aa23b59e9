import Experiments
import Foundation
import NeuralNetworks

// What `compare` prints.
extension Compare {
  private func row(_ cells: String...) -> String {
    zip(cells, [8, 12, 12, 12, 12])
      .map { String(repeating: " ", count: max(0, $1 - $0.count)) + $0 }.joined()
  }

  func printIntroduction(_ result: Comparison.Result) {
    let settings = result.configuration
    let hidden = settings.layers.map(String.init).joined(separator: ", ")
    let network = settings.network == .mlp ? "hidden layers \(hidden)" : settings.network.rawValue
    printLine(
      """
      \(dataset): \(result.trainingCount) samples to train on, \(result.testCount) to test; \
      \(network) (\(settings.activation.rawValue)), batches of \(batchSize), \
      learning rate \(learningRate), seed \(seed)
      """)
    let names = result.networks.indices.map { result.name($0).prefix(24) }
    func centered(_ text: Substring) -> String {
      String(repeating: " ", count: max(0, 24 - text.count)) + text
    }
    printLine("\n        " + centered(names[0]) + centered(names[1]))
  }

  /// The names of the columns.
  func printTableHeader() {
    printLine(row("step", "accuracy", "loss", "accuracy", "loss"))
  }

  func printPoint(_ result: Comparison.Result) {
    func cells(_ history: Comparison.History) -> (String, String) {
      guard history.stopped == nil, let point = history.points.last else { return ("stopped", "") }
      return (percent(point.testAccuracy), String(format: "%.4f", point.testLoss))
    }
    let (a, b) = (cells(result.networks[0]), cells(result.networks[1]))
    printLine(row("\(result.steps)", a.0, a.1, b.0, b.1))
  }

  func printOutcome(_ result: Comparison.Result) {
    if !quiet { printLine() }
    var table = TextTable(
      header: ["", "best accuracy", "at step", "final accuracy", "training time", "digest"])
    for (index, network) in result.networks.enumerated() {
      func accuracy(_ point: Comparison.Point?) -> String {
        point.map { percent($0.testAccuracy) } ?? "none"
      }
      table.rows.append([
        result.name(index), accuracy(network.best), network.best.map { "\($0.step)" } ?? "none",
        accuracy(network.points.last), String(format: "%.2f s", network.trainingSeconds),
        network.digest,
      ])
    }
    for line in table.lines { printLine(line) }
    for (index, network) in result.networks.enumerated() {
      guard let stop = network.stopped else { continue }
      printLine("\(result.name(index)) stopped at step \(stop.step): \(stop.reason).")
    }
    if !result.isComplete {
      printLine("Interrupted after \(result.steps) of \(result.configuration.steps) steps.")
    }
    printLine(result.lead)
  }
}
