import Datasets
import NeuralNetworks
import Normalization
import Testing

@testable import Experiments

@Suite struct SmallConvolutionalNetworkTests {
  @Test func `a fixed division keeps samples together in every epoch`() throws {
    let division = try FixedDivision(sampleCount: 100, batchSize: 30, steps: 8, seed: 5)
    let batches = division.batches
    #expect(batches.count == 8)
    let first = Set(batches[0..<3])
    #expect(first.count == 3)
    #expect(Set(batches[3..<6]) == first)
    #expect(Set(batches.joined()).count == 90)
  }

  @Test func `networks differ in what was asked for, and start from the same weights`() {
    func network(_ isNormalized: Bool, _ hasLocalResponse: Bool, _ rate: Double) -> Sequential<
      Float
    > {
      SmallConvolutionalNetwork(
        imageShape: [8, 8, 1], isNormalized: isNormalized, hasLocalResponse: hasLocalResponse,
        dropoutRate: rate, seed: 4,
        execution: .automatic
      ).network
    }
    let (plain, full) = (network(false, false, 0), network(true, true, 0.4))
    #expect(plain.stages.count == 8)
    #expect(full.stages.count == 13)
    func weights(_ network: Sequential<Float>) -> [Tensor<Float>] {
      network.parameters.filter { $0.info.role == .weight }.map(\.value)
    }
    #expect(weights(plain) == weights(full))
  }
}
