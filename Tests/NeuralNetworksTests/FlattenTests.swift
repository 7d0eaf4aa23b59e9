import NeuralNetworks
import Normalization
import Testing

@Suite struct FlattenTests {
  @Test(arguments: [[4, 2, 3, 5], [4, 7], [4, 6, 1], [0, 2, 3], [4]])
  func `a sample's elements are one row, and the gradient has the input's shape`(
    shape: [Int]
  ) throws {
    var generator = SeededGenerator(seed: 1)
    let input = Tensor<Double>(normal: shape, using: &generator)
    let layer = Flatten<Double>()
    let pass = try layer.forward(input)
    #expect(pass.output.shape == [shape[0], shape.dropFirst().reduce(1, *)])
    #expect(pass.output.elements == input.elements)
    #expect(try layer.inference(input) == pass.output)
    #expect(pass.pullback(pass.output).input == input)
    #expect(layer.kindName == "Flatten")
  }
}

@Suite struct FeatureOrderTests {
  /// Two positions of three channels, in two rows.
  @Test func `columns known by hand`() {
    let last = Tensor<Float>([0, 1, 2, 10, 11, 12, 5, 6, 7, 15, 16, 17], shape: [2, 6])
    let first = Tensor<Float>([0, 10, 1, 11, 2, 12, 5, 15, 6, 16, 7, 17], shape: [2, 6])
    #expect(last.featuresChannelsFirst(channelCount: 3) == first)
    #expect(first.featuresChannelsLast(channelCount: 3) == last)
  }

  @Test(arguments: [(5, 1), (1, 5), (6, 4), (7, 3)])
  func `there and back`(positions: Int, channels: Int) {
    var generator = SeededGenerator(seed: 2)
    let weight = Tensor<Float>(normal: [3, positions * channels], using: &generator)
    let moved = weight.featuresChannelsFirst(channelCount: channels)
    #expect(moved.featuresChannelsLast(channelCount: channels) == weight)
  }

  /// What an exporter relies on: the permuted weights give the same outputs for images whose channels are first.
  @Test func `permuted weights take flattened channels-first images`() throws {
    var generator = SeededGenerator(seed: 3)
    let (samples, height, width, channels) = (2, 3, 4, 5)
    let images = Tensor<Double>(normal: [samples, height, width, channels], using: &generator)
    var first: [Double] = []
    for n in 0..<samples {
      for c in 0..<channels {
        for position in 0..<height * width {
          first.append(images[(n * height * width + position) * channels + c])
        }
      }
    }
    let dense = Dense<Double>(
      inputCount: height * width * channels, outputCount: 3, deviation: 1, using: &generator)
    let permuted = Dense(
      weight: dense.weight.featuresChannelsFirst(channelCount: channels), bias: dense.bias)
    let expected = try dense.inference(Flatten().inference(images))
    let found = try permuted.inference(
      Tensor(first, shape: [samples, channels * height * width]))
    for i in 0..<expected.count { #expect(abs(found[i] - expected[i]) < 1e-13) }
  }

  @Test func `channels that do not divide the columns are a programmer's mistake`() async {
    await #expect(processExitsWith: .failure) {
      _ = Tensor<Float>(repeating: 0, shape: [2, 6]).featuresChannelsFirst(channelCount: 4)
    }
  }
}
