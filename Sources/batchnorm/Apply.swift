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
      running_mean, running_variance, batches_tracked, output_gradient and weights, all of one type. \
      Training normalises with the input's statistics and updates the running ones (from 0 and 1 where \
      there are none; instance only where there are some); inference normalises with the running ones. \
      layer, rms and group have none and ignore the mode. running_variance always holds a variance, \
      the squared running deviation under --running-variance standard-deviation. weights (for batch) \
      holds one number for each position: the shape of the input without the channel axis.

      A .safetensors output holds output and, in training, the statistics mean and variance (biased; \
      of rms the mean square alone) of what is normalised together, running_mean and running_variance; \
      with output_gradient also input_gradient, scale_gradient and shift_gradient. .npy and .csv hold \
      the output alone.

      EXAMPLES:
        batchnorm apply table.csv
        batchnorm apply table.csv --output normalised.csv
        batchnorm apply images.npy --axis 1 --output normalised.npy
        batchnorm apply layer.safetensors --update 0.1 --output result.safetensors
        batchnorm apply layer.safetensors --mode inference --json
        batchnorm apply tokens.npy --norm layer --output normalised.npy
        batchnorm apply images.npy --norm group --groups 32 --axis 1 --json
        batchnorm apply table.csv --norm ghost --virtual-batch 4
      """)

  enum Norm: String, CaseIterable, ExpressibleByArgument {
    case batch, layer, rms, instance, group, renorm, ghost

    /// Whether scale and shift belong to elements, not to channels.
    var hasElementParameters: Bool { self == .layer || self == .rms }
    /// Whether there may be running statistics.
    var tracks: Bool { !hasElementParameters && self != .group }
  }

  enum Mode: String, CaseIterable, ExpressibleByArgument {
    case training, inference
  }

  @Argument(help: "The file to normalise: .csv, .npy or .safetensors.")
  var input: String
  @Option(help: "The normalization.")
  var norm = Norm.batch
  @Option(help: "Normalise with the batch's statistics, or with the running ones.")
  var mode = Mode.training
  // Unconditional, because the parser takes "-1" for an option otherwise.
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The axis of the channels; of layer and rms the first that is normalised. "
        + "Negative axes count from the end."))
  var axis = -1
  @Option(parsing: .unconditional, help: "The number of groups, for --norm group.")
  var groups: Int?
  @Option(parsing: .unconditional, help: "The size of virtual batches, for --norm ghost.")
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
  @Option(help: "What the running variance averages. (default: unbiased; biased for renorm)")
  var runningVariance: RunningStatistics.Tracking?
  @Option(
    parsing: .unconditional, help: "The largest correction r, for --norm renorm. (default: 3)")
  var rmax: Double?
  @Option(
    parsing: .unconditional, help: "The largest correction d, for --norm renorm. (default: 5)")
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
    try require(norm != .group || groups != nil, "--norm group needs --groups")
    try require(norm != .ghost || virtualBatch != nil, "--norm ghost needs --virtual-batch")
    for (name, value) in [("--groups", groups), ("--virtual-batch", virtualBatch)] {
      try require(value ?? 1 >= 1, "\(name) must be 1 or more, but is \(value ?? 1)")
    }
    try require(
      rmax ?? 1 >= 1 && (rmax ?? 1).isFinite,
      "--rmax must be a number from 1 up, but is \(rmax ?? 1)")
    try require(
      dmax ?? 0 >= 0 && (dmax ?? 0).isFinite,
      "--dmax must be a number from 0 up, but is \(dmax ?? 0)")
    try require(
      norm != .renorm || runningVariance != .unbiasedVariance,
      "--norm renorm keeps the biased variance or the standard deviation, not the unbiased variance"
    )
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
        case .float: try Application<Float>(self, file.tensors, execution).outcome()
        case .double: try Application<Double>(self, file.tensors, execution).outcome()
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

  var tracking: RunningStatistics.Tracking {
    runningVariance ?? (norm == .renorm ? .biasedVariance : .unbiasedVariance)
  }

  var momentum: Momentum {
    if cumulative { return .cumulative }
    if let update { return .updating(update) }
    return .keeping(keep ?? 0.9)
  }
}

extension RunningStatistics.Tracking: ExpressibleByArgument {}
