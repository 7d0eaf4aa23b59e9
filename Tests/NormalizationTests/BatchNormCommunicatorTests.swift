import Normalization
import Testing
import TestSupport

/// A batch divided over ranks: the same as one process with all of it, and the same on every rank.
@Suite struct BatchNormCommunicatorTests {
  /// What a rank ends with.
  struct RankResult<Scalar: NormalizationScalar>: Sendable {
    var output: Tensor<Scalar>
    var gradients: BatchNorm<Scalar>.Gradients
    var running: RunningStatistics?
  }

  static func part<Scalar: NormalizationScalar>(
    _ tensor: Tensor<Scalar>, _ cut: Range<Int>
  ) -> Tensor<Scalar> {
    BatchNormMomentsTests.samples(tensor, cut)
  }

  /// One pass over ranks, which hold the samples of `cuts`.
  static func run<Scalar: NormalizationScalar>(
    _ layer: BatchNorm<Scalar>, _ x: Tensor<Scalar>, _ dy: Tensor<Scalar>, cuts: [Range<Int>],
    weights: Tensor<Scalar>? = nil, activation: FusedActivation = .identity
  ) -> [Result<RankResult<Scalar>, any Error>] {
    ThreadGroup.run(size: cuts.count) { member in
      var layer = layer
      let cut = cuts[member.rank]
      let pass =
        if let weights {
          try layer.trainingPass(part(x, cut), weights: part(weights, cut), over: member)
        } else {
          try layer.trainingPass(part(x, cut), over: member, activation: activation)
        }
      layer.commit(pass)
      let gradients = try layer.gradients(of: pass, outputGradient: part(dy, cut), over: member)
      return RankResult(
        output: pass.output, gradients: gradients, running: layer.runningStatistics)
    }
  }

  /// As many parts as ranks, of multiples of `unit` samples; some are empty.
  static func cuts(
    _ samples: Int, ranks: Int, unit: Int, _ generator: inout SeededGenerator
  ) -> [Range<Int>] {
    let units = (samples + unit - 1) / unit
    var ends = (1..<ranks).map { _ in
      min(samples, unit * Int(generator.next() % UInt64(units + 1)))
    }
    ends.sort()
    return zip([0] + ends, ends + [samples]).map { $0..<$1 }
  }

  @Test(arguments: 0..<BatchNormShardsTests.shapes.count, [1, 2, 3, 5])
  func `parts cut at blocks give the bits of one process, on every rank`(
    number: Int, ranks: Int
  ) throws {
    func check<Scalar: NormalizationScalar>(_ type: Scalar.Type) throws {
      let (shape, axis) = BatchNormShardsTests.shapes[number]
      var generator = SeededGenerator(seed: UInt64(100 * number + ranks))
      var positions = shape
      let channels = positions.remove(at: axis < 0 ? shape.count + axis : axis)
      let x = Tensor<Scalar>(normal: shape, mean: 3, deviation: 2, using: &generator)
      let dy = Tensor<Scalar>(normal: shape, using: &generator)
      let mask = Tensor(
        (0..<positions.reduce(1, *)).map { _ in Scalar(generator.next() % 3 == 0 ? 0 : 1) },
        shape: positions)
      for (weights, frozen) in [(nil, false), (mask, false), (nil, true), (mask, true)] {
        var layer = BatchNormShardsTests.layer(
          type, channels: channels, axis: axis, frozen: frozen)
        let unit = layer.samplesPerPart(of: shape)
        let cuts = Self.cuts(shape[0], ranks: ranks, unit: unit, &generator)
        let activation: FusedActivation = weights == nil ? .relu : .identity
        let results = try Self.run(
          layer, x, dy, cuts: cuts, weights: weights, activation: activation
        ).map { try $0.get() }
        let pass =
          if let weights { try layer.trainingPass(x, weights: weights) } else {
            try layer.trainingPass(x, activation: activation)
          }
        let gradients = layer.gradients(of: pass, outputGradient: dy)
        layer.commit(pass)
        for (rank, result) in results.enumerated() {
          let note = "rank \(rank) of \(cuts), frozen \(frozen)"
          #expect(result.output == Self.part(pass.output, cuts[rank]), "\(note)")
          #expect(result.gradients.input == Self.part(gradients.input, cuts[rank]), "\(note)")
          #expect(result.gradients.scale == gradients.scale, "\(note)")
          #expect(result.gradients.shift == gradients.shift, "\(note)")
          #expect(result.running == layer.runningStatistics, "\(note)")
        }
      }
    }
    try check(Float.self)
    try check(Double.self)
  }

