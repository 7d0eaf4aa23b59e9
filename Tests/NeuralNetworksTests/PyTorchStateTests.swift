import Foundation
import Normalization
import TensorFiles
import TestSupport
import Testing

@testable import NeuralNetworks

/// What PyTorch calls the tensors of a network, and which of them cannot be read.
@Suite struct NetworkPyTorchStateTests {
  private static func norm(
    _ tracking: RunningStatistics.Tracking?, hasShift: Bool = true, epsilon: Double = 1e-5,
    momentum: Momentum = .keeping(0.9)
  ) -> BatchNorm<Float> {
    BatchNorm(
      featureCount: 4, epsilon: epsilon, momentum: momentum, tracking: tracking, hasShift: hasShift)
  }

  /// A network with a bit of everything, after some training.
  private func network(seed: UInt64, steps: Int = 3) throws -> Sequential<Float> {
    var generator = SeededGenerator(seed: seed)
    var network = Sequential<Float>([
      .init("first", Dense(inputCount: 3, outputCount: 4, deviation: 1, using: &generator)),
      .init("first.norm", Self.norm(.unbiasedVariance)), .init("first.relu", Activation(.relu)),
      .init("dropout", Dropout(rate: 0.25, seed: 3)),
      .init(
        "block",
        Sequential([
          .init("deviation", Self.norm(.standardDeviation)),
          .init("batch", Self.norm(nil, hasShift: false)),
        ])),
      .init("last", Dense(inputCount: 4, outputCount: 2, deviation: 1, using: &generator)),
    ])
    for _ in 0..<steps {
      let input = Tensor<Float>(normal: [9, 3], mean: 3, deviation: 0.1, using: &generator)
      network.commit(try network.forward(input))
    }
    return network
  }

