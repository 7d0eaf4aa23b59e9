import Normalization
import TestSupport
import Testing

@Suite struct GhostBatchNormTests {
  private func part(_ x: Tensor<Float>, _ samples: Range<Int>) -> Tensor<Float> {
    let size = x.count / x.shape[0]
    let elements = samples.lowerBound * size..<samples.upperBound * size
    return Tensor(Array(x.elements[elements]), shape: [samples.count] + x.shape.dropFirst())
  }

  private func tensor(_ shape: [Int], seed: UInt64) -> Tensor<Float> {
    var generator = SeededGenerator(seed: seed)
    return Tensor(normal: shape, mean: 1, deviation: 2, using: &generator)
  }

  /// Batch, virtual batch, and where the virtual ones end.
  static let cuts: [(samples: Int, size: Int, ends: [Int])] = [
    (8, 4, [4, 8]), (10, 4, [4, 8, 10]), (9, 4, [4, 9]), (3, 4, [3]), (4, 4, [4]), (5, 4, [5]),
    (7, 2, [2, 4, 7]), (2, 1000, [2]),
  ]

  // [N, C]: a rest of one sample is one value per channel and joins the batch before.
  @Test(arguments: cuts)
  func `each virtual batch is a batch of its own, to the bit`(
    samples: Int, size: Int, ends: [Int]
  ) throws {
    let (x, dy) = (tensor([samples, 5], seed: 1), tensor([samples, 5], seed: 2))
    var plain = BatchNorm<Float>(featureCount: 5)
    plain.scale = tensor([5], seed: 3)
    plain.shift = tensor([5], seed: 4)
    var ghost = GhostBatchNorm(plain, virtualBatchSize: size)
    let pass = try ghost.train(x)
    let gradients = ghost.gradients(of: pass, outputGradient: dy)
    var (output, input) = ([Float](), [Float]())
    var (scale, shift) = ([Double](repeating: 0, count: 5), [Double](repeating: 0, count: 5))
    for (first, end) in zip([0] + ends, ends) {
      let one = try plain.train(part(x, first..<end))
      output += one.output.elements
      var dx = [Float](repeating: 0, count: (end - first) * 5)
      var span = dx.mutableSpan
      let sums = plain.gradients(
        of: one.record, input: one.input.span, outputGradient: part(dy, first..<end).span,
        into: &span)
      input += dx
      for channel in 0..<5 {
        scale[channel] += sums.scale[channel]
        shift[channel] += sums.shift[channel]
      }
    }
    #expect(pass.records.count == ends.count)
    #expect(pass.output.elements == output)
    #expect(gradients.input.elements == input)
    #expect(gradients.scale?.elements == scale.map { Float($0) })
    #expect(gradients.shift?.elements == shift.map { Float($0) })
    // Once per virtual batch, in order.
    #expect(ghost.batchNorm.runningStatistics == plain.runningStatistics)
    #expect(plain.runningStatistics?.batchesTracked == ends.count)
  }

  // A rest of one sample has values enough where there are positions.
  @Test(arguments: [AxisKind.channelsFirst, .channelsLast])
  func `virtual batches of one image are instance normalization`(kind: AxisKind) throws {
    let shape = kind == .channelsFirst ? [3, 4, 5, 6] : [3, 5, 6, 4]
    let (x, dy) = (tensor(shape, seed: 5), tensor(shape, seed: 6))
    let ghost = GhostBatchNorm(
      BatchNorm<Float>(featureCount: 4, axis: kind.axis), virtualBatchSize: 1)
    let instance = InstanceNorm<Float>(featureCount: 4, axis: kind.axis)
    let pass = try ghost.trainingPass(x)
    #expect(pass.records.count == 3)
    let other = try instance.trainingPass(x)
    #expect(pass.output == other.output)
    let found = ghost.gradients(of: pass, outputGradient: dy)
    let expected = instance.gradients(of: other, outputGradient: dy)
    #expect(found.input == expected.input)
    #expect(found.shift == expected.shift)
  }

  @Test func `an error in a later virtual batch changes nothing`() throws {
    var ghost = GhostBatchNorm(BatchNorm<Float>(featureCount: 2), virtualBatchSize: 2)
    let before = LayerState(ghost.batchNorm)
    #expect(throws: NormalizationError.nonFiniteInput(channel: 0)) {
      _ = try ghost.train(Tensor([1, 2, 3, 4, .infinity, 6, 7, 8], shape: [4, 2]))
    }
    let alone = GhostBatchNorm(BatchNorm<Float>(featureCount: 2), virtualBatchSize: 1)
    #expect(throws: NormalizationError.tooFewValues(found: 1, shape: [1, 2], axis: -1)) {
      _ = try alone.trainingPass(Tensor([1, 2, 3, 4, 5, 6], shape: [3, 2]))
    }
    #expect(LayerState(ghost.batchNorm) == before)
  }

  @Test func `gradients are those of the pass, whatever the layer became since`() throws {
    let (x, dy) = (tensor([6, 3], seed: 8), tensor([6, 3], seed: 9))
    var ghost = GhostBatchNorm(BatchNorm<Float>(featureCount: 3), virtualBatchSize: 2)
    let pass = try ghost.trainingPass(x)
    let expected = ghost.gradients(of: pass, outputGradient: dy)
    ghost.batchNorm.freezing = .statistics
    #expect(ghost.gradients(of: pass, outputGradient: dy).input == expected.input)
  }

  @Test func `inference and frozen layers see no virtual batches`() throws {
    let x = tensor([6, 3], seed: 7)
    var ghost = GhostBatchNorm(BatchNorm<Float>(featureCount: 3), virtualBatchSize: 2)
    _ = try ghost.train(x)
    #expect(try ghost.inference(x) == ghost.batchNorm.inference(x))
    ghost.batchNorm.freezing = .statistics
    let before = ghost.batchNorm.runningStatistics
    let pass = try ghost.train(x)
    #expect(pass.output == (try ghost.inference(x)))
    #expect(pass.records.count == 1)
    #expect(ghost.batchNorm.runningStatistics == before)
  }
}
