import Foundation
import NeuralNetworks
import Normalization
import Plots
import Training

/// C14: recurrent networks.
struct Recurrent: Experiment {
  let name = "recurrent"
  let claimNumbers = ["C14"]
  let claim = "In recurrent networks layer normalization works better than batch normalization."
  let sources = ["S3", "Ba, Kiros and Hinton 2016 (arXiv:1607.06450)"]

  // "Often works better" names no amount, so any difference counts, to either side, and batch normalization has the
  // better of the two ways that were proposed for it.
  let criterion = Criterion(
    "layer over batch",
    "best test accuracy, layer minus the better of both batch normalizations, each at its own best rate, mean of Elman "
      + "and GRU", .points)

  let furtherCriteria = [
    Criterion(
      "layer over batch, steps",
      "steps to the lower of the two best accuracies, the better batch normalization over layer normalization, mean of "
        + "the logarithms", .factor),
    Criterion(
      "layer over batch, batches of 4", "the accuracy with batches of 4, rates a fourth", .points),
    Criterion(
      "layer over plain", "best test accuracy, layer minus none, mean of Elman and GRU", .points),
    Criterion(
      "batch over plain", "best test accuracy, the better batch normalization minus none", .points),
    Criterion(
      "each step over input alone",
      "best test accuracy, batch normalization in each step minus that of the input alone", .points),
  ]

  private enum Cell: String, CaseIterable { case elman = "Elman", gru = "GRU" }

  private enum Kind: String, CaseIterable {
    case plain
    case layer = "layer norm"
    case batchInput = "batch norm of the input"
    case batchPerStep = "batch norm in each step"

    func normalization(steps: Int) -> RecurrentNormalization {
      switch self {
      case .plain: .none
      case .layer: .layer
      case .batchInput: .batchInput
      case .batchPerStep: .batchPerStep(maximumStepCount: steps)
      }
    }
  }

  private let rates = [0.001, 0.003, 0.01, 0.03]
  private let hiddenCount = 32
  private let batchSizes = [60, 4]
  private let interval = 20
  private let steps = 400

  func procedure(_ form: ExperimentForm) -> [Setting] {
    [
      form.dataSetting,
      Setting("Sequence", "the rows of an image from top to bottom, each a step"),
      Setting(
        "Network",
        "\(hiddenCount) units of an Elman layer (tanh) or a GRU; a linear layer of the last state"),
      Setting("Arms", Kind.allCases.map(\.rawValue).joined(separator: "; ")),
      Setting("Layer norm", "of the sums in each step, as Ba et al. 2016 do"),
      Setting("Batch norm of the input", "over batch and time, as Laurent et al. 2015 do"),
      Setting(
        "Batch norm in each step",
        "of both products, statistics of each step's own, scale 0.1 at first, as Cooijmans et al. 2016 do"
      ),
      Setting("Optimiser", "Adam"),
      Setting(
        "Learning rates",
        rates.map { "\($0)" }.joined(separator: ", ")
          + "; best: of the highest test accuracy, the earlier reached of equal ones"),
      Setting("Steps", "\(steps) of 60 images, and \(steps) of 4; tested every \(interval)"),
      Setting("Accuracy", "the best on the test images in all steps"),
    ]
  }

  func run(seed: UInt64, in context: ExperimentContext) throws -> SeedOutcome {
    var outcome = SeedOutcome(seed: seed)
    let data = try context.data().asImages
    let share = 1 / Double(Cell.allCases.count)
    for cell in Cell.allCases {
      for size in batchSizes {
        var best: [Kind: Course] = [:]
        for kind in Kind.allCases {
          let sweep = RateSweep(
            rates: rates,
            courses: try rates.map {
              try course(cell, kind, size, $0 * Double(size) / 60, data, seed: seed, in: context)
            })
          best[kind] = sweep.best
          let key = "\(cell.rawValue) \(kind.rawValue), \(size)"
          outcome.numbers[key] = sweep.best.best?.accuracy
          outcome.curves[key] = sweep.best.accuracies
        }
        for (key, effect) in effects(best, size) {
          outcome.effects[key, default: 0] += share * effect
        }
      }
    }
    return outcome
  }