  @Test func `names, types and shapes`() throws {
    let state = try network(seed: 1).pyTorchState(sampleShape: [3])
    #expect(
      state.tensors.entries.map { "\($0.name) \($0.value.dtype) \($0.value.shape)" } == [
        "first.0.weight F32 [4, 3]", "first.0.bias F32 [4]", "first.1.weight F32 [4]",
        "first.1.bias F32 [4]", "first.1.running_mean F32 [4]", "first.1.running_var F32 [4]",
        "first.1.num_batches_tracked I64 []", "block.deviation.weight F32 [4]",
        "block.deviation.bias F32 [4]", "block.deviation.running_mean F32 [4]",
        "block.deviation.running_var F32 [4]", "block.deviation.num_batches_tracked I64 []",
        "block.batch.weight F32 [4]", "last.weight F32 [2, 4]", "last.bias F32 [2]",
      ])
    #expect(
      state.notes == [
        "'block.deviation': running_var averages the biased variance, PyTorch the unbiased one: "
          + "numbers unchanged",
        "'block.batch': PyTorch's module has a bias: set it to 0",
        "'block.batch': track_running_stats=False",
      ])
  }

  @Test func `statistics are rounded once, and everything else keeps its bits`() throws {
    let trained = try network(seed: 1)
    let tensors = try trained.pyTorchState(sampleShape: [3]).tensors
    var other = try network(seed: 2, steps: 1)
    try other.load(pyTorchState: tensors, sampleShape: [3])
    #expect(other.parameters.map(\.value) == trained.parameters.map(\.value))
    #expect(other.normalizations.count == 3)
    for (new, old) in zip(other.normalizations, trained.normalizations) {
      let (new, old) = (new.layer.runningStatistics, old.layer.runningStatistics)
      #expect(new?.batchesTracked == old?.batchesTracked)
      #expect(new?.tracking == old?.tracking)
      #expect(new?.mean == old?.mean.map { Double(Float($0)) })
      guard let new, let old else { continue }
      for (a, b) in zip(new.variance, old.variance) { #expect(abs(a / b - 1) <= 0x1p-23) }
      #expect(old.batchesTracked == 3)
    }
    #expect(
      try SafetensorsFile.encode(other.pyTorchState(sampleShape: [3]).tensors, path: "a")
        == SafetensorsFile.encode(tensors, path: "b"))
    // What PyTorch has no place for stays.
    let counts = other.layers.compactMap { ($0.layer as? any RandomLayer<Float>)?.passesDrawn }
    #expect(counts == [1])
  }

  @Test func `numbers in Float64 stay in Float64`() throws {
    var norm = BatchNorm<Double>(featureCount: 2)
    norm.runningStatistics = RunningStatistics(
      mean: [0.1, 1e300], variance: [0.2, 3], batchesTracked: 7)
    let network = Sequential<Double>([.init("norm", norm)])
    let tensors = try network.pyTorchState(sampleShape: [2]).tensors
    #expect(tensors["norm.running_mean"] == .double(Tensor([0.1, 1e300])))
    var other = Sequential<Double>([.init("norm", BatchNorm<Double>(featureCount: 2))])
    try other.load(pyTorchState: tensors, sampleShape: [2])
    #expect(other.normalizations[0].layer.runningStatistics == norm.runningStatistics)
  }

  @Test func `recurrent layers have PyTorch's names unless they are normalised`() throws {
    var generator = SeededGenerator(seed: 1)
    func names(_ normalization: RecurrentNormalization) throws -> [String] {
      let layer = GRU<Float>(
        inputCount: 2, hiddenCount: 3, normalization: normalization, using: &generator)
      let network = Sequential<Float>([.init("rnn", layer), .init("last", LastStep())])
      let tensors = try network.pyTorchState(sampleShape: [4, 2]).tensors
      var other = network
      other.visitParameters { _, value in value = Tensor(repeating: 9, shape: value.shape) }
      try other.load(pyTorchState: tensors, sampleShape: [4, 2])
      #expect(other.parameters.map(\.value) == network.parameters.map(\.value))
      return tensors.names
    }
    #expect(
      try names(.none) == [
        "rnn.weight_ih_l0", "rnn.weight_hh_l0", "rnn.bias_ih_l0", "rnn.bias_hh_l0",
      ])
    #expect(
      try names(.batchInput) == [
        "rnn.weight_ih", "rnn.weight_hh", "rnn.bias_hh", "rnn.input_norm.weight",
        "rnn.input_norm.bias", "rnn.input_norm.running_mean", "rnn.input_norm.running_var",
        "rnn.input_norm.num_batches_tracked",
      ])
    let perStep = try names(.batchPerStep(maximumStepCount: 1))
    #expect(perStep.contains("rnn.hidden_norm.weight"))
    #expect(perStep.contains("rnn.hidden_norm.0.running_var"))
  }

  @Test func `a layer that has others behind its name becomes the first of them`() {
    #expect(
      pyTorchNames(["in", "a", "a.norm", "b", "a.act", "c.0", "c.1", "d.x", "ab"])
        == ["in", "a.0", "a.1", "b", "a.2", "c.0", "c.1", "d.x", "ab"])
    #expect(pyTorchNames(["a", "a.b", "a.b.c"]) == ["a.0", "a.1", "a.2"])
    #expect(pyTorchNames([]) == [])
  }

  @Test func `notes say what modules have to be told`() throws {
    var tracking = InstanceNorm<Float>(featureCount: 4, tracking: .unbiasedVariance)
    tracking.epsilon = 1e-3
    let network = Sequential<Float>([
      .init("a", RMSNorm<Float>(normalizedShape: [4])),
      .init("b", RMSNorm<Float>(normalizedShape: [4])), .init("c", tracking),
      .init("d", BatchRenorm<Float>(featureCount: 4)),
      .init("e", Self.norm(.unbiasedVariance, momentum: .cumulative)),
      .init("f", LayerNorm<Float>(normalizedShape: [4], hasScale: false, hasShift: false)),
      .init("g", GroupNorm<Float>(featureCount: 4, groupCount: 2)),
    ])
    let notes = try network.pyTorchState(sampleShape: [2, 2, 4]).notes
    #expect(
      notes == [
        "'a', 'b': epsilon is 1e-05, PyTorch's default 1.1920928955078125e-07",
        "'c': epsilon is 0.001, PyTorch's default 1e-05", "'c': affine=True",
        "'c': track_running_stats=True",
        "'d': BatchRenorm is not in PyTorch: BatchNorm gives the same in eval(), but trains otherwise",
        "'d': running_var averages the biased variance, PyTorch the unbiased one: numbers unchanged",
        "'e': momentum=None", "'f': elementwise_affine=False",
      ])
    let plain = try NetworkArchitecture.resnet8.network(sampleShape: [8, 8, 1], classCount: 3)
    #expect(try plain.pyTorchState(sampleShape: [8, 8, 1]).notes == [])
  }

  @Test(arguments: PyTorchFault.allCases)
  func `a wrong state is refused and changes nothing`(fault: PyTorchFault) throws {
    var network = try network(seed: 1)
    let before = try SafetensorsFile.encode(network.stateDictionary, path: "a")
    var tensors = try self.network(seed: 2).pyTorchState(sampleShape: [3]).tensors
    let expected = fault.applied(to: &tensors)
    #expect(throws: expected) { try network.load(pyTorchState: tensors, sampleShape: [3]) }
    #expect(try SafetensorsFile.encode(network.stateDictionary, path: "a") == before)
    #expect("\(expected)".contains("first."))
  }

  @Test func `statistics beyond Float32 are refused by name`() throws {
    var norm = BatchNorm<Float>(featureCount: 2)
    norm.runningStatistics = RunningStatistics(mean: [0, 0], variance: [1, 1e60])
    let network = Sequential<Float>([.init("norm", norm)])
    #expect(
      throws: NetworkError.beyondType(
        name: "norm.running_var", channel: 1, value: 1e60, type: "F32")
    ) { try network.pyTorchState(sampleShape: [2]) }
  }
}

enum PyTorchFault: String, CaseIterable {
  case missing, unknown, ownNames, shape, type, widerStatistics, negativeCount, countType

  /// Spoils a state and returns the error that it deserves.
  func applied(to tensors: inout NamedTensors) -> NetworkError {
    let (variance, count) = ("first.1.running_var", "first.1.num_batches_tracked")
    switch self {
    case .missing:
      tensors[variance] = nil
      return .otherNames(missing: [variance], unknown: [])
    case .unknown:
      tensors["first.0.extra"] = .float(Tensor([1]))
      return .otherNames(missing: [], unknown: ["first.0.extra"])
    case .ownNames:
      tensors["first.norm.scale"] = tensors["first.1.weight"]
      tensors["first.1.weight"] = nil
      return .otherNames(missing: ["first.1.weight"], unknown: ["first.norm.scale"])
    case .shape:
      tensors["first.0.weight"] = .float(Tensor(repeating: 0, shape: [3, 4]))
      return .wrongShape(name: "first.0.weight", expected: [4, 3], found: [3, 4])
    case .type:
      tensors["first.0.bias"] = .double(Tensor([1, 1, 1, 1]))
      return .wrongType(name: "first.0.bias", expected: "F32", found: "F64")
    case .widerStatistics:
      tensors[variance] = .double(Tensor([1, 1, 1, 1]))
      return .wrongType(name: variance, expected: "F32", found: "F64")
    case .negativeCount:
      tensors.setIntegers([-3], shape: [], named: count)
      return .invalidCount(name: count, found: -3)
    case .countType:
      tensors[count] = .float(Tensor([3], shape: []))
      return .wrongType(name: count, expected: "I64", found: "F32")
    }
  }
}
