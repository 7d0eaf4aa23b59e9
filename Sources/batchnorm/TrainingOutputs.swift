import Foundation
import NeuralNetworks
import TensorFiles

/// The files that `train` writes, checked before long work.
struct TrainingOutputs {
  private let export: OutputFile?
  private let initial: OutputFile?
  private let json: OutputFile?

  init(_ options: FileOptions) throws {
    export = try options.export.map(OutputFile.init)
    initial = try options.exportInitial.map(OutputFile.init)
    json = try options.json.map(OutputFile.init)
    // These are written by others, again and again.
    for path in [options.checkpoint, options.log].compactMap({ $0 }) { _ = try OutputFile(path) }
  }

  /// Writes the weights before the first step.
  func writeInitial(_ network: Sequential<Float>, sampleShape: [Int]) throws {
    guard let initial else { return }
    try initial.write(try exportedState(of: network, sampleShape: sampleShape))
  }

  /// Writes weights and numbers. Both are tried, so that a full disk for one does not lose the other.
  func write(_ numbers: TrainingNumbers, _ network: Sequential<Float>, sampleShape: [Int]) throws {
    let written = [
      Result {
        guard let export else { return }
        try export.write(try exportedState(of: network, sampleShape: sampleShape))
        printLine("Weights: \(export.path)")
      },
      Result {
        guard let json else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try json.write(try encoder.encode(numbers) + Data("\n".utf8))
        printLine("Numbers: \(json.path)")
      },
    ]
    for result in written { try result.get() }
  }
}

/// The weights and statistics of a network under PyTorch's names; what PyTorch has to be told besides is noted.
///
/// - Parameters:
///   - network: the network.
///   - sampleShape: the shape of a sample.
func exportedState(
  of network: Sequential<Float>, sampleShape: [Int]
) throws(CommandError) -> NamedTensors {
  do throws(NetworkError) {
    let state = try network.pyTorchState(sampleShape: sampleShape)
    for note in state.notes { printNote(note) }
    return state.tensors
  } catch {
    throw CommandError(error)
  }
}

extension OutputFile {
  func write(_ tensors: NamedTensors) throws {
    do {
      try SafetensorsFile.write(tensors, to: path)
    } catch {
      throw CommandError(error)
    }
  }
}
