import Datasets
import Foundation
import NeuralNetworks
import Normalization
import Training

/// A network tested in the ways in which it may be used.
struct Evaluation {
  /// The probability below which a difference is no chance.
  static let level = 0.001
  /// Training samples that statistics are taken anew of, at most, and how many at a time.
  private static let recalibrationCount = (samples: 5000, batch: 250)
  /// Samples that folds are tried on.
  private static let probeCount = 32

  /// One way, and what came out.
  struct Way {
    /// What it is called in texts.
    let name: String
    let result: Trainer.Evaluation
    /// Against the first way; nil for that itself.
    let outcomes: PairedOutcomes?

    /// Whether it differs from the first way by more than chance.
    var differs: Bool { outcomes.map { $0.probability < Evaluation.level } ?? false }
  }

  let testCount: Int
  let inference: Way
  /// Nil where no layer takes statistics of batches.
  let batch: Way?
  /// Nil where nothing was folded.
  let folded: Way?
  /// Nil where that was not asked for, or nothing can be taken anew.
  let recalibrated: Way?
  let folding: FoldingReport
  /// Samples that batch statistics were taken of, but for one more or less.
  let batchSize: Int
  /// Whether layers have running statistics.
  let hasRunningStatistics: Bool

  /// Tests a network.
  ///
  /// - Parameters:
  ///   - network: what is tested.
  ///   - training: samples to take statistics anew of, or nil not to.
  ///   - test: what is to be recognised.
  ///   - batchSize: the most samples that batch statistics are taken of.
  init(
    of network: Sequential<Float>, training: (any LabeledSamples)?, test: any LabeledSamples,
    batchSize: Int
  ) throws {
    let trainer = Trainer(network: network, optimizer: SGD(learningRate: 0))
    testCount = test.count
    let batchCount = (test.count + batchSize - 1) / batchSize
    self.batchSize = test.count / batchCount
    hasRunningStatistics = network.normalizations.contains { $0.layer.runningStatistics != nil }
    let first = try trainer.evaluation(of: test)
    func way(_ name: String, _ result: Trainer.Evaluation) throws -> Way {
      try Interruption.check()
      return Way(
        name: name, result: result,
        outcomes: PairedOutcomes(first.isRecognized, result.isRecognized))
    }
    inference = Way(
      name: hasRunningStatistics ? "running statistics" : "inference", result: first, outcomes: nil)
    try Interruption.check()
    let takesBatches = network.normalizations.contains {
      guard case .batch = $0.layer.statisticsSet else { return false }
      return true
    }
    batch =
      takesBatches
      ? try way(
        "batch statistics",
        trainer.evaluationWithBatchStatistics(of: test, batchSize: batchSize)) : nil
    let probes = try test.gather(Array(0..<min(Self.probeCount, test.count))).features
    let (foldedNetwork, report) = network.folded(probes: probes)
    folding = report
    folded =
      report.certificates.isEmpty
      ? nil
      : try way(
        "folded",
        Trainer(network: foldedNetwork, optimizer: SGD(learningRate: 0)).evaluation(of: test))
    guard let training, hasRunningStatistics else {
      recalibrated = nil
      return
    }
    recalibrated = try way(
      "recalibrated", Self.recalibrated(trainer, training).evaluation(of: test))
  }

  /// The network with running statistics of its own training samples.
  private static func recalibrated(
    _ trainer: Trainer, _ training: any LabeledSamples
  ) throws -> Trainer {
    let count = recalibrationCount
    var batches = try Batches(
      sampleCount: training.count, batchSize: min(count.batch, training.count), seed: 0)
    let batchCount = min(batches.batchesPerEpoch, count.samples / count.batch)
    let inputs = try (0..<batchCount).map { _ in try training.gather(batches.next()).features }
    var result = trainer
    _ = try Recalibration(.layerByLayer).run(&result.network, over: inputs)
    return result
  }
}

// What `evaluate` prints.
extension Evaluation {
  private var ways: [Way] { [inference, batch, folded, recalibrated].compactMap { $0 } }

  /// The table, what it is of, and the warnings.
  var lines: [String] {
    var table = TextTable(header: ["", "accuracy", "loss"])
    for way in ways {
      let score = way.result.score
      table.rows.append([way.name, percent(score.accuracy), shortLoss(score.loss)])
    }
    return table.lines + [""] + notes + warnings.map { "Warning: \($0)" }
  }

  /// What the rows are of.
  private var notes: [String] {
    var notes = ["\(testCount) samples; batch statistics of \(batchSize)."]
    if batch == nil { notes = ["\(testCount) samples; no layer takes statistics of batches."] }
    let count = folding.certificates.reduce(0) { $0 + $1.normalizations.count }
    let all = count + folding.refusals.count
    if all > 0 { notes.append("Folded: \(count) of \(all) normalization layers.") }
    // Layers that stay for the same reason share a line.
    for reason in unique(folding.refusals.map { "\($0.obstacle)" }) {
      let names = folding.refusals.filter { "\($0.obstacle)" == reason }.map(\.name)
      notes.append("Not folded: \(names.joined(separator: ", ")), because \(reason).")
    }
    return notes
  }

  /// What differs by more than chance, and what it may be.
  var warnings: [String] {
    var warnings: [String] = []
    if let batch, batch.differs, let text = sentence(batch) {
      if isBetter(batch) {
        warnings.append(
          text + "the running statistics are stale; take them anew: --recalibrate shows what that "
            + "gives, and Recalibration in Documentation/Networks.md does it")
      } else {
        warnings.append(
          text
            + "batches of \(batchSize) represent the samples poorly, or the network never met its "
            + "own batch statistics, as after recalibration or folding; use the running ones")
      }
    }
    if let folded, folded.differs, let text = sentence(folded) {
      warnings.append(
        text + "folding lost digits that the network needs; use it unfolded, and see what "
          + "Documentation/Networks.md says of means that are large beside their deviation")
    }
    if let recalibrated, recalibrated.differs, let text = sentence(recalibrated) {
      warnings.append(
        text
          + (isBetter(recalibrated)
            ? "the running statistics of the checkpoint are stale"
            : "the training samples are distributed otherwise than those to test with, or they are few")
      )
    }
    return warnings
  }

  private func isBetter(_ way: Way) -> Bool {
    way.outcomes.map { $0.onlySecond > $0.onlyFirst } ?? false
  }

  /// Which samples two ways disagree on, and how likely that is.
  private func sentence(_ way: Way) -> String? {
    guard let outcomes = way.outcomes else { return nil }
    let probability = outcomes.probability
    let likelihood =
      probability < 1e-12 ? "below 1e-12" : "of \(String(format: "%.1e", probability))"
    return "\(outcomes.onlyFirst) of \(outcomes.count) samples are recognised with "
      + "\(inference.name) only, \(outcomes.onlySecond) \(way.preposition)\(way.name) only, which is no "
      + "chance (probability \(likelihood)): "
  }
}

extension Evaluation.Way {
  fileprivate var preposition: String { name.hasSuffix("statistics") ? "with " : "" }
}

private func shortLoss(_ loss: Double) -> String { String(format: "%.4f", loss) }

/// The texts in order, each once.
private func unique(_ texts: [String]) -> [String] {
  var seen: Set<String> = []
  return texts.filter { seen.insert($0).inserted }
}