  @Test(arguments: [2, 3, 5], ElementType.allCases)
  func `parts cut anywhere are within the bounds, and ranks agree to the bit`(
    ranks: Int, element: ElementType
  ) throws {
    func check<Scalar: NormalizationScalar>(_ type: Scalar.Type) throws {
      for (shape, axis) in BatchNormShardsTests.shapes {
        var generator = SeededGenerator(seed: UInt64(ranks))
        let channels = shape[axis < 0 ? shape.count + axis : axis]
        let x = Tensor<Scalar>(normal: shape, mean: 1000, deviation: 1, using: &generator)
        let dy = Tensor<Scalar>(normal: shape, using: &generator)
        let layer = BatchNormShardsTests.layer(type, channels: channels, axis: axis)
        let cuts = Self.cuts(shape[0], ranks: ranks, unit: 1, &generator)
        let results = try Self.run(layer, x, dy, cuts: cuts).map { try $0.get() }
        let reference = BatchNormReference(x, axis: axis, scale: layer.scale, shift: layer.shift)
        let output = reference.deviation(
          of: Tensor(results.flatMap { $0.output.elements }, shape: shape), shift: layer.shift)
        #expect(output.isTolerable, "\(shape), \(cuts): \(output)")
        let gradients = reference.gradients(dy).deviation(
          reference.view,
          input: Tensor(results.flatMap { $0.gradients.input.elements }, shape: shape),
          scale: results[0].gradients.scale, shift: results[0].gradients.shift)
        #expect(gradients.isTolerable, "\(shape), \(cuts): \(gradients)")
        for result in results {
          #expect(result.gradients.scale == results[0].gradients.scale)
          #expect(result.running == results[0].running)
        }
      }
    }
    try check(element.type)
  }

  /// The errors of all ranks, whose layers have to be as they were.
  private func refusals(
    _ parts: [Tensor<Float>], weights: [Tensor<Float>]? = nil, featureCount: Int = 3
  ) -> [NormalizationError?] {
    let results = ThreadGroup.run(size: parts.count) {
      member -> (error: NormalizationError?, isUnchanged: Bool, heard: Int) in
      var layer = BatchNorm<Float>(featureCount: featureCount)
      let before = LayerState(layer)
      var found: NormalizationError?
      do throws(NormalizationError) {
        let pass =
          if let weights {
            try layer.trainingPass(
              parts[member.rank], weights: weights[member.rank], over: member)
          } else {
            try layer.trainingPass(parts[member.rank], over: member)
          }
        layer.commit(pass)
      } catch { found = error }
      // They still understand each other.
      return (found, LayerState(layer) == before, try member.allGather([1]).count)
    }.map { try? $0.get() }
    for result in results {
      #expect(result?.isUnchanged == true)
      #expect(result?.heard == parts.count)
    }
    return results.map { $0?.error }
  }

  @Test(arguments: [1, 2, 3, 5])
  func `a non-finite element of one part is refused by all ranks`(ranks: Int) {
    for spoiled in 0..<ranks {
      var parts = (0..<ranks).map { rank in
        Tensor<Float>((0..<30).map { Float($0 * (rank + 1) % 7) }, shape: [10, 3])
      }
      parts[spoiled][13] = .nan
      let found = refusals(parts)
      #expect(found == Array(repeating: .nonFiniteInput(channel: 1), count: ranks))
    }
  }

