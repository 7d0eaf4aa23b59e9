import Foundation
import NeuralNetworks
import Normalization
import TensorFiles
import Testing

@Suite struct StateDictionaryTests {
  /// A network with everything that a state can hold, after some training.
  private func network<Scalar: NetworkScalar>(
    _ type: Scalar.Type, seed: UInt64, steps: Int = 3
  ) throws -> Sequential<Scalar> {
    var generator = SeededGenerator(seed: seed)
    func norm(_ tracking: RunningStatistics.Tracking?, hasShift: Bool = true) -> BatchNorm<Scalar> {
      BatchNorm(featureCount: 4, tracking: tracking, hasShift: hasShift)
    }
    let block = Sequential<Scalar>([
      .init("deviation", norm(.standardDeviation)), .init("batch", norm(nil, hasShift: false)),
      .init("biased", norm(.biasedVariance)),
    ])
    let first = Dense<Scalar>(inputCount: 3, outputCount: 4, deviation: 1, using: &generator)
    let last = Dense<Scalar>(
      inputCount: 4, outputCount: 2, hasBias: false, deviation: 1, using: &generator)
    var network = Sequential<Scalar>([
      .init("first", first), .init("norm", norm(.unbiasedVariance)), .init("block", block),
      .init("last", last),
    ])
    for _ in 0..<steps {
      let input = Tensor<Scalar>(normal: [9, 3], mean: 3, deviation: 0.1, using: &generator)
      network.commit(try network.forward(input))
    }
    return network
  }

  private func bits(_ dictionary: NamedTensors) throws -> [UInt8] {
    try SafetensorsFile.encode(dictionary, path: "state")
  }

  /// The statistics of all layers, compared as numbers and not as files.
  private func statistics(_ network: some Layer) -> [RunningStatistics?] {
    network.normalizations.map(\.layer.runningStatistics)
  }

  @Test func `names, types and shapes`() throws {
    let dictionary = try network(Float.self, seed: 1).stateDictionary
    let found = dictionary.entries.map { "\($0.name) \($0.value.dtype) \($0.value.shape)" }
    #expect(
      found == [
        "first.weight F32 [4, 3]", "first.bias F32 [4]", "norm.scale F32 [4]",
        "norm.shift F32 [4]", "block.deviation.scale F32 [4]", "block.deviation.shift F32 [4]",
        "block.batch.scale F32 [4]", "block.biased.scale F32 [4]", "block.biased.shift F32 [4]",
        "last.weight F32 [2, 4]", "norm.running_mean F64 [4]", "norm.running_variance F64 [4]",
        "norm.batches_tracked I64 []", "block.deviation.running_mean F64 [4]",
        "block.deviation.running_standard_deviation F64 [4]",
        "block.deviation.batches_tracked I64 []", "block.biased.running_mean F64 [4]",
        "block.biased.running_variance F64 [4]", "block.biased.batches_tracked I64 []",
      ])
    #expect(
      dictionary.metadata == [
        "norm.running_variance": "unbiased", "block.biased.running_variance": "biased",
        "block.deviation.running_standard_deviation": "standard-deviation",
      ])
  }

  @Test func `a round trip through a file gives the same bits`() throws {
    func check<Scalar: NetworkScalar>(_ type: Scalar.Type) throws {
      let trained = try network(type, seed: 1)
      let path = FileManager.default.temporaryDirectory
        .appending(path: "StateDictionaryTests-\(UUID().uuidString).safetensors")
        .path(percentEncoded: false)
      defer { try? FileManager.default.removeItem(atPath: path) }
      try SafetensorsFile.write(trained.stateDictionary, to: path)

      var other = try network(type, seed: 2, steps: 1)
      #expect(try bits(other.stateDictionary) != bits(trained.stateDictionary))
      try other.load(SafetensorsFile.read(path))
      #expect(try bits(other.stateDictionary) == bits(trained.stateDictionary))
      #expect(statistics(other) == statistics(trained))
      #expect(other.parameters.map(\.value) == trained.parameters.map(\.value))
      var generator = SeededGenerator(seed: 5)
      let input = Tensor<Scalar>(normal: [4, 3], using: &generator)
      #expect(try other.inference(input) == trained.inference(input))
      // And it goes on alike.
      let pass = try trained.forward(input)
      var (a, b) = (trained, other)
      a.commit(pass)
      b.commit(try other.forward(input))
      #expect(statistics(a) == statistics(b))
      #expect(statistics(b) != statistics(other))
    }
    try check(Float.self)
    try check(Double.self)
  }

  @Test func `a deviation whose square leaves Float64 keeps its bits`() throws {
    var layer = BatchNorm<Double>(featureCount: 3, tracking: .standardDeviation)
    let deviations = [1e-170, 3e200, 0.1]
    layer.runningStatistics = RunningStatistics(
      mean: [0, 1, -0.0], standardDeviation: deviations, batchesTracked: 1 << 60)
    var other = BatchNorm<Double>(featureCount: 3, tracking: .standardDeviation)
    try other.load(layer.stateDictionary)
    #expect(other.runningStatistics?.standardDeviation == deviations)
    #expect(other.runningStatistics?.batchesTracked == 1 << 60)
    #expect(other.runningStatistics?.mean[2].sign == .minus)
  }

  @Test func `frozen layers are loaded too, and stay frozen`() throws {
    var network = try network(Float.self, seed: 1)
    let other = try self.network(Float.self, seed: 2)
    try network.freeze(.statisticsAndParameters) { $0 != "block.batch" }
    try network.load(other.stateDictionary)
    #expect(try bits(network.stateDictionary) == bits(other.stateDictionary))
    #expect(network.normalizations[0].layer.freezing == .statisticsAndParameters)
  }

  @Test func `metadata may be missing`() throws {
    var network = try network(Float.self, seed: 1)
    var dictionary = try self.network(Float.self, seed: 2).stateDictionary
    dictionary.metadata = [:]
    #expect(throws: Never.self) { try network.load(dictionary) }
  }

  @Test(arguments: Fault.allCases)
  func `a wrong dictionary is refused and changes nothing`(fault: Fault) throws {
    var network = try network(Float.self, seed: 1)
    let before = try bits(network.stateDictionary)
    var dictionary = try self.network(Float.self, seed: 2).stateDictionary
    let expected = fault.applied(to: &dictionary)
    #expect(throws: expected) { try network.load(dictionary) }
    #expect(try bits(network.stateDictionary) == before)
    #expect("\(expected)".contains("block.biased") || "\(expected)".contains("first"))
  }

  @Test func `two layers of one composed name are a programmer's mistake`() async {
    await #expect(processExitsWith: .failure) {
      let norm = BatchNorm<Float>(featureCount: 1)
      _ =
        Sequential<Float>([
          .init("a", Sequential<Float>([.init("b", norm)])), .init("a.b", norm),
        ]).stateDictionary
    }
  }
}

