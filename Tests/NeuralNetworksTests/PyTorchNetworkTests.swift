import Foundation
import NeuralNetworks
import Normalization
import TensorFiles
import TestSupport
import Testing

/// Every architecture with every normalization, as PyTorch's modules name and compute it; see
/// Fixtures/make_pytorch_networks.py.
@Suite struct PyTorchNetworkTests {
  struct Setting: Decodable, Sendable {
    var architecture: NetworkArchitecture
    var norm: NetworkNormalization
    var placement: NormalizationPlacement
    var sampleShape: [Int]
    var classes: Int
    /// Shapes by name.
    var state: [String: [Int]]
    /// Between PyTorch's outputs in Float64 and in Float32.
    var distance: Double

    func network() throws -> Sequential<Float> {
      var options = NetworkOptions()
      (options.normalization, options.placement) = (norm, placement)
      return try architecture.network(
        sampleShape: sampleShape, classCount: classes, options: options)
    }
  }

  static let cases: [FixtureFile<Setting>.Case] = {
    (try? FixtureFile<Setting>("pytorch-networks", in: .module))?.cases ?? []
  }()

  @Test func `the file has every network and every normalization`() {
    #expect(Self.cases.count == 37)
    for normalization in NetworkNormalization.allCases {
      for name in ["mlp", "lenet", "vgg-small", "resnet-8"]
      where (name, normalization) != ("mlp", .instance) {
        let count = Self.cases.count {
          $0.setting.architecture.rawValue == name && $0.setting.norm == normalization
        }
        #expect(count >= 1, "\(name) \(normalization)")
      }
    }
  }

  @Test(arguments: cases)
  func `names, types and shapes are those of PyTorch's state_dict`(
    item: FixtureFile<Setting>.Case
  ) throws {
    let setting = item.setting
    let tensors = try setting.network().pyTorchState(sampleShape: setting.sampleShape).tensors
    #expect(Set(tensors.names) == Set(setting.state.keys))
    for entry in tensors.entries {
      #expect(entry.value.shape == setting.state[entry.name], "\(entry.name)")
      let isCount = entry.name.hasSuffix("num_batches_tracked")
      #expect(entry.value.dtype == (isCount ? "I64" : "F32"), "\(entry.name)")
    }
    #expect(tensors.metadata == ["format": "pt"])
  }

  /// The outputs are Float64; those of Float32 in PyTorch's two layouts are `distance` from them.
  @Test(arguments: cases)
  func `a state of PyTorch gives PyTorch's outputs`(item: FixtureFile<Setting>.Case) throws {
    let setting = item.setting
    var network = try setting.network()
    let state = PatternTensors.state(setting.state, Float.self)
    try network.load(pyTorchState: state, sampleShape: setting.sampleShape)

    let images = PatternTensors.signed(
      "images \(item.number)", [3] + setting.sampleShape, Float.self)
    let expected = try item.expected("output")
    let found = try network.inference(images)
    #expect(found.shape == expected.shape)
    let largest = expected.elements.map { abs($0) }.max() ?? 0
    #expect(largest > 0.5)
    let tolerance = 4 * max(setting.distance, 0x1p-22 * largest)
    for index in 0..<found.count {
      #expect(abs(Double(found[index]) - expected[index]) <= tolerance, "element \(index)")
    }
  }

  @Test(arguments: cases)
  func `what was read is written again, to the bit`(item: FixtureFile<Setting>.Case) throws {
    let setting = item.setting
    var network = try setting.network()
    let state = PatternTensors.state(setting.state, Float.self)
    try network.load(pyTorchState: state, sampleShape: setting.sampleShape)
    let again = try network.pyTorchState(sampleShape: setting.sampleShape).tensors
    for name in state.names { #expect(again.value(named: name) == state.value(named: name)) }
    #expect(again.names.count == state.names.count)
    // And a network of other weights takes it up completely.
    var other = try setting.network()
    try other.load(pyTorchState: again, sampleShape: setting.sampleShape)
    #expect(
      try SafetensorsFile.encode(other.stateDictionary, path: "a")
        == SafetensorsFile.encode(network.stateDictionary, path: "b"))
  }
}
