import Foundation
import TensorFiles

/// A directory with a file for each seed that an experiment has finished, so that an interrupted run goes on.
///
///     DIRECTORY/NAME/quick-3.json
///
/// A file counts as long as the experiment's procedure is the one it was written for.
public struct OutcomeStore: Sendable {
  /// The directory.
  public let directory: String

  private struct Content: Codable {
    var procedure: [Setting]
    var environment: String
    var outcome: SeedOutcome
  }

  /// Names a directory; nothing is read or written.
  public init(directory: String) {
    self.directory = directory
  }

  private func path(_ name: String, _ form: ExperimentForm, _ seed: UInt64) -> String {
    "\(directory)/\(name)/\(form.rawValue)-\(seed).json"
  }

  /// The outcome of a seed, or nil where it has to be run.
  func outcome(
    of experiment: some Experiment, _ form: ExperimentForm, seed: UInt64, environment: String
  ) -> SeedOutcome? {
    let url = URL(fileURLWithPath: path(experiment.name, form, seed))
    guard let data = try? Data(contentsOf: url),
      let content = try? Self.decoder.decode(Content.self, from: data),
      content.procedure == experiment.procedure(form), content.environment == environment
    else { return nil }
    return content.outcome
  }

  /// Keeps the outcome of a seed.
  func keep(
    _ outcome: SeedOutcome, of experiment: some Experiment, _ form: ExperimentForm,
    environment: String
  ) throws {
    let path = path(experiment.name, form, outcome.seed)
    try FileManager.default.createDirectory(
      atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path,
      withIntermediateDirectories: true)
    let content = Content(
      procedure: experiment.procedure(form), environment: environment, outcome: outcome)
    try writeAtomically([UInt8](try Self.encoder.encode(content)), to: path)
  }

  /// The same text for the same numbers, numbers that are not finite among them.
  static var encoder: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return encoder
  }

  static var decoder: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return decoder
  }
}
