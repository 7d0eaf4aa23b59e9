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
    try initial.write(exportedState(of: network, sampleShape: sampleShape).tensors)
  }

  /// Writes weights and numbers. Both are tried, so that a full disk for one does not lose the other.
  func write(_ numbers: TrainingNumbers, _ network: Sequential<Float>, sampleShape: [Int]) throws {
    let written = [
      Result {
        guard let export else { return }
        let state = try exportedState(of: network, sampleShape: sampleShape)
        try export.write(state.tensors)
        printLine("Weights: \(export.path)")
        for note in state.notes { printNote("for PyTorch: \(note)") }
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

/// The weights and statistics of a network as PyTorch's `load_state_dict` takes them.
private func exportedState(
  of network: Sequential<Float>, sampleShape: [Int]
) throws(CommandError) -> PyTorchState {
  do throws(NetworkError) {
    return try network.pyTorchState(sampleShape: sampleShape)
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
