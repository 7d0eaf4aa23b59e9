import NeuralNetworks
import Normalization
import TestSupport
import Testing

@Suite struct RecurrentNormalizationTests {
  private func elman(_ normalization: RecurrentNormalization) -> any RecurrentLayer<Double> {
    RecurrentCase(cell: .elman(.tanh), normalization: normalization).layer(Double.self, seed: 1)
  }

  private func input(_ shape: [Int], seed: UInt64) -> Tensor<Double> {
    var generator = SeededGenerator(seed: seed)
    return Tensor(normal: shape, mean: 0.5, deviation: 2, using: &generator)
  }

  @Test func `outputs and all gradients agree with the papers' equations in PyTorch`() throws {
    for one in try pyTorchCases("recurrent-normalized", count: 9) {
      func layer<Scalar: NetworkScalar>(_ type: Scalar.Type) throws -> any RecurrentLayer<Scalar> {
        let function = one.setting.variant.flatMap { ElmanFunction(rawValue: $0) }
        let normalization: RecurrentNormalization =
          switch one.setting.normalization {
          case "layer": .layer
          case "batch-input": .batchInput
          default: .batchPerStep(maximumStepCount: 3)
          }
        var layer = RecurrentCase(
          cell: function.map { .elman($0) } ?? .gru, normalization: normalization
        ).layer(type, seed: 1)
        var given: [Tensor<Scalar>] = []
        for (info, _) in layer.parameters { given.append(try one.tensor(info.name, type)) }
        var values = given[...]
        layer.visitParameters { _, value in
          if let next = values.popFirst() { value = next }
        }
        return layer
      }
      func check(_ double: some RecurrentLayer<Double>, _ float: some RecurrentLayer<Float>) throws
      {
        try expectAgreement(with: one, double, float, tolerance: 10)
      }
      try check(layer(Double.self), layer(Float.self))
    }
  }

  /// Written anew, a number at a time: layer normalization of the sum, for one sequence.
  @Test func `layer normalization of Elman's sum by its definition`() throws {
    let layer = elman(.layer)
    let x = input([1, 3, 3], seed: 2)
    let values = Dictionary(
      uniqueKeysWithValues: layer.parameters.map { ($0.info.name, $0.value) })
    let weight = try #require(values["weight_ih"])
    let recurrent = try #require(values["weight_hh"])
    let (scale, shift) = (try #require(values["norm.scale"]), try #require(values["norm.shift"]))
    #expect(values.count == 4)
    var h = [0.0, 0, 0, 0]
    var expected: [Double] = []
    for step in 0..<3 {
      let a = (0..<4).map { o in
        (0..<3).reduce(0) { $0 + weight[o * 3 + $1] * x[step * 3 + $1] }
          + (0..<4).reduce(0) { $0 + recurrent[o * 4 + $1] * h[$1] }
      }
      let mean = a.reduce(0, +) / 4
      let variance = a.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 4
      let normalized = (0..<4).map {
        scale[$0] * (a[$0] - mean) / (variance + 1e-5).squareRoot() + shift[$0]
      }
      h = try Activation<Double>(.tanh).inference(Tensor(normalized)).elements
      expected += h
    }
    expectClose(
      try layer.forward(x).output, Tensor(expected, shape: [1, 3, 4]), tolerance: 1e-14, "output")
  }

  @Test func `statistics over batch and time are those of the input's product`() throws {
    var layer = elman(.batchInput)
    let x = input([5, 4, 3], seed: 3)
    layer.commit(try layer.forward(x))
    let weight = layer.products.inputWeight
    let product = try Dense<Double>(weight: weight).inference(x.reshaped(to: [20, 3]))
    var norm = BatchNorm<Double>(featureCount: 4)
    _ = try norm.train(product)
    let expected = try #require(norm.runningStatistics)
    let (name, found) = try #require(layer.normalizations.first)
    #expect(name == "input_norm")
    let running = try #require(found.runningStatistics)
    #expect(running.batchesTracked == 1)
    for c in 0..<4 {
      #expect(abs(running.mean[c] - expected.mean[c]) < 1e-14)
      #expect(abs(running.variance[c] - expected.variance[c]) < 1e-14)
    }
  }

  @Test func `each step has statistics of its own, up to the maximum`() throws {
    var layer = elman(.batchPerStep(maximumStepCount: 3))
    let x = input([5, 4, 3], seed: 4)
    layer.commit(try layer.forward(x))
    let names = layer.normalizations.map(\.name)
    #expect(names == (0..<3).map { "input_norm.\($0)" } + (0..<3).map { "hidden_norm.\($0)" })
    for step in 0..<3 {
      let rows = (0..<5).flatMap { n in (0..<3).map { x[(n * 4 + step) * 3 + $0] } }
      let product = try Dense<Double>(weight: layer.products.inputWeight).inference(
        Tensor(rows, shape: [5, 3]))
      var norm = BatchNorm<Double>(featureCount: 4)
      _ = try norm.train(product)
      #expect(layer.normalizations[step].layer.runningStatistics == norm.runningStatistics)
    }
    // Before the first step h is 0.
    let first = try #require(layer.normalizations[3].layer.runningStatistics)
    #expect(first.mean == [0, 0, 0, 0])
    #expect(first.batchesTracked == 1)
  }

  @Test func `steps beyond the maximum use the last statistics in inference`() throws {
    var layer = elman(.batchPerStep(maximumStepCount: 2))
    for seed in 0..<30 { layer.commit(try layer.forward(input([8, 4, 3], seed: UInt64(seed)))) }
    var longer = elman(.batchPerStep(maximumStepCount: 4))
    for (name, value) in layer.parameters.map({ ($0.info.name, $0.value) }) {
      longer.visitParameters { info, target in
        if info.name == name { target = value }
      }
    }
    let running = layer.normalizations.map(\.layer.runningStatistics)
    var number = 0
    longer.visitNormalizations { _, layer in
      let step = min(number % 4, 1)
      layer.runningStatistics = running[number / 4 * 2 + step]
      number += 1
    }
    let x = input([3, 4, 3], seed: 50)
    let found = try layer.inference(x)
    #expect(try longer.inference(x) == found)
    // A sample alone gives the same: nothing depends on the batch.
    let alone = try layer.inference(Tensor(Array(x.elements.prefix(12)), shape: [1, 4, 3]))
    #expect(alone.elements == Array(found.elements.prefix(16)))
  }

  @Test func `the scale that all steps share starts at a tenth`() throws {
    var generator = SeededGenerator(seed: 1)
    let layer = GRU<Double>(
      inputCount: 3, hiddenCount: 4, normalization: .batchPerStep(maximumStepCount: 2),
      using: &generator)
    let scales = layer.parameters.filter { $0.info.role == .normalization }
    #expect(scales.map(\.info.name) == ["input_norm.scale", "hidden_norm.scale"])
    #expect(scales.allSatisfy { $0.value == Tensor(repeating: 0.1, shape: [12]) })
  }

  @Test func `one sequence has no statistics of a step`() throws {
    let layer = elman(.batchPerStep(maximumStepCount: 2))
    #expect(throws: NormalizationError.tooFewValues(found: 1, shape: [1, 4], axis: -1)) {
      try layer.forward(input([1, 4, 3], seed: 1))
    }
  }
}
