import NeuralNetworks
import Normalization
import TensorFiles
import Testing

@Suite struct DropoutTests {
  private let ones = Tensor<Float>(repeating: 1, shape: [100, 1001])

  /// Which elements the next pass keeps.
  private func kept(_ layer: Dropout<Float>) throws -> [Bool] {
    try layer.forward(ones).output.elements.map { $0 != 0 }
  }

  /// The number of hits among n draws of probability p is within 6 deviations, sqrt(n p (1 - p)) each, but for 2e-9 of
  /// all seeds.
  private func expectShare(_ hits: Int, of count: Int, is probability: Double, _ what: String) {
    let n = Double(count)
    let room = 6 * (n * probability * (1 - probability)).squareRoot()
    #expect(abs(Double(hits) - n * probability) <= room, "\(what): \(hits) of \(count)")
  }

  @Test(arguments: [0.1, 0.5, 0.75, 0.999])
  func `elements are left out at the rate, alike everywhere`(rate: Double) throws {
    let kept = try kept(Dropout(rate: rate, seed: 1))
    for parity in 0..<2 {
      let part = kept.indices.filter { $0 % 2 == parity }
      expectShare(
        part.count { kept[$0] }, of: part.count, is: 1 - rate, "positions \(parity) modulo 2")
    }
    let pairs = kept.indices.dropLast().filter { kept[$0] == kept[$0 + 1] }
    let same = rate * rate + (1 - rate) * (1 - rate)
    // Neighbours overlap: pairs are not independent, so twice the room, by a sum of two halves that are.
    for parity in 0..<2 {
      expectShare(
        pairs.count { $0 % 2 == parity }, of: (kept.count - parity) / 2, is: same, "neighbours")
    }
  }

  @Test(arguments: [0.1, 0.5, 0.75])
  func `the mean is preserved`(rate: Double) throws {
    let output = try Dropout<Float>(rate: rate, seed: 2).forward(ones).output
    let n = Double(output.count)
    let mean = output.elements.reduce(0) { $0 + Double($1) } / n
    // An element is 1/(1 - rate) or 0: its variance is rate/(1 - rate).
    #expect(abs(mean - 1) <= 6 * (rate / (1 - rate) / n).squareRoot())
    #expect(Set(output.elements) == [0, Float(1 / (1 - rate))])
  }

  @Test func `the mask is a matter of seed and committed passes`() throws {
    var layer = Dropout<Float>(rate: 0.5, seed: 3)
    let pass = try layer.forward(ones)
    let first = try kept(layer)
    #expect(try kept(layer) == first, "two passes without a commit")
    #expect(try kept(Dropout(rate: 0.5, seed: 3)) == first, "the same seed")
    layer.commit(pass)
    #expect(layer.passesDrawn == 1)
    let others = [try kept(layer), try kept(Dropout(rate: 0.5, seed: 4))]
    for other in others {
      expectShare(
        zip(first, other).count { $0 == $1 }, of: first.count, is: 0.5, "agreement by chance")
    }
  }

  @Test func `gradients match central differences`() throws {
    try expectGradientsMatchDifferences(
      of: Dropout(rate: 0.4, seed: 5), inputShape: [4, 3, 2], seed: 6)
  }

  @Test func `what is left out is 0 whatever it was, and its gradient too`() throws {
    let input = Tensor<Float>(repeating: .nan, shape: [100])
    let pass = try Dropout<Float>(rate: 0.5, seed: 7).forward(input)
    let gradient = pass.pullback(input).input
    let zeros = pass.output.elements.count { $0 == 0 }
    #expect(zeros > 20 && zeros < 80)
    #expect(pass.output.elements.count { $0.isNaN } == 100 - zeros)
    #expect(gradient.elements.map(\.isNaN) == pass.output.elements.map(\.isNaN))
  }

  @Test func `inference and a rate of 0 change nothing`() throws {
    var generator = SeededGenerator(seed: 8)
    let input = Tensor<Double>(normal: [3, 5], using: &generator)
    #expect(try Dropout(rate: 0.9, seed: 1).inference(input) == input)
    #expect(try Dropout(rate: 0, seed: 1).forward(input).output == input)
    #expect(Dropout<Double>(rate: 0.9, seed: 1).kindName == "Dropout (0.9)")
  }

  @Test(arguments: [[], [0, 3], [1], [3]])
  func `any shape`(shape: [Int]) throws {
    let input = Tensor<Float>(repeating: 1, shape: shape)
    #expect(try Dropout<Float>(rate: 0.5, seed: 1).forward(input).output.shape == shape)
  }

  @Test func `a rate outside of 0..<1 is a programmer's mistake`() async {
    await #expect(processExitsWith: .failure) { _ = Dropout<Float>(rate: 1, seed: 1) }
    await #expect(processExitsWith: .failure) { _ = Dropout<Float>(rate: -0.1, seed: 1) }
  }
}

@Suite struct RandomLayerTests {
  private func network(seed: UInt64) -> Sequential<Float> {
    var generator = SeededGenerator(seed: seed)
    let dense = Dense<Float>(inputCount: 6, outputCount: 5, deviation: 1, using: &generator)
    let block = Sequential<Float>([
      .init("norm", BatchNorm<Float>(featureCount: 5)),
      .init("dropout", Dropout(rate: 0.5, seed: 11)),
    ])
    return Sequential([
      .init("dropout", Dropout(rate: 0.2, seed: 10)), .init("dense", dense), .init("block", block),
    ])
  }

  private let input = Tensor<Float>((0..<24).map { Float($0 * $0 % 7) }, shape: [4, 6])

  @Test func `a network that takes up the state goes on with the same bits`() throws {
    var trained = network(seed: 1)
    for _ in 0..<3 { trained.commit(try trained.forward(input)) }
    let dictionary = trained.stateDictionary
    for name in ["dropout.passes_drawn", "block.dropout.passes_drawn"] {
      #expect(
        dictionary.value(named: name) == .opaque(.init(integers: [3], shape: [])), "\(name)")
    }
    var other = network(seed: 2)
    try other.load(dictionary)
    let expected = try trained.forward(input).output
    #expect(try other.forward(input).output == expected)
    // The weights alone would not do.
    var fresh = other
    fresh.visitLayers { _, layer in
      if let dropout = layer as? Dropout<Float> {
        layer = Dropout(rate: dropout.rate, seed: dropout.seed)
      }
    }
    #expect(try fresh.forward(input).output != expected)
  }

  @Test func `a count that is none, or missing, is refused and changes nothing`() throws {
    let name = "block.dropout.passes_drawn"
    var network = network(seed: 1)
    network.commit(try network.forward(input))
    var negative = self.network(seed: 2).stateDictionary
    negative.setIntegers([-1], shape: [], named: name)
    #expect(throws: NetworkError.invalidCount(name: name, found: -1)) {
      try network.load(negative)
    }
    var missing = self.network(seed: 2).stateDictionary
    missing[name] = nil
    #expect(throws: NetworkError.otherNames(missing: [name], unknown: [])) {
      try network.load(missing)
    }
    let counts = network.layers.compactMap { ($0.layer as? Dropout<Float>)?.passesDrawn }
    #expect(counts == [1, 1])
  }
}
