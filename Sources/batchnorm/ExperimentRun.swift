import ArgumentParser
import Experiments
import Foundation
import Normalization
import Plots
import TensorFiles

/// Runs experiments and writes what came out.
struct ExperimentRun: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run experiments; with --report, write a page with pictures.",
    usage: """
      batchnorm experiment run <name> ... [<options>]
      batchnorm experiment run --all [<options>]
      """,
    discussion: """
      Each experiment is run with some seeds, one a thread; the finding follows from the numbers alone. With --report \
      finished seeds are kept in the folder, and a run that was interrupted goes on from there.

      EXAMPLES:
        batchnorm experiment run fewer-steps
        batchnorm experiment run --all --report findings
      """)

  @Argument(help: ArgumentHelp("Experiments; see 'batchnorm experiment list'.", valueName: "name"))
  var names: [String] = []
  @Flag(help: "Run all of them.")
  var all = false
  @Option(parsing: .unconditional, help: "Seeds of each; five or more are needed for a finding.")
  var seeds = 6
  @Flag(help: "Fashion-MNIST and convolutional networks; some five times as long.")
  var full = false
  @Option(help: ArgumentHelp("Write the report here.", valueName: "folder"))
  var report: String?
  @Option(
    help: ArgumentHelp("The folder that holds the files of fashion-mnist.", valueName: "folder"))
  var dataDir: String?

  func validate() throws {
    try require(all != !names.isEmpty, "name experiments or give --all, one of both")
    try require((1...20).contains(seeds), "--seeds must be from 1 to 20, but is \(seeds)")
    for name in names {
      try require(
        ExperimentCatalog.experiment(named: name) != nil,
        "there is no experiment '\(name)'; 'batchnorm experiment list' shows those there are")
    }
  }

  func run() throws {
    let execution = try Execution.fromEnvironment()
    Interruption.watch()
    let experiments =
      all ? ExperimentCatalog.all : names.compactMap(ExperimentCatalog.experiment(named:))
    let runner = ExperimentRunner(
      experiments, form: full ? .full : .quick, seedCount: seeds,
      threadCount: execution.threadCount,
      store: report.map { OutcomeStore(directory: "\($0)/seeds") })
    let progress = ExperimentProgress(
      names: experiments.map(\.name), seedCount: seeds, threadCount: execution.threadCount)
    let results: [ExperimentResult]
    do {
      defer { progress.clear() }
      results = try runner.run(dataDirectory: dataDir, onProgress: progress.show) {
        Interruption.isRequested
      }
    } catch is CancellationError {
      throw CommandError.interrupted(
        report == nil
          ? "interrupted; nothing was kept, for lack of --report"
          : "interrupted; finished seeds are kept, and the same command goes on")
    } catch {
      throw CommandError(error)
    }
    for line in lines(results) { printLine(line) }
    if let report { try write(results, to: report) }
  }

  private func lines(_ results: [ExperimentResult]) -> [String] {
    var table = TextTable(header: ["experiment", "finding", "effect (90 % interval)"])
    table.textColumns = [0, 1, 2]
    for result in results {
      let (first, others) = (result.finding.answer, result.finding.furtherAnswers)
      table.rows.append([result.experiment.name, first.verdict.rawValue, first.text])
      for answer in others {
        table.rows.append(["  \(answer.criterion.key)", answer.verdict.rawValue, answer.text])
      }
    }
    return table.lines + ["Digest: \(results.digest)"]
  }

  private func write(_ results: [ExperimentResult], to directory: String) throws {
    let words = all ? "--all" : names.joined(separator: " ")
    let command =
      "batchnorm experiment run \(words) --seeds \(seeds)\(full ? " --full" : "") "
      + "--report \(quotedForShell(directory))"
    let (machine, date) = (Machine.processorName, today)
    let page = results.report(command: command, machine: machine, date: date)
    do {
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
      let files = try results.findingsFiles(command: command, machine: machine, date: date)
      for file in files { try OutputFile("\(directory)/\(file.name)").write(file.text) }
    } catch {
      throw CommandError(error)
    }
    let path = "\(directory)/report.html"
    try OutputFile(path).write(page.html())
    printLine("Report: \(path)")
    printLine("Numbers and pictures: \(directory)/README.md")
  }

  private var today: String {
    let formatter = DateFormatter()
    formatter.dateFormat = "yyyy-MM-dd"
    formatter.locale = Locale(identifier: "en_US_POSIX")
    return formatter.string(from: Date())
  }
}
