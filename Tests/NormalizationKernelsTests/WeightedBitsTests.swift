import NormalizationKernels
import Tensors
import Testing

/// Weighted passes: the same bits for every thread count and instruction set, and however a batch is cut at blocks.
@Suite(.serialized) struct WeightedBitsTests {
  /// Weights of which a third is 0, in long stretches and alone.
  static func weights<Scalar: NormalizationScalar>(_ layout: BatchLayout) -> [Scalar] {
    var generator = SeededGenerator(seed: 5)
    return (0..<layout.valuesPerChannel).map { position in
      let isZero = generator.next() % 4 == 0 || position / 100 % 5 == 3
      return isZero ? 0 : Scalar(0.1 + generator.uniform())
    }
  }

  static func results<Scalar: NormalizationScalar>(
    _ input: KernelInput<Scalar>, _ weights: [Scalar], _ execution: Execution
  ) -> KernelResults<Scalar> {
    let kernels = BatchKernels<Scalar>(layout: input.layout, execution: execution)
    let moments = kernels.moments(of: input.x.span, weights: weights.span)
    let statistics = moments.statistics(epsilon: 1e-5)
    let zero = [Scalar](repeating: 1, count: input.layout.count)
    var (output, gradient, constant) = (zero, zero, zero)
    var span = output.mutableSpan
    kernels.apply(
      statistics, to: input.x.span, weights: weights.span, into: &span, scale: input.scale,
      shift: input.shift)
    let sums = kernels.gradientSums(
      of: input.x.span, weights: weights.span, statistics, outputGradient: input.dy.span)
    var results = KernelResults<Scalar>()
    for throughStatistics in [true, false] {
      span = throughStatistics ? gradient.mutableSpan : constant.mutableSpan
      results.add(
        "totals",
        kernels.gradients(
          of: input.x.span, weights: weights.span, statistics, outputGradient: input.dy.span,
          into: &span, scale: input.scale, throughStatistics: throughStatistics, sums: sums))
    }
    results.add("moments", moments.statistics(epsilon: 0))
    results.numbers.append(("roots", moments.encoded + sums.encoded))
    results.add("output", output)
    results.add("gradient", gradient)
    results.add("constant gradient", constant)
    return results
  }

  static let layouts =
    [1, 2, 3, 15, 16, 17, 33, 100].flatMap { channels in
      [1, 5, 64, 129].map { BatchLayout(rows: $0, channels: channels, inner: 1) }
    }
    + [2, 7, 16, 17, 33, 64, 65, 129, 196, 2047, 2049, 5000].flatMap { inner in
      [1, 3, 17].map { BatchLayout(rows: $0, channels: 3, inner: inner) }
    }
    + [
      BatchLayout(rows: 4097, channels: 100, inner: 1),
      BatchLayout(rows: 257, channels: 2000, inner: 1),
      BatchLayout(rows: 65, channels: 33, inner: 196),
      BatchLayout(rows: 1, channels: 3, inner: 200_001),
      BatchLayout(rows: 64, channels: 9000, inner: 1),
    ]

  @Test(arguments: SameBitsTests.Element.allCases)
  func `weighted passes give the same bits everywhere`(element: SameBitsTests.Element) {
    func check<Scalar: NormalizationScalar>(_ type: Scalar.Type) {
      for layout in Self.layouts {
        let input = KernelInput<Scalar>(layout)
        let weights: [Scalar] = Self.weights(layout)
        let expected = Self.results(
          input, weights, Execution(threadCount: 1, instructionSet: .portable))
        for execution in SameBitsTests.executions {
          let differences = Self.results(input, weights, execution).differences(from: expected)
          #expect(
            differences.isEmpty,
            "\(layout), \(execution.threadCount) threads, \(execution.instructionSet)")
        }
      }
    }
    switch element {
    case .float: check(Float.self)
    case .double: check(Double.self)
    }
  }

  @Test(arguments: MomentsTests.layouts, 0..<UInt64(3))
  func `weighted parts joined in any grouping have the bits of the whole`(
    layout: BatchLayout, seed: UInt64
  ) throws {
    var generator = SeededGenerator(seed: seed)
    let input = KernelInput<Float>(layout, seed: seed)
    let weights: [Float] = Self.weights(layout)
    let kernels = BatchKernels<Float>(layout: layout, execution: .automatic)
    let whole = kernels.moments(of: input.x.span, weights: weights.span)
    let statistics = whole.statistics(epsilon: 1e-5)
    let totals = kernels.gradientSums(
      of: input.x.span, weights: weights.span, statistics, outputGradient: input.dy.span)
    var start = 0
    let parts = MomentsTests.parts(input, &generator).map { part in
      let count = part.kernels.layout.valuesPerChannel
      defer { start += count }
      return (part, Array(weights[start..<start + count]))
    }
    let moments = try MomentsTests.joined(
      parts.map { part, weights in
        part.kernels.moments(
          of: part.x.span, weights: weights.span, firstBlock: part.firstBlock)
      }, &generator, empty: Moments()
    ) { $0.joined(with: $1) }
    let sums = try MomentsTests.joined(
      parts.map { part, weights in
        part.kernels.gradientSums(
          of: part.x.span, weights: weights.span, statistics, outputGradient: part.dy.span,
          firstBlock: part.firstBlock)
      }, &generator, empty: GradientSums()
    ) { $0.joined(with: $1) }
    #expect(MomentsTests.bits(moments.encoded) == MomentsTests.bits(whole.encoded))
    #expect(MomentsTests.bits(sums.encoded) == MomentsTests.bits(totals.encoded))
    #expect(whole.count == weights.count { $0 > 0 })
  }

  // Blocks of weight 0 have no mean: they must join without a trace, first, last and in between.
  @Test func `blocks of weight 0 leave no trace`() {
    let layout = BatchLayout(rows: 64 * 11, channels: 17, inner: 1)
    let input = KernelInput<Double>(layout)
    let kernels = BatchKernels<Double>(layout: layout, execution: .automatic)
    for kept in [[0], [10], [3, 4], [0, 10], [5, 6, 7], [1, 9]] {
      let weights = (0..<layout.rows).map { kept.contains($0 / 64) ? 0.5 : 0.0 }
      let moments = kernels.moments(of: input.x.span, weights: weights.span)
      let statistics = moments.statistics(epsilon: 0)
      #expect(statistics.count == 64 * kept.count)
      #expect(statistics.areFinite)
      // Alone, without the others between them, to rounding.
      let rows = kept.flatMap { Array(input.x[$0 * 64 * 17..<($0 + 1) * 64 * 17]) }
      let alone = BatchKernels<Double>(
        layout: BatchLayout(rows: 64 * kept.count, channels: 17, inner: 1), execution: .automatic
      ).statistics(of: rows.span, epsilon: 0)
      for channel in 0..<17 {
        let deviation = alone.variance[channel].squareRoot()
        #expect(
          abs(statistics.mean[channel] - alone.mean[channel])
            <= 1e-15 * abs(alone.mean[channel]) + 1e-13 * deviation)
        #expect(
          abs(statistics.variance[channel] - alone.variance[channel])
            <= 1e-12 * alone.variance[channel])
      }
    }
  }
}
