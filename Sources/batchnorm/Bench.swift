import ArgumentParser
import Experiments
import Foundation
import Normalization
import NormalizationKernels

/// Times the layers on this machine, against a copy of the same bytes.
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Time batch normalization on this machine against a copy of the same bytes.",
    discussion: """
      A copy reads and writes every byte once. Training has to move 2 to 3 times the input, its backward \
      pass 3 to 5 times, inference 2 times; so time over copy near 1 to 1.5, 1.5 to 2.5 and 1 is the limit \
      of the memory. Times are medians of alternating runs, output allocation included.

      EXAMPLES:
        batchnorm bench
        batchnorm bench --fused --shape 32,64,56,56
        batchnorm bench --shape 32,64,56,56 --layout channels-first --json
      """)

  enum Layout: String, CaseIterable, ExpressibleByArgument, Encodable {
    case channelsFirst = "channels-first"
    case channelsLast = "channels-last"
  }

  @Option(
    help: "Shape as samples,channels,extents...; may be repeated. (default: eight usual ones)",
    transform: LayerWidths.init(parsing:))
  var shape: [LayerWidths] = []
  @Option(help: "Where the channels lie. (default: both)")
  var layout: Layout?
  @Flag(help: "Also with an addend and ReLU in the same pass.")
  var fused = false
  @Option(parsing: .unconditional, help: "Runs of each measurement.")
  var runs = 15
  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    guard (1...10_000).contains(runs) else {
      throw ValidationError("--runs must be from 1 to 10000, but is \(runs)")
    }
    for shape in shape {
      guard shape.values.count >= 2 else {
        throw ValidationError("--shape needs samples and channels, but is \(shape)")
      }
      let elements = shape.values.reduce(1.0) { $0 * Double($1) }
      guard elements <= 1e9 else {
        throw ValidationError("--shape may ask for 1e9 elements, but \(shape) asks for \(elements)")
      }
      guard shape.values[0] * shape.values[2...].reduce(1, *) >= 2 else {
        throw ValidationError(
          "--shape needs two values or more per channel for a variance, but \(shape) has one")
      }
    }
  }

  func run() throws {
    let execution = try Execution.fromEnvironment()
    Interruption.watch()
    var report = Report(
      processor: Machine.processorName, threads: execution.threadCount,
      instructionSet: execution.instructionSet.rawValue, runs: runs)
    if !json {
      printLine(
        "\(report.processor), \(report.threads) threads, \(report.instructionSet), Float32\n")
      printLine(Self.row("layer", "shape", "layout", "time", "GB/s", "time/copy"))
    }
    for shape in shapes {
      for layout in layout.map({ [$0] }) ?? Layout.allCases {
        if shape.count == 2, layout == .channelsFirst, self.layout == nil { continue }
        let measurements = measure(shape, layout, execution)
        if Interruption.isRequested { throw ExitCode(130) }
        for measurement in measurements {
          report.measurements.append(measurement)
          if !json { printLine(measurement.line) }
        }
      }
    }
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
      printLine(String(decoding: try encoder.encode(report), as: UTF8.self))
    }
  }

  private var shapes: [[Int]] {
    if !shape.isEmpty { return shape.map(\.values) }
    return [
      [256, 100], [1024, 1024], [128, 8192], [32, 64, 56, 56], [32, 256, 14, 14], [32, 512, 7, 7],
      [8, 64, 112, 112], [64, 32, 28, 28],
    ]
  }

  /// Training forward, inference and backward, in turn with the copy.
  private func measure(_ shape: [Int], _ layout: Layout, _ execution: Execution) -> [Measurement] {
    var generator = SeededGenerator(seed: 1)
    let isLast = layout == .channelsLast
    let tensorShape = isLast ? [shape[0]] + shape[2...] + [shape[1]] : shape
    let input = Tensor<Float>(normal: tensorShape, mean: 1, deviation: 2, using: &generator)
    let gradient = Tensor<Float>(normal: tensorShape, using: &generator)
    let layer = BatchNorm<Float>(
      featureCount: shape[1], axis: isLast ? -1 : 1, execution: execution)
    guard let pass = try? layer.trainingPass(input) else { return [] }
    let copy = CopyYardstick<Float>(elementCount: input.count, execution: execution)
    var jobs: [(String, () -> Void)] = [
      ("copy", { copy.memcpy(input) }),
      ("copy", { copy.nontemporal(input) }),
      ("training forward", { _ = try? layer.trainingPass(input) }),
      ("inference", { _ = try? layer.inference(input) }),
      ("backward", { _ = layer.gradients(of: pass, outputGradient: gradient) }),
    ]
    if fused, let relu = try? layer.trainingPass(input, activation: .relu),
      let residual = try? layer.trainingPass(input, adding: gradient, activation: .relu)
    {
      jobs += [
        ("training + ReLU", { _ = try? layer.trainingPass(input, activation: .relu) }),
        ("inference + ReLU", { _ = try? layer.inference(input, activation: .relu) }),
        ("backward + ReLU", { _ = layer.gradients(of: relu, outputGradient: gradient) }),
        (
          "training + add + ReLU",
          { _ = try? layer.trainingPass(input, adding: gradient, activation: .relu) }
        ),
        (
          "backward + add + ReLU",
          { _ = layer.gradients(of: residual, outputGradient: gradient) }
        ),
      ]
    }
    var times = Array(repeating: [Double](), count: jobs.count)
    let clock = ContinuousClock()
    // Small calls are timed in groups, so that the clock does not count.
    let repetitions = max(1, 2_000_000 / max(1, input.count))
    for run in 0...runs {
      for (index, job) in jobs.enumerated() {
        let start = clock.now
        for _ in 0..<repetitions { job.1() }
        let seconds = (clock.now - start) / .seconds(1) / Double(repetitions)
        if run > 0 { times[index].append(seconds) }  // the first run warms up
      }
      if Interruption.isRequested { return [] }  // perhaps before any run that counts
    }
    let medians = times.map { $0.sorted()[$0.count / 2] }
    let copySeconds = min(medians[0], medians[1])
    return jobs.indices.dropFirst(2).map { index in
      Measurement(
        layer: jobs[index].0, shape: shape, layout: layout, seconds: medians[index],
        inputBytes: input.count * 4, timeOverCopy: medians[index] / copySeconds)
    }
  }

  struct Measurement: Encodable {
    let layer: String
    let shape: [Int]
    let layout: Layout
    let seconds: Double
    let inputBytes: Int
    let timeOverCopy: Double

    var line: String {
      // Bytes that must move at least: input and output, for the backward pass a second input, for an addend its own
      // and its gradient.
      let tensors = (layer.hasPrefix("backward") ? 3.0 : 2) + (layer.contains("add") ? 1 : 0)
      let bytes = Double(inputBytes) * tensors
      return Bench.row(
        layer, shape.map(String.init).joined(separator: "x"), layout.rawValue,
        seconds < 1e-3
          ? String(format: "%.1f us", seconds * 1e6) : String(format: "%.2f ms", seconds * 1e3),
        String(format: "%.1f", bytes / seconds / 1e9), String(format: "%.2f", timeOverCopy))
    }
  }

  private struct Report: Encodable {
    let processor: String
    let threads: Int
    let instructionSet: String
    let runs: Int
    var measurements: [Measurement] = []
  }

  private static func row(_ cells: String...) -> String {
    let widths = [-23, -16, -16, 10, 8, 11]
    return zip(cells, widths).map { cell, width in
      let padding = String(repeating: " ", count: max(0, abs(width) - cell.count))
      return width < 0 ? cell + padding : padding + cell
    }.joined()
  }
}
