import NeuralNetworks
import Normalization
import Testing
import Training

/// A recalibration that cannot be finished leaves the network as it was.
@Suite struct RecalibrationErrorTests {
  private func expect(
    _ error: RecalibrationError, _ method: Recalibration.Method, _ network: Sequential<Double>,
    _ batches: some Sequence<Tensor<Double>>, says words: String
  ) {
    var copy = network
    #expect(throws: error) { try Recalibration(method).run(&copy, over: batches) }
    let (after, before) = (copy.normalizations, network.normalizations)
    #expect(after.map(\.layer.runningStatistics) == before.map(\.layer.runningStatistics))
    #expect("\(error)".contains(words), "\(error)")
  }

  @Test(arguments: Recalibration.Method.allCases)
  func `a batch with a number that is none`(method: Recalibration.Method) {
    var batches = raggedBatches([20, 10, 10], seed: 1)
    batches[1][7] = .nan
    expect(
      .refused(layer: "norm1", batch: 2, .nonFiniteInput(channel: 0)), method,
      recalibrationNetwork(seed: 1), batches, says: "batch 2, layer 'norm1': the input has an")
  }

  @Test func `in a later sweep nothing of the earlier ones stays`() {
    // The shift of norm1 makes all inputs of the block infinite.
    var network = recalibrationNetwork(seed: 1)
    network.stages[3].layer = Activation<Double>(.relu)
    network.visitNormalizations { name, layer in
      if name == "norm1" { layer.shift = Tensor(repeating: .infinity, shape: [6]) }
    }
    var copy = network
    #expect(throws: RecalibrationError.self) {
      try Recalibration().run(&copy, over: raggedBatches([20, 10], seed: 1))
    }
    #expect(copy.normalizations[0].layer.runningStatistics?.batchesTracked == 0)
  }

  @Test(arguments: Recalibration.Method.allCases)
  func `no batches`(method: Recalibration.Method) {
    expect(
      .noBatches(layer: "norm1"), method, recalibrationNetwork(seed: 1), [], says: "at least one")
  }

  @Test func `batches that are gone after the first sweep`() throws {
    final class Once: Sequence, IteratorProtocol {
      var batches = raggedBatches([20, 10], seed: 1)
      func next() -> Tensor<Double>? { batches.popLast() }
    }
    expect(
      .noBatches(layer: "block.norm2"), .layerByLayer, recalibrationNetwork(seed: 1), Once(),
      says: "once for each layer")
    var network = recalibrationNetwork(seed: 1)
    #expect(throws: Never.self) { try Recalibration(.allAtOnce).run(&network, over: Once()) }
  }

  @Test func `one value in all`() {
    expect(
      .tooFewValues(layer: "norm1", found: 1), .layerByLayer, recalibrationNetwork(seed: 1),
      raggedBatches([1], seed: 1), says: "all batches together have 1 values")
  }

  @Test func `one value in a batch is no batch to normalise with`() {
    expect(
      .refused(layer: "norm1", batch: 2, .tooFewValues(found: 1, shape: [1, 6], axis: -1)),
      .allAtOnce, recalibrationNetwork(seed: 1), raggedBatches([5, 1], seed: 1),
      says: "batch 2, layer 'norm1': batch statistics need at least 2 values")
  }

  @Test func `a constant channel that nothing would be divided by`() {
    let norm = BatchNorm<Double>(featureCount: 3, epsilon: 0)
    expect(
      .refused(layer: "norm", batch: 1, .zeroRunningVariance(channel: 0)), .layerByLayer,
      Sequential([.init("norm", norm)]), [Tensor(repeating: 2, shape: [4, 3])],
      says: "running variance and epsilon are both 0")
  }

  @Test func `a variance beyond Float64`() {
    let norm = BatchNorm<Double>(featureCount: 1)
    let huge = Tensor<Double>([1e200, -1e200], shape: [2, 1])
    expect(
      .refused(layer: "norm", batch: 1, .varianceOverflow(channel: 0)), .layerByLayer,
      Sequential([.init("norm", norm)]), [huge], says: "exceeds the range")
  }

  @Test(arguments: Recalibration.Method.allCases)
  func `a layer that hides its normalization`(method: Recalibration.Method) {
    let hiding = Hiding(inner: BatchNorm(featureCount: 4))
    var network = recalibrationNetwork(seed: 1)
    network.stages.append(.init("hiding", hiding))
    expect(
      .notReached(layers: ["hiding"]), method, network, raggedBatches([5, 5], seed: 1),
      says: "'hiding' are not seen")
  }

  @Test func `a tolerance of nothing is a programmer's mistake`() async {
    await #expect(processExitsWith: .failure) { _ = Recalibration(tolerance: 0) }
  }
}
