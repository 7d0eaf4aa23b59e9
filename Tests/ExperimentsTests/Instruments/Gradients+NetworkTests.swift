import Datasets
import NeuralNetworks
import Normalization
import Testing

@testable import Experiments

@Suite struct GradientsOfNetworksTests {
  @Test func `the loss along the gradient changes as the gradient's square`() throws {
    let data = ExperimentData.digits
    for normalization in [NetworkNormalization.none, .batch] {
      let arm = Arm.mlp("", normalization, learningRate: 0.1)
      let network = try arm.network(data, seed: 2, in: ExperimentContext())
      let (features, labels) = data.training.gather(Array(0..<60))
      let start = try network.lossAndGradients(features, labels: labels)
      let square = start.gradients.reduce(0) { $0 + ($1?.squaredLength ?? 0) }
      #expect(square > 0)
      func loss(_ step: Double) throws -> Double {
        var moved = network
        moved.move(step, along: start.gradients)
        return try moved.lossAndGradients(features, labels: labels).loss
      }
      let step = 1e-3 / square.squareRoot()
      let (up, down) = (try loss(step), try loss(-step))
      #expect(abs((up - down) / (2 * step) / square - 1) < 0.02)
    }
  }

  @Test func `lengths and distances are Euclid's`() {
    let (x, y) = (Tensor<Float>([3, 4], shape: [2]), Tensor<Float>([0, 8], shape: [2]))
    #expect(x.length == 5)
    #expect(x.squaredLength == 25)
    #expect(x.squaredDistance(to: y) == 25)
  }
}
