import NeuralNetworks
import Normalization
import TensorFiles
import Testing
import Training

/// What all optimisers promise.
@Suite struct OptimizerTests {
  enum Kind: CaseIterable, Sendable {
    case sgd, momentum, nesterov, adam, adamW

    var make: any Optimizer<Float> {
      switch self {
      case .sgd: SGD<Float>(learningRate: 0.1, weightDecay: 0.01)
      case .momentum: SGD<Float>(learningRate: 0.1, momentum: 0.9, weightDecay: 0.01)
      case .nesterov: SGD<Float>(learningRate: 0.1, momentum: 0.9, isNesterov: true)
      case .adam: Adam<Float>(learningRate: 0.01, weightDecay: 0.01)
      case .adamW: AdamW<Float>(learningRate: 0.01)
      }
    }
  }

  private func network() -> Sequential<Float> {
    var generator = SeededGenerator(seed: 4)
    return Sequential([
      .init("dense", Dense(inputCount: 5, outputCount: 3, deviation: 1, using: &generator)),
      .init("norm", BatchNorm(featureCount: 3)),
    ])
  }

  private func gradients(_ seed: UInt64) -> [Tensor<Float>?] {
    var generator = SeededGenerator(seed: seed)
    return network().parameters.map { Tensor(normal: $0.value.shape, using: &generator) }
  }

  private func bits(_ network: Sequential<Float>) -> [UInt32] {
    network.parameters.flatMap { $0.value.elements.map(\.bitPattern) }
  }

  @Test(arguments: Kind.allCases)
  func `the state goes through a file to the bit`(kind: Kind) throws {
    var (network, optimizer) = (network(), kind.make)
    for seed in 1...3 { optimizer.update(&network, gradients: gradients(UInt64(seed))) }
    let bytes = try SafetensorsFile.encode(optimizer.stateDictionary, path: "state")
    let state = try SafetensorsFile.decode(bytes, path: "state")
    var (other, resumed) = (network, kind.make)
    try resumed.load(state, for: other)
    for seed in 4...5 {
      optimizer.update(&network, gradients: gradients(UInt64(seed)))
      resumed.update(&other, gradients: gradients(UInt64(seed)))
    }
    #expect(bits(network) == bits(other))
    // Started from rest, all but plain SGD would have gone elsewhere.
    var (third, rested) = (self.network(), kind.make)
    for seed in 1...3 { rested.update(&third, gradients: gradients(UInt64(seed))) }
    rested = kind.make
    for seed in 4...5 { rested.update(&third, gradients: gradients(UInt64(seed))) }
    #expect((bits(third) == bits(network)) == (kind == .sgd))
  }

  @Test(arguments: Kind.allCases)
  func `a frozen parameter stays and starts from rest`(kind: Kind) throws {
    var (network, optimizer) = (network(), kind.make)
    optimizer.update(&network, gradients: gradients(1))
    try network.freeze(.statisticsAndParameters)
    let before = network.parameters.suffix(2).map(\.value)
    optimizer.update(&network, gradients: gradients(2))
    #expect(network.parameters.suffix(2).map(\.value) == before)
    let names = optimizer.stateDictionary.names
    #expect(!names.contains { $0.hasSuffix("norm.scale") || $0.hasSuffix("norm.shift") })
    #expect(names.contains { $0.hasSuffix("dense.weight") } == (kind != .sgd))
    network.unfreeze()
    var fresh = kind.make
    var copy = network
    optimizer.update(&network, gradients: gradients(3))
    fresh.update(&copy, gradients: gradients(3))
    #expect(network.parameters.suffix(2).map(\.value) == copy.parameters.suffix(2).map(\.value))
  }

  @Test func `weights alone decay unless asked`() {
    func moved(_ optimizer: some Optimizer<Float>) -> [Bool] {
      var (network, optimizer) = (network(), optimizer)
      network.visitParameters { _, value in value = Tensor(repeating: 2, shape: value.shape) }
      let zeros = network.parameters.map { Tensor<Float>(repeating: 0, shape: $0.value.shape) }
      optimizer.update(&network, gradients: zeros)
      return network.parameters.map { $0.value[0] != 2 }
    }
    let (some, all) = ([true, false, false, false], [true, true, true, true])
    #expect(moved(SGD<Float>(learningRate: 0.1, weightDecay: 0.1)) == some)
    #expect(moved(Adam<Float>(learningRate: 0.1, weightDecay: 0.1)) == some)
    #expect(moved(AdamW<Float>(learningRate: 0.1, weightDecay: 0.1)) == some)
    #expect(moved(SGD<Float>(learningRate: 1, weightDecay: 1, decayedRoles: .everything)) == all)
    #expect(moved(Adam<Float>(learningRate: 1, weightDecay: 1, decayedRoles: .everything)) == all)
    #expect(moved(AdamW<Float>(learningRate: 1, weightDecay: 1, decayedRoles: .everything)) == all)
    #expect(
      moved(SGD<Float>(learningRate: 1, weightDecay: 1, decayedRoles: [.weight, .bias]))
        == [true, true, false, false])
  }

  @Test func `a state of another network or optimiser is refused and changes nothing`() throws {
    var (network, optimizer) = (network(), Adam<Float>(learningRate: 0.1))
    optimizer.update(&network, gradients: gradients(1))
    let state = optimizer.stateDictionary
    func problem(_ change: (inout NamedTensors) -> Void) -> OptimizerStateError? {
      var changed = state
      change(&changed)
      let before = optimizer.stateDictionary
      do throws(OptimizerStateError) {
        try optimizer.load(changed, for: network)
        return nil
      } catch {
        #expect(optimizer.stateDictionary.entries == before.entries)
        return error
      }
    }
    #expect(problem { _ in } == nil)
    #expect(
      problem { $0["momentum.dense.weight"] = .float(Tensor([1])) }
        == .unknownName("momentum.dense.weight"))
    #expect(
      problem { $0["first_moment.norm.scale"] = nil } == .missing(name: "first_moment.norm.scale"))
    #expect(
      problem { $0["second_moment.norm.scale"] = .float(Tensor([1])) }
        == .wrongShape(name: "second_moment.norm.scale", expected: [3], found: [1]))
    #expect(
      problem { $0["second_moment.norm.scale"] = .double(Tensor([1, 1, 1])) }
        == .wrongType(name: "second_moment.norm.scale", expected: "F32", found: "F64"))
    #expect(
      problem { $0.setIntegers([0], shape: [], named: "steps.norm.scale") }
        == .invalidCount(name: "steps.norm.scale", found: 0))
    let error = try #require(problem { $0["first_moment.norm.scale"] = nil })
    #expect("\(error)".contains("lacks 'first_moment.norm.scale'"))
  }

  @Test func `a copy of an optimiser goes its own way`() {
    var (network, optimizer) = (network(), SGD<Float>(learningRate: 0.1, momentum: 0.9))
    optimizer.update(&network, gradients: gradients(1))
    let before = optimizer.stateDictionary.entries
    var (other, copy) = (network, optimizer)
    copy.update(&other, gradients: gradients(2))
    #expect(optimizer.stateDictionary.entries == before)
    #expect(copy.stateDictionary.entries != before)
  }
}
