import Conventions
import Foundation
import Normalization
import TensorFiles
import Testing

/// Layers that PyTorch, Keras and Flax made and safetensors saved; see Fixtures/make_family_states.py.
@Suite struct FamilyFixtureTests {
  static let systems: [NormalizationConvention] = [.pyTorch, .keras, .flax]

  private func file(_ name: String) throws -> NamedTensors {
    let path = try #require(
      Bundle.module.path(forResource: "Fixtures/family-\(name)", ofType: "safetensors"))
    return try SafetensorsFile.read(path)
  }

  private func state(_ system: NormalizationConvention) throws -> NamedTensors {
    try file(system.rawValue.lowercased())
  }

  private func prefix(_ system: NormalizationConvention, _ layer: String) -> String {
    switch system {
    case .keras: "\(layer)/"
    case .flax: "params.\(layer)."
    default: "\(layer)."
    }
  }

  /// The outputs in Float64, on both sides computed from the same Float32 numbers; Keras computes in Float32, and
  /// takes a mean of three deviations off last.
  private func compare(
    _ system: NormalizationConvention, _ name: String,
    _ inference: (Tensor<Double>) throws -> Tensor<Double>
  ) throws {
    let outputs = try file("outputs")
    let place = "\(system.rawValue).\(name)"
    let input = try outputs.tensor(named: "\(place).input").converted(to: Double.self)
    let expected = try outputs.tensor(named: "\(place).output").converted(to: Double.self)
    let found = try inference(input)
    #expect(found.shape == expected.shape)
    let worst = zip(found.elements, expected.elements).map { abs($0 - $1) }.max() ?? 1
    #expect(worst < (system == .keras ? 1e-5 : 1e-12), "\(place)")
  }

  @Test(arguments: systems)
  func `the layers of the file give the system's outputs`(system: NormalizationConvention) throws {
    let state = try state(system)
    func prefix(_ layer: String) -> String { self.prefix(system, layer) }
    let layer = try system.layerNorm(Double.self, from: state, prefix: prefix("layer")).layer
    #expect(layer.normalizedShape == (system == .flax ? [5] : [3, 4]))
    try compare(system, "layer") { try layer.inference($0) }
    let rms = try system.rmsNorm(Double.self, from: state, prefix: prefix("rms")).layer
    try compare(system, "rms") { try rms.inference($0) }
    let group = try system.groupNorm(
      Double.self, from: state, prefix: prefix("group"), groupCount: 2
    ).layer
    try compare(system, "group") { try group.inference($0) }
    let instance = try system.instanceNorm(Double.self, from: state, prefix: prefix("instance"))
      .layer
    try compare(system, "instance") { try instance.inference($0) }
    guard system == .pyTorch else { return }
    let plain = try system.layerNorm(Double.self, from: state, prefix: "plain.").layer
    #expect(plain.shift == nil)
    try compare(system, "plain") { try plain.inference($0) }
    let tracking = try system.instanceNorm(Double.self, from: state, prefix: "tracking.").layer
    #expect(tracking.scale == nil)
    // Five batches, but PyTorch does not count those of instance normalization.
    #expect(tracking.runningStatistics?.batchesTracked == 0)
    #expect(tracking.runningStatistics?.mean != [0, 0, 0])
    #expect(tracking.runningStatistics?.tracking == .unbiasedVariance)
    try compare(system, "tracking") { try tracking.inference($0) }
  }

  @Test(arguments: systems)
  func `written again the file has the same bytes`(system: NormalizationConvention) throws {
    let state = try state(system)
    var again = NamedTensors()
    func prefix(_ layer: String) -> String { self.prefix(system, layer) }
    for name in ["layer"] + (system == .pyTorch ? ["plain"] : []) {
      let layer = try system.layerNorm(Float.self, from: state, prefix: prefix(name)).layer
      try system.write(layer, into: &again, prefix: prefix(name))
    }
    let rms = try system.rmsNorm(Float.self, from: state, prefix: prefix("rms")).layer
    try system.write(rms, into: &again, prefix: prefix("rms"))
    let group = try system.groupNorm(
      Float.self, from: state, prefix: prefix("group"), groupCount: 2
    ).layer
    system.write(group, into: &again, prefix: prefix("group"))
    for name in ["instance"] + (system == .pyTorch ? ["tracking"] : []) {
      let layer = try system.instanceNorm(Float.self, from: state, prefix: prefix(name)).layer
      try system.write(layer, into: &again, prefix: prefix(name))
    }
    #expect(Set(again.names) == Set(state.names))
    for entry in state.entries {
      #expect(again.value(named: entry.name) == entry.value, "\(entry.name)")
    }
  }
}
