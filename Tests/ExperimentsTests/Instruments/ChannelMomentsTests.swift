import Normalization
import Testing

@testable import Experiments

@Suite struct ChannelMomentsTests {
  @Test func `moments of a batch are those of the layer`() throws {
    var generator = SeededGenerator(seed: 3)
    let values = Tensor<Float>(normal: [10, 5, 4], mean: 2, deviation: 3, using: &generator)
    let moments = ChannelMoments(values)
    let samples = [7, 0, 7, 3]
    let batch = Tensor<Float>(
      samples.flatMap { values.elements[($0 * 20)..<(($0 + 1) * 20)] }, shape: [20, 4])
    let layer = BatchNorm<Float>(featureCount: 4)
    let statistics = try layer.trainingPass(batch).record.statistics
    for channel in 0..<4 {
      let (mean, variance) = moments.ofBatch(samples, channel: channel)
      #expect(abs(mean - statistics.mean[channel]) < 1e-12)
      // The layer takes distances from the mean in Float32.
      #expect(abs(variance / statistics.variance[channel] - 1) < 1e-6)
    }
    #expect(moments.channelCount == 4)
    #expect(moments.middle == values.elements[8..<12].map { Double($0) })
  }

  @Test func `features are samples of one position`() {
    let moments = ChannelMoments(Tensor<Float>([1, 10, 3, 10], shape: [2, 2]))
    #expect(moments.ofBatch([0, 1], channel: 0) == (2, 1))
    #expect(moments.ofBatch([0, 1], channel: 1) == (10, 0))
    #expect(moments.middle == [1, 10])
  }
}
