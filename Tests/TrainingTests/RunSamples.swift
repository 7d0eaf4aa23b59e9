import Datasets
import Foundation
import NeuralNetworks
import Normalization
import Training

/// A small run over the digits, with everything that has a state.
enum RunSamples {
  static func network(hidden: Int = 12, seed: UInt64 = 5) -> Sequential<Float> {
    var generator = SeededGenerator(seed: seed)
    func dense(_ inputs: Int, _ outputs: Int) -> Dense<Float> {
      Dense(
        inputCount: inputs, outputCount: outputs, deviation: 0.2, using: &generator,
        execution: Execution(threadCount: 1))
    }
    return Sequential([
      .init("hidden", dense(64, hidden)),
      .init("norm", BatchNorm<Float>(featureCount: hidden, execution: Execution(threadCount: 1))),
      .init("relu", Activation(.relu)), .init("output", dense(hidden, 10)),
    ])
  }

  static func configuration(steps: Int = 60) -> TrainingConfiguration {
    var configuration = TrainingConfiguration()
    configuration.length = .steps(steps)
    configuration.batchSize = 50
    configuration.optimizer.momentum = 0.9
    configuration.optimizer.weightDecay = 1e-3
    configuration.learningRate.kind = .cosine
    configuration.learningRate.warmUpSteps = 5
    configuration.clipping = .norm(1)
    configuration.evaluationInterval = 20
    configuration.checkpointInterval = 7
    configuration.details = ["network": "mlp"]
    return configuration
  }

  /// Noise that depends on the step.
  static let augmentation: TrainingRun.Augmentation = { features, step in
    var generator = SeededGenerator(seed: 9, stream: UInt64(step))
    var values = features.mutableSpan
    for index in values.indices { values[index] += Float(0.01 * generator.normal()) }
  }

  static func run(
    _ configuration: TrainingConfiguration = configuration(), at path: String? = nil,
    network: Sequential<Float> = network()
  ) throws -> TrainingRun {
    try TrainingRun(
      configuration, network: network, training: Digits.training, test: Digits.test,
      augmentation: augmentation, checkpoints: path.map { CheckpointStore(path: $0) },
      log: path.map { TrainingLog(path: "\($0).jsonl") })
  }

  /// The digest of a run that was never stopped.
  static func digest(
    _ configuration: TrainingConfiguration = configuration()
  ) throws -> String {
    var run = try run(configuration)
    _ = try run.run()
    return run.trainer.digest
  }
}

/// A new empty directory that goes when the value does.
final class TemporaryDirectory {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory
      .appending(path: "TrainingTests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path(percentEncoded: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path).sorted()
  }
}

/// The content of a file.
func content(of path: String) throws -> [UInt8] {
  Array(try Data(contentsOf: URL(filePath: path)))
}

/// Gives a file a content.
func write(_ bytes: [UInt8], to path: String) throws {
  try Data(bytes).write(to: URL(filePath: path))
}