  /// The answers for one cell and size.
  private func effects(_ best: [Kind: Course], _ size: Int) -> [String: Double] {
    func accuracy(_ kind: Kind) -> Double { best[kind]?.best?.accuracy ?? .nan }
    let batch: Kind = accuracy(.batchPerStep) > accuracy(.batchInput) ? .batchPerStep : .batchInput
    let difference = accuracy(.layer) - accuracy(batch)
    guard size == 60 else { return ["layer over batch, batches of \(size)": difference] }
    let bar = min(accuracy(.layer), accuracy(batch))
    func needed(_ kind: Kind) -> Double {
      Double(max(1, best[kind]?.firstStep(reaching: bar) ?? steps))
    }
    return [
      "layer over batch": difference,
      "layer over batch, steps": log2(needed(batch) / needed(.layer)),
      "layer over plain": accuracy(.layer) - accuracy(.plain),
      "batch over plain": accuracy(batch) - accuracy(.plain),
      "each step over input alone": accuracy(.batchPerStep) - accuracy(.batchInput),
    ]
  }

  private func course(
    _ cell: Cell, _ kind: Kind, _ size: Int, _ rate: Double, _ data: ExperimentData, seed: UInt64,
    in context: ExperimentContext
  ) throws -> Course {
    var arm = Arm(name: kind.rawValue)
    arm.optimizer = Adam(learningRate: rate)
    (arm.batchSize, arm.steps, arm.evaluationInterval) = (size, steps, interval)
    return try NetworkTraining(arm: arm).train(
      network(cell, kind, data, seed: seed, in: context), on: data, seed: seed, in: context)
  }

  private func network(
    _ cell: Cell, _ kind: Kind, _ data: ExperimentData, seed: UInt64, in context: ExperimentContext
  ) -> Sequential<Float> {
    let (rows, columns) = (data.sampleShape[0], data.sampleShape[1])
    let normalization = kind.normalization(steps: rows)
    var generator = SeededGenerator(seed: seed, stream: 1)
    let layer: any Layer<Float> =
      switch cell {
      case .elman:
        Elman<Float>(
          inputCount: columns, hiddenCount: hiddenCount, normalization: normalization,
          using: &generator, execution: context.execution)
      case .gru:
        GRU<Float>(
          inputCount: columns, hiddenCount: hiddenCount, normalization: normalization,
          using: &generator, execution: context.execution)
      }
    var outputGenerator = SeededGenerator(seed: seed, stream: 2)
    return Sequential([
      .init("rows", Reshaping<Float>([rows, columns])), .init("recurrent", layer),
      .init("last", LastStep<Float>()),
      .init(
        "output",
        Dense<Float>(
          inputCount: hiddenCount, outputCount: data.classCount,
          deviation: 1 / Double(hiddenCount).squareRoot(), using: &outputGenerator,
          execution: context.execution)),
    ])
  }

  func sections(_ outcomes: [SeedOutcome], _ form: ExperimentForm) -> [ReportPage.Block] {
    let table = ReportTable(
      caption: "Best test accuracy, each at its own best rate: medians of \(outcomes.count) seeds",
      columns: [.init("Normalization")]
        + Cell.allCases.flatMap { cell in
          batchSizes.map { .init("\(cell.rawValue), batches of \($0)", kind: .number) }
        },
      rows: Kind.allCases.map { kind in
        [kind.rawValue]
          + Cell.allCases.flatMap { cell in
            batchSizes.map { size in
              let value = outcomes.median("\(cell.rawValue) \(kind.rawValue), \(size)")
              return String(format: "%.1f %%", 100 * (value ?? .nan))
            }
          }
      })
    return [.table(table)]
      + Cell.allCases.map { cell in
        .figure(
          LineChart(
            title: "Test accuracy over steps, \(cell.rawValue), batches of 60",
            x: .init("step"), y: .init("test accuracy", format: .percent, range: 0...1),
            series: Kind.allCases.map {
              .init($0.rawValue, curve: "\(cell.rawValue) \($0.rawValue), 60", of: outcomes)
            }),
          caption: """
            Each at its own best rate: medians of \(outcomes.count) seeds, bands from the least to the greatest. If the \
            claim holds, the line of layer normalization lies above those of batch normalization.
            """)
      }
  }
}