  @Test func `too few values over all ranks are refused by all, enough over all by none`() {
    let one = Tensor<Float>([1, 2, 3], shape: [1, 3])
    let none = Tensor<Float>([], shape: [0, 3])
    #expect(refusals([none, none]) == Array(repeating: .tooFewValuesInAll(found: 0), count: 2))
    #expect(
      refusals([none, one, none]) == Array(repeating: .tooFewValuesInAll(found: 1), count: 3))
    let results = ThreadGroup.run(size: 3) { member in
      try BatchNorm<Float>(featureCount: 3).trainingPass(
        [one, none, one][member.rank], over: member
      ).output
    }
    for (result, rows) in zip(results, [1, 0, 1]) {
      let output = try? result.get()
      #expect(output == Tensor(repeating: 0, shape: [rows, 3]))
    }
  }

  @Test func `a weight that is none is refused by all ranks, naming whose it is`() {
    let x = Tensor<Float>((0..<12).map { Float($0) }, shape: [4, 3])
    var weights = Array(repeating: Tensor<Float>([1, 0, 1, 2]), count: 3)
    weights[1][2] = -0.5
    let expected = NormalizationError.refusedByRank(1, .invalidWeight(position: [2], found: -0.5))
    #expect(refusals([x, x, x], weights: weights) == [expected, expected, expected])
    for part in ["rank 1", "[2]", "-0.5"] { #expect(expected.description.contains(part)) }
    // All positions of one rank may be masked.
    weights[1] = Tensor([0, 0, 0, 0])
    let results = ThreadGroup.run(size: 3) { [weights] member in
      try BatchNorm<Float>(featureCount: 3).trainingPass(
        x, weights: weights[member.rank], over: member
      ).record.statistics
    }
    for result in results {
      let count = (try? result.get())?.count
      #expect(count == 6)
    }
  }

  @Test func `parts of another form, or layers in another state, are told from the rank`() {
    let results = ThreadGroup.run(size: 2) { member in
      var generator = SeededGenerator(seed: 1)
      let x = Tensor<Float>(
        normal: [4, 3, member.rank == 0 ? 5 : 6], using: &generator)
      _ = try BatchNorm<Float>(featureCount: 3, axis: 1).trainingPass(x, over: member)
    }
    for result in results {
      #expect(throws: NormalizationError.communication(.unexpectedMessage(fromRank: 1))) {
        try result.get()
      }
    }
    let frozen = ThreadGroup.run(size: 2) { member in
      var layer = BatchNorm<Float>(featureCount: 3)
      if member.rank == 1 { layer.freezing = .statistics }
      _ = try layer.trainingPass(Tensor(repeating: 1, shape: [4, 3]), over: member)
    }
    #expect(throws: NormalizationError.communication(.unexpectedMessage(fromRank: 1))) {
      try frozen[0].get()
    }
  }

  @Test func `a rank that is gone is an error of the others`() {
    let results = ThreadGroup.run(size: 3) { member in
      if member.rank == 2 { return }
      _ = try BatchNorm<Float>(featureCount: 3).trainingPass(
        Tensor(repeating: 1, shape: [4, 3]), over: member)
    }
    for result in results.prefix(2) {
      #expect {
        try result.get()
      } throws: { error in
        // The first to leave is rank 2, unless another has failed because of it.
        guard case .communication(.abandoned)? = error as? NormalizationError else { return false }
        return true
      }
    }
  }

  @Test func `a single process gives the bits of a layer by itself`() throws {
    let x: Tensor<Float> = normalTensor(.channelsFirst, channels: 5, values: 500, seed: 1)
    let dy: Tensor<Float> = normalTensor(.channelsFirst, channels: 5, values: 500, seed: 2)
    let layer = BatchNormShardsTests.layer(Float.self, channels: 5, axis: 1)
    let pass = try layer.trainingPass(x, over: SingleProcess(), adding: dy, activation: .relu)
    let alone = try layer.trainingPass(x, adding: dy, activation: .relu)
    #expect(pass.output == alone.output)
    let gradients = try layer.gradients(of: pass, outputGradient: dy, over: SingleProcess())
    let expected = layer.gradients(of: alone, outputGradient: dy)
    #expect(gradients.input == expected.input)
    #expect(gradients.addend == expected.addend)
    #expect(gradients.scale == expected.scale)
  }
}
