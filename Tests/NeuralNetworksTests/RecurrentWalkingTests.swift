import NeuralNetworks
import Normalization
import TensorFiles
import Testing

/// Normalizations inside recurrent layers are layers of the network.
@Suite struct RecurrentWalkingTests {
  private func network<Scalar: NetworkScalar>(
    _ type: Scalar.Type, _ one: RecurrentCase, seed: UInt64
  ) -> Sequential<Scalar> {
    var generator = SeededGenerator(seed: seed + 20)
    let dense = Dense<Scalar>(inputCount: 4, outputCount: 2, deviation: 1, using: &generator)
    return Sequential([
      .init("rnn", one.layer(type, seed: seed)), .init("last", LastStep()), .init("out", dense),
    ])
  }

  private func input<Scalar: NetworkScalar>(_ type: Scalar.Type, seed: UInt64) -> Tensor<Scalar> {
    var generator = SeededGenerator(seed: seed)
    return Tensor(normal: [6, 4, 3], using: &generator)
  }

  @Test func `names of layers, parameters and statistics`() throws {
    let layered = network(
      Float.self, .init(cell: .gru, normalization: .layer), seed: 1)
    #expect(
      "\(layered.summary)" == """
        layer                      kind       parameters                            count  running  frozen
        rnn                        GRU        weight_ih [12, 3], weight_hh [12, 4]     84
        rnn.input_norm.gates       LayerNorm  scale [8], shift [8]                     16  no
        rnn.input_norm.candidate   LayerNorm  scale [4], shift [4]                      8  no
        rnn.hidden_norm.gates      LayerNorm  scale [8], shift [8]                     16  no
        rnn.hidden_norm.candidate  LayerNorm  scale [4], shift [4]                      8  no
        last                       LastStep
        out                        Dense      weight [2, 4], bias [2]                  10
        7 layers, 142 parameters, 0 of them frozen
        """)
    let perStep = network(
      Float.self,
      .init(cell: .elman(.tanh), normalization: .batchPerStep(maximumStepCount: 1)), seed: 1)
    #expect(
      perStep.stateDictionary.names == [
        "rnn.weight_ih", "rnn.weight_hh", "rnn.bias_ih", "rnn.bias_hh", "rnn.input_norm.scale",
        "rnn.hidden_norm.scale", "out.weight", "out.bias", "rnn.input_norm.0.running_mean",
        "rnn.input_norm.0.running_variance", "rnn.input_norm.0.batches_tracked",
        "rnn.hidden_norm.0.running_mean", "rnn.hidden_norm.0.running_variance",
        "rnn.hidden_norm.0.batches_tracked",
      ])
  }

  @Test(arguments: RecurrentCase.all)
  func `a state dictionary gives another network the same outputs`(one: RecurrentCase) throws {
    var trained = network(Float.self, one, seed: 1)
    for seed in 0..<3 {
      trained.commit(try trained.forward(input(Float.self, seed: UInt64(seed))))
    }
    var other = network(Float.self, one, seed: 2)
    let x = input(Float.self, seed: 9)
    #expect(try other.inference(x) != trained.inference(x))
    try other.load(trained.stateDictionary)
    #expect(try other.inference(x) == trained.inference(x))
  }

  @Test(arguments: RecurrentCase.all)
  func `walking leaves the layer as it is, and its own weights can be changed`(
    one: RecurrentCase
  ) throws {
    var network = network(Double.self, one, seed: 3)
    let before = network.parameters.map(\.value)
    let x = input(Double.self, seed: 4)
    let output = try network.forward(x).output
    network.visitLayers { _, _ in }
    #expect(network.parameters.map(\.value) == before)
    #expect(try network.forward(x).output == output)
    network.visitLayers { name, layer in
      guard name == "rnn" else { return }
      layer.visitParameters { info, value in
        if info.name == "weight_ih" { value = Tensor(repeating: 7, shape: value.shape) }
      }
    }
    #expect(network.parameters[0].value.elements.allSatisfy { $0 == 7 })
    #expect(network.parameters.dropFirst().map(\.value) == Array(before.dropFirst()))
  }

  @Test(arguments: RecurrentCase.all)
  func `an observer sees every normalization, by its name`(one: RecurrentCase) throws {
    let network = network(Double.self, one, seed: 5)
    let x = input(Double.self, seed: 6)
    var seen: Set<String> = []
    let output = try network.inference(x, named: "") {
      name, layer, input throws(NormalizationError) in
      seen.insert(name)
      return try layer.inference(input)
    }
    #expect(try output == network.inference(x))
    // Of six steps, the last two are not reached by four.
    let names = network.normalizations.map(\.name).filter { !"45".contains($0.suffix(1)) }
    #expect(seen == Set(names))
    guard let first = names.first else { return }
    let ended = try network.inference(x, named: "") {
      name, layer, input throws(NormalizationError) in
      name == first ? nil : try layer.inference(input)
    }
    #expect(ended == nil)
  }

  @Test func `folding leaves recurrent layers alone and says so`() throws {
    let network = network(
      Double.self, .init(cell: .gru, normalization: .batchInput), seed: 5)
    let x = input(Double.self, seed: 6)
    let folding = network.folded(probes: x)
    #expect(folding.report.certificates.isEmpty)
    #expect(folding.report.refusals.map(\.name) == ["rnn.input_norm"])
    #expect(folding.report.refusals.map(\.obstacle) == [.insideLayer(kind: "GRU")])
    #expect(try folding.network.inference(x) == network.inference(x))
  }

  @Test(arguments: RecurrentCase.cells)
  func `frozen statistics stay, and training then is inference`(cell: RecurrentCell) throws {
    for normalization in [RecurrentNormalization.batchInput, .batchPerStep(maximumStepCount: 2)] {
      let one = RecurrentCase(cell: cell, normalization: normalization)
      var network = network(Double.self, one, seed: 7)
      for seed in 0..<3 {
        network.commit(try network.forward(input(Double.self, seed: UInt64(seed))))
      }
      try network.freeze(.statisticsAndParameters)
      let statistics = network.normalizations.map(\.layer.runningStatistics)
      let x = input(Double.self, seed: 8)
      let pass = try network.forward(x)
      #expect(try network.inference(x) == pass.output)
      network.commit(pass)
      #expect(network.normalizations.map(\.layer.runningStatistics) == statistics)
      let gradients = pass.pullback(Tensor(repeating: 1, shape: [6, 2])).parameters
      for (number, parameter) in network.parameters.enumerated() {
        #expect(parameter.info.isFrozen == (parameter.info.role == .normalization))
        #expect((gradients[number] == nil) == parameter.info.isFrozen, "\(parameter.info.name)")
      }
      try network.freeze(.statistics)
      try expectGradientsMatchDifferences(
        of: network, inputShape: [6, 4, 3], seed: 10, isSteep: true)
    }
  }
}
