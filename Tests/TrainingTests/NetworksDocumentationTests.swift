import Conventions
import Datasets
import Foundation
import NeuralNetworks
import Normalization
import TensorFiles
import Testing
import Training

/// The examples of Documentation/Networks.md.
@Suite struct NetworksDocumentationTests {
  @Test func `the examples run`() throws {
    let path = FileManager.default.temporaryDirectory
      .appending(path: "NetworksDocumentationTests-\(UUID().uuidString).safetensors")
      .path(percentEncoded: false)
    defer { try? FileManager.default.removeItem(atPath: path) }

    var generator = SeededGenerator(seed: 1)
    let block = Sequential<Float>([
      .init("dense", Dense(inputCount: 64, outputCount: 32, deviation: 0.1, using: &generator)),
      .init("norm", BatchNorm(featureCount: 32)),
    ])
    var network = Sequential<Float>([
      .init("block", block),
      .init("relu", Activation(.relu)),
      .init("output", Dense(inputCount: 32, outputCount: 10, deviation: 0.1, using: &generator)),
    ])

    let mixed = Sequential<Float>([
      .init("dense", Dense(inputCount: 64, outputCount: 32, deviation: 0.1, using: &generator)),
      .init("layer", LayerNorm(normalizedShape: [32])),
      .init("renorm", BatchRenorm(featureCount: 32)),
      .init("ghost", GhostBatchNorm(BatchNorm(featureCount: 32), virtualBatchSize: 20)),
    ])
    print(mixed.summary)
    #expect(mixed.normalizations.map(\.name) == ["layer", "renorm", "ghost"])

    print(network.summary)
    try SafetensorsFile.write(network.stateDictionary, to: path)
    try network.load(SafetensorsFile.read(path))

    let state = try network.pyTorchState(sampleShape: [64])
    try SafetensorsFile.write(state.tensors, to: path)
    try network.load(pyTorchState: SafetensorsFile.read(path), sampleShape: [64])

    try network.freeze(.statistics) { $0.hasPrefix("block") }
    network.unfreeze()

    let batches = try Batches(
      sampleCount: Digits.training.count, batchSize: 100, remainder: .keep, seed: 1)
    let recalibration = Recalibration(.layerByLayer, tolerance: 0.1)
    let measured = try recalibration.run(&network, on: Digits.training, batches: batches)
    print(measured)
    #expect(measured.layers.map(\.name) == ["block.norm"])

    let folding = network.folded(probes: Digits.test.features)
    print(folding.report)
    let outputs = try folding.network.inference(Digits.test.features)
    #expect(outputs.shape == [360, 10])
    #expect(folding.report.certificates.map(\.normalizations) == [["block.norm"]])

    var file = NamedTensors()
    let norm = BatchNorm<Float>(featureCount: 32)
    print(try NormalizationConvention.keras.write(norm, into: &file, prefix: "bn/"))
    let reading = try NormalizationConvention.keras.batchNorm(
      Float.self, from: file, prefix: "bn/")
    print(reading.assumptions)
    #expect(reading.layer.scale == norm.scale)

    let group = GroupNorm<Float>(featureCount: 32, groupCount: 8)
    print(NormalizationConvention.mlx.write(group, into: &file, prefix: "gn."))
    let compatible = try NormalizationConvention.mlx.groupNorm(
      Float.self, from: file, prefix: "gn.", groupCount: 8, isPyTorchCompatible: true)
    #expect(compatible.layer.groupCount == 8)
  }

  @Test func `the examples above are those of the documentation`() throws {
    func lines(_ path: String) throws -> [String] {
      let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: path)
      return try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map {
        $0.trimmingCharacters(in: .whitespaces)
      }
    }
    let tested = Set(try lines("NetworksDocumentationTests.swift"))
    var isInside = false
    var count = 0
    for line in try lines("../../Documentation/Networks.md") {
      if line.hasPrefix("```") {
        isInside = line == "```swift"
      } else if isInside {
        count += 1
        #expect(tested.contains(line), "\(line)")
      }
    }
    #expect(count > 20)
  }
}
