public import ArgumentParser
import Foundation
public import Normalization
import TensorFiles

/// Normalises a file.
struct Apply: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Normalise the tensor in a file.",
    discussion: """
      INPUT is a .csv file (rows are samples, Float64; a first row with a cell that is no number is the \
      header), a .npy file, or a .safetensors file with the tensor input and optionally scale, shift, \
      running_mean, running_variance, batches_tracked and output_gradient, all of one type. Training \
      normalises with the batch's statistics and updates the running ones (from 0 and 1 where there are \
      none); inference normalises with the running ones. running_variance always holds a variance, the \
      squared running deviation under --running-variance standard-deviation.

      A .safetensors output holds output and, in training, mean, variance (biased), running_mean and \
      running_variance; with output_gradient also input_gradient, scale_gradient and shift_gradient. \
      .npy and .csv hold the output alone.

      EXAMPLES:
        batchnorm apply table.csv
        batchnorm apply table.csv --output normalised.csv
        batchnorm apply images.npy --axis 1 --output normalised.npy
        batchnorm apply layer.safetensors --update 0.1 --output result.safetensors
        batchnorm apply layer.safetensors --mode inference --json
      """)

  /// The variations of the interface; those not built yet are refused by name.
  enum Norm: String, CaseIterable, ExpressibleByArgument {
    case batch, layer, rms, instance, group, renorm, ghost
  }

  enum Mode: String, CaseIterable, ExpressibleByArgument {
    case training, inference
  }

  @Argument(help: "The file to normalise: .csv, .npy or .safetensors.")
  var input: String
  @Option(help: "The normalization. This version has batch.")
  var norm = Norm.batch
  @Option(help: "Normalise with the batch's statistics, or with the running ones.")
  var mode = Mode.training
  // Unconditional, because the parser takes "-1" for an option otherwise.
  @Option(
    parsing: .unconditional, help: "The axis of the channels; negative axes count from the end.")
  var axis = -1
  @Option(help: "The number of groups, for --norm group.")
  var groups: Int?
  @Option(help: "The size of virtual batches, for --norm ghost.")
  var virtualBatch: Int?
  @Option(parsing: .unconditional, help: "What is added to the variance: 0 or more.")
  var epsilon = 1e-5
  @Option(
    parsing: .unconditional, help: "Weight of the old running statistics, 0 to 1. (default: 0.9)")
  var keep: Double?
  @Option(
    parsing: .unconditional, help: "Weight of the new batch in the running statistics, 0 to 1.")
  var update: Double?
  @Flag(help: "Average all batches equally; reads and writes batches_tracked.")
  var cumulative = false
  @Option(help: "What the running variance averages.")
  var runningVariance = RunningStatistics.Tracking.unbiasedVariance
  @Option(help: "The largest correction r, for --norm renorm. (default: 3)")
  var rmax: Double?
  @Option(help: "The largest correction d, for --norm renorm. (default: 5)")
  var dmax: Double?
  @Option(help: ArgumentHelp("Write the result: .safetensors, .npy or .csv.", valueName: "file"))
  var output: String?
  @Flag(help: "Print one JSON object; with --output without the data.")
  var json = false

  func validate() throws {
    try require(
      TensorFileFormat(path: input) != nil,
      "INPUT must end in .csv, .npy or .safetensors, but is '\(input)'")
    if let output {
      try require(
        TensorFileFormat(path: output) != nil,
        "--output must end in .csv, .npy or .safetensors, but is '\(output)'")
    }
    try require(
      epsilon >= 0 && epsilon.isFinite, "--epsilon must be a number from 0 up, but is \(epsilon)")
    for (name, value) in [("--keep", keep), ("--update", update)] {
      guard let value else { continue }
      try require((0...1).contains(value), "\(name) must lie between 0 and 1, but is \(value)")
    }
    let momenta = [keep != nil, update != nil, cumulative].filter { $0 }.count
    try require(momenta <= 1, "--keep, --update and --cumulative exclude each other; give one")
    for (name, isGiven, user) in [
      ("--groups", groups != nil, Norm.group), ("--virtual-batch", virtualBatch != nil, .ghost),
      ("--rmax", rmax != nil, .renorm), ("--dmax", dmax != nil, .renorm),
    ] {
      try require(
        !isGiven || norm == user,
        "\(name) is for --norm \(user.rawValue), but the normalization is \(norm.rawValue)")
    }
    try require(norm == .batch, "--norm \(norm.rawValue) is not built yet; this version has batch")
  }

  private func require(_ condition: Bool, _ message: String) throws {
    if !condition { throw ValidationError(message) }
  }

  func run() throws {
    let execution = try Execution.fromEnvironment()
    let outputFile = try output.map(OutputFile.init)
    Interruption.watch()
    do {
      let file = try TensorFile(contentsOf: input)
      try Interruption.check()
      let outcome =
        switch try file.tensors.tensor(named: "input") {
        case .float: try BatchApplication<Float>(self, file.tensors, execution).outcome()
        case .double: try BatchApplication<Double>(self, file.tensors, execution).outcome()
        }
      try Interruption.check()
      if let outputFile {
        let header = outcome.shape.count == 2 ? file.columnNames : nil
        try TensorFile(tensors: outcome.tensors, columnNames: header).write(to: outputFile.path)
      }
      if json {
        printLine(try outcome.json(of: self))
      } else if output == nil {
        printLine(outcome.text(columnNames: file.columnNames).joined(separator: "\n"))
      }
    } catch {
      throw CommandError(error)
    }
  }

  var momentum: Momentum {
    if cumulative { return .cumulative }
    if let update { return .updating(update) }
    return .keeping(keep ?? 0.9)
  }
}

extension RunningStatistics.Tracking: ExpressibleByArgument {}
