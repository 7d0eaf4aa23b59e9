import NeuralNetworks
import Normalization
import TensorFiles
import Testing

/// State dictionaries and summaries of a network that holds the whole family.
@Suite struct FamilyStateTests {
  private func network<Scalar: NetworkScalar>(
    _ type: Scalar.Type, seed: UInt64, steps: Int
  ) throws -> Sequential<Scalar> {
    var network = familyNetwork(type, seed: seed)
    var generator = SeededGenerator(seed: seed + 50)
    for _ in 0..<steps {
      let batch = Tensor<Scalar>(normal: [7, 6], mean: 2, deviation: 0.3, using: &generator)
      network.commit(try network.forward(batch))
    }
    return network
  }

  private func bits(_ dictionary: NamedTensors) throws -> [UInt8] {
    try SafetensorsFile.encode(dictionary, path: "state")
  }

  @Test func `names, types and shapes are as for batch normalization`() throws {
    let dictionary = try network(Float.self, seed: 1, steps: 2).stateDictionary
    let found = dictionary.entries.map { "\($0.name) \($0.value.dtype) \($0.value.shape)" }
    #expect(
      found == [
        "in.weight F32 [8, 6]", "layer.scale F32 [8]", "layer.shift F32 [8]", "rms.scale F32 [8]",
        "group.scale F32 [8]", "group.shift F32 [8]", "instance.scale F32 [2]",
        "instance.shift F32 [2]", "tracking.scale F32 [2]", "tracking.shift F32 [2]",
        "renorm.scale F32 [8]", "renorm.shift F32 [8]", "ghost.scale F32 [8]",
        "ghost.shift F32 [8]", "out.weight F32 [3, 8]", "tracking.running_mean F64 [2]",
        "tracking.running_variance F64 [2]", "tracking.batches_tracked I64 []",
        "renorm.running_mean F64 [8]", "renorm.running_variance F64 [8]",
        "renorm.batches_tracked I64 []", "ghost.running_mean F64 [8]",
        "ghost.running_variance F64 [8]", "ghost.batches_tracked I64 []",
      ])
    #expect(
      dictionary.metadata == [
        "tracking.running_variance": "unbiased", "renorm.running_variance": "biased",
        "ghost.running_variance": "unbiased",
      ])
  }

  @Test func `a round trip through a file gives the same bits, and goes on alike`() throws {
    func check<Scalar: NetworkScalar>(_ type: Scalar.Type) throws {
      let trained = try network(type, seed: 1, steps: 3)
      var other = try network(type, seed: 2, steps: 1)
      let bytes = try bits(trained.stateDictionary)
      #expect(try bits(other.stateDictionary) != bytes)
      try other.load(SafetensorsFile.decode(bytes, path: "state"))
      #expect(try bits(other.stateDictionary) == bytes)
      let statistics = [trained, other].map { $0.normalizations.map(\.layer.runningStatistics) }
      #expect(statistics[0] == statistics[1])
      #expect(statistics[0].compactMap { $0?.batchesTracked } == [3, 3, 6])

      var generator = SeededGenerator(seed: 9)
      let batch = Tensor<Scalar>(normal: [7, 6], using: &generator)
      #expect(try other.inference(batch) == trained.inference(batch))
      var (a, b) = (trained, other)
      let (first, second) = (try a.forward(batch), try b.forward(batch))
      #expect(first.output == second.output)
      a.commit(first)
      b.commit(second)
      #expect(try bits(a.stateDictionary) == bits(b.stateDictionary))
      #expect(try bits(a.stateDictionary) != bytes)
    }
    try check(Float.self)
    try check(Double.self)
  }

  @Test func `batch renormalization does not take an unbiased variance`() throws {
    var renorm = BatchRenorm<Float>(featureCount: 2)
    let dictionary = BatchNorm<Float>(featureCount: 2).stateDictionary
    let expected = NetworkError.wrongTracking(
      name: "running_variance", expected: "biased", found: "unbiased")
    #expect(throws: expected) { try renorm.load(dictionary) }
  }

  @Test func `the summary of the family`() throws {
    var network = familyNetwork(Float.self, seed: 1)
    try network.freeze(.statistics) { $0 == "renorm" }
    try network.freeze(.statisticsAndParameters) { $0 != "renorm" && $0 != "rms" }
    #expect(
      "\(network.summary)" == """
        layer              kind               parameters            count  running  frozen
        in                 Dense              weight [8, 6]            48
        layer              LayerNorm          scale [8], shift [8]     16  no       parameters
        rms                RMSNorm            scale [8]                 8  no
        group              GroupNorm          scale [8], shift [8]     16  no       parameters
        instancePositions  Reshaping
        instance           InstanceNorm       scale [2], shift [2]      4  no       parameters
        instanceFlat       Reshaping
        trackingPositions  Reshaping
        tracking           InstanceNorm       scale [2], shift [2]      4  yes      statistics and parameters
        trackingFlat       Reshaping
        renorm             BatchRenorm        scale [8], shift [8]     16  yes      statistics
        ghost              GhostBatchNorm     scale [8], shift [8]     16  yes      statistics and parameters
        tanh               Activation (tanh)
        out                Dense              weight [3, 8]            24
        14 layers, 152 parameters, 56 of them frozen
        """)
  }
}