enum Fault: String, CaseIterable {
  case missing, unknown, renamed, shape, rank, type, widerType, tracking, negativeCount, countType

  /// Spoils a dictionary and returns the error that it deserves.
  func applied(to dictionary: inout NamedTensors) -> NetworkError {
    let (variance, count) = ("block.biased.running_variance", "block.biased.batches_tracked")
    switch self {
    case .missing:
      dictionary[variance] = nil
      return .otherNames(missing: [variance], unknown: [])
    case .unknown:
      dictionary["first.extra"] = .float(Tensor([1]))
      return .otherNames(missing: [], unknown: ["first.extra"])
    case .renamed:
      let bias = dictionary["first.bias"]
      dictionary["first.bias"] = nil
      dictionary["first.b"] = bias
      return .otherNames(missing: ["first.bias"], unknown: ["first.b"])
    case .shape:
      dictionary["first.weight"] = .float(Tensor(repeating: 0, shape: [3, 4]))
      return .wrongShape(name: "first.weight", expected: [4, 3], found: [3, 4])
    case .rank:
      dictionary.setIntegers([1], shape: [1], named: count)
      return .wrongShape(name: count, expected: [], found: [1])
    case .type:
      dictionary[variance] = .float(Tensor([1, 1, 1, 1]))
      return .wrongType(name: variance, expected: "F64", found: "F32")
    case .widerType:
      dictionary["first.bias"] = .double(Tensor([1, 1, 1, 1]))
      return .wrongType(name: "first.bias", expected: "F32", found: "F64")
    case .tracking:
      dictionary.metadata[variance] = "unbiased"
      return .wrongTracking(name: variance, expected: "biased", found: "unbiased")
    case .negativeCount:
      dictionary.setIntegers([-3], shape: [], named: count)
      return .invalidCount(name: count, found: -3)
    case .countType:
      dictionary[count] = .double(Tensor([3], shape: []))
      return .wrongType(name: count, expected: "I64", found: "F64")
    }
  }
}
