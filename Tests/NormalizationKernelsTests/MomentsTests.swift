import Tensors
import TestSupport
import Testing

@testable import NormalizationKernels

/// Statistics and gradient sums of ranges of blocks as values: they join to the bits of the whole.
@Suite struct MomentsTests {
  /// Some blocks of an input as a tensor of their own: rows of whole blocks.
  struct Part<Scalar: NormalizationScalar> {
    var kernels: BatchKernels<Scalar>
    var x: [Scalar]
    var dy: [Scalar]
    var firstBlock: Int

    init(_ input: KernelInput<Scalar>, _ blocks: Range<Int>, _ execution: Execution) {
      let layout = input.layout
      let rows =
        layout.sectionsPerRow > 1
        ? blocks.lowerBound / layout.sectionsPerRow..<blocks.upperBound / layout.sectionsPerRow
        : layout.rowRange(ofBlocks: blocks)
      let elements = rows.lowerBound * layout.stride..<rows.upperBound * layout.stride
      (x, dy) = (Array(input.x[elements]), Array(input.dy[elements]))
      let part = BatchLayout(rows: rows.count, channels: layout.channels, inner: layout.inner)
      kernels = BatchKernels(layout: part, execution: execution)
      firstBlock = blocks.lowerBound
    }

    var moments: Moments { kernels.moments(of: x.span, firstBlock: firstBlock) }

    func sums(_ statistics: ChannelStatistics, scale: [Double]) -> GradientSums {
      kernels.gradientSums(
        of: x.span, statistics, outputGradient: dy.span, scale: scale, firstBlock: firstBlock)
    }
  }

  /// The parts of an input, cut at random ends of rows and blocks, for random executions.
  static func parts<Scalar: NormalizationScalar>(
    _ input: KernelInput<Scalar>, _ generator: inout SeededGenerator
  ) -> [Part<Scalar>] {
    let unit = input.layout.sectionsPerRow
    return ReductionStackTests.cuts(input.layout.blockCount / unit, &generator).map { units in
      let set = InstructionSet.available[
        Int(generator.next() % UInt64(InstructionSet.available.count))]
      let execution = Execution(
        threadCount: 1 + Int(generator.next() % 3), instructionSet: set)
      return Part(input, units.lowerBound * unit..<units.upperBound * unit, execution)
    }
  }

  /// Joins neighbours in a random order, with empty ones in between, until one is left.
  static func joined<Value>(
    _ parts: [Value], _ generator: inout SeededGenerator, empty: Value,
    _ join: (Value, Value) -> Value
  ) throws -> Value {
    var parts = parts
    while parts.count > 1 {
      let index = Int(generator.next() % UInt64(parts.count - 1))
      var both = join(parts[index], parts[index + 1])
      if generator.next() % 4 == 0 { both = join(empty, both) }
      if generator.next() % 4 == 0 { both = join(both, empty) }
      parts.replaceSubrange(index...index + 1, with: [both])
    }
    return try #require(parts.first)
  }

  static func bits(_ numbers: [Double]) -> [UInt64] { numbers.map(\.bitPattern) }

  static let layouts =
    BatchPlanTests.layouts + [
      BatchLayout(rows: 30_001, channels: 20, inner: 1),
      BatchLayout(rows: 64, channels: 9000, inner: 1),
      BatchLayout(rows: 64, channels: 1, inner: 1),
    ]

  @Test(arguments: layouts, 0..<UInt64(5))
  func `parts joined in any grouping have the bits of the whole and of a pass over it`(
    layout: BatchLayout, seed: UInt64
  ) throws {
    func check<Scalar: NormalizationScalar>(_ type: Scalar.Type) throws {
      var generator = SeededGenerator(seed: seed)
      let input = KernelInput<Scalar>(layout, seed: seed)
      let kernels = BatchKernels<Scalar>(layout: layout, execution: .automatic)
      let whole = kernels.moments(of: input.x.span)
      let parts = Self.parts(input, &generator)
      let moments = try Self.joined(
        parts.map(\.moments), &generator, empty: Moments(firstBlock: 7)
      ) { $0.joined(with: $1) }
      #expect(moments.range == 0..<layout.blockCount)
      #expect(moments.count == layout.valuesPerChannel)
      #expect(Self.bits(moments.encoded) == Self.bits(whole.encoded), "seed \(seed)")

      let statistics = moments.statistics(epsilon: 1e-5)
      #expect(statistics == kernels.statistics(of: input.x.span, epsilon: 1e-5))
      let totals = kernels.gradientSums(
        of: input.x.span, statistics, outputGradient: input.dy.span, scale: input.scale)
      let sums = try Self.joined(
        parts.map { $0.sums(statistics, scale: input.scale) }, &generator,
        empty: GradientSums(firstBlock: 7)
      ) { $0.joined(with: $1) }
      #expect(Self.bits(sums.encoded) == Self.bits(totals.encoded), "seed \(seed)")
      #expect(sums.count == layout.valuesPerChannel)
    }
    try check(Float.self)
    try check(Double.self)
  }

  @Test(arguments: layouts)
  func `the numbers of a part describe it to the bit`(layout: BatchLayout) throws {
    let input = KernelInput<Float>(layout)
    let kernels = BatchKernels<Float>(layout: layout, execution: .automatic)
    let moments = kernels.moments(of: input.x.span, firstBlock: 13)
    let decoded = try #require(Moments(decoding: moments.encoded))
    #expect(decoded == moments)
    #expect(Self.bits(decoded.encoded) == Self.bits(moments.encoded))
    let sums = kernels.gradientSums(
      of: input.x.span, moments.statistics(epsilon: 0), outputGradient: input.dy.span, scale: nil,
      firstBlock: 13)
    let decodedSums = try #require(GradientSums(decoding: sums.encoded))
    #expect(decodedSums == sums)
    // One kind is not the other.
    #expect(Moments(decoding: sums.encoded) == nil)
    #expect(GradientSums(decoding: moments.encoded) == nil)
    #expect(Moments(decoding: Moments(firstBlock: 3).encoded) == Moments(firstBlock: 3))
    #expect(GradientSums(decoding: GradientSums().encoded) == GradientSums())
  }

  @Test func `numbers that describe nothing are refused, whatever they are`() throws {
    let layout = BatchLayout(rows: 700, channels: 3, inner: 1)
    let moments = BatchKernels<Double>(layout: layout, execution: .automatic)
      .moments(of: KernelInput<Double>(layout).x.span, firstBlock: 5)
    let encoded = moments.encoded
    for count in 0..<encoded.count {
      #expect(Moments(decoding: Array(encoded[..<count])) == nil, "\(count) numbers")
    }
    #expect(Moments(decoding: encoded + [0]) == nil)
    // The header and the places of the nodes: any other number contradicts the rest.
    let planes = encoded.count - moments.roots.planes.count
    for index in 1..<planes where index != 3 && index != 4 {  // inner and element size may be any
      let isPlace = index < 8 || (index - 8) % 5 < 2
      let isWeight = index >= 8 && (index - 8) % 5 >= 2
      for value in [-1, .nan, .infinity] where isWeight {
        var spoiled = encoded
        spoiled[index] = value
        #expect(Moments(decoding: spoiled) == nil, "\(value) at \(index)")
      }
      for value in [-1, 0.5, .nan, .infinity, 1e18, encoded[index] + 1] where isPlace {
        var spoiled = encoded
        spoiled[index] = value
        #expect(Moments(decoding: spoiled) == nil, "\(value) at \(index)")
      }
    }
  }

  // Two children of one node are never apart: they would have been joined.
  @Test func `roots that could have been joined are refused`() {
    var a = BlockRoots.single(0)
    a += BlockRoots.single(1)
    #expect(Moments(decoding: BlockRoots.encoded(a, range: 0..<2)) == nil)
    var b = BlockRoots.single(1)
    b += BlockRoots.single(2)
    #expect(Moments(decoding: BlockRoots.encoded(b, range: 1..<3)) != nil)
  }

  enum BlockRoots {
    static func single(_ block: Double) -> [Double] { [block, 1, 64, 64, 2016] }
    static func encoded(_ nodes: [Double], range: Range<Int>) -> [Double] {
      [-1, 1, 1, 1, 8, Double(range.lowerBound), Double(range.upperBound), 2] + nodes
        + [0, 0, 1, 0, 0, 1]
    }
  }

  @Test func `empty statistics join with any, on either side`() {
    let layout = BatchLayout(rows: 100, channels: 20, inner: 1)
    let kernels = BatchKernels<Float>(layout: layout, execution: .automatic)
    let moments = kernels.moments(of: KernelInput<Float>(layout).x.span, firstBlock: 4)
    let none = BatchKernels<Float>(
      layout: BatchLayout(rows: 0, channels: 20, inner: 1), execution: .automatic
    ).moments(of: [Float]().span, firstBlock: 99)
    #expect(none.isEmpty && none.channels == 20 && none.count == 0)
    for empty in [Moments(), Moments(firstBlock: 50), none] {
      #expect(empty.joined(with: moments) == moments)
      #expect(moments.joined(with: empty) == moments)
    }
    #expect(Moments().joined(with: none).channels == 20)
    #expect(Moments().statistics(epsilon: 1).mean == [])
    #expect(none.statistics(epsilon: 1).count == 0)
  }

  @Test func `ranges that do not follow each other, or of other tensors, cannot be joined`() async {
    func moments(_ rows: Int, _ channels: Int, _ inner: Int, _ first: Int) -> Moments {
      let layout = BatchLayout(rows: rows, channels: channels, inner: inner)
      return BatchKernels<Float>(layout: layout, execution: .automatic)
        .moments(of: KernelInput<Float>(layout).x.span, firstBlock: first)
    }
    #expect(moments(128, 20, 1, 0).joined(with: moments(64, 20, 1, 2)).range == 0..<3)
    await #expect(processExitsWith: .failure) {
      func moments(_ first: Int) -> Moments {
        BatchKernels<Float>(
          layout: BatchLayout(rows: 64, channels: 20, inner: 1), execution: .automatic
        ).moments(of: [Float](repeating: 0, count: 1280).span, firstBlock: first)
      }
      _ = moments(0).joined(with: moments(2))
    }
    await #expect(processExitsWith: .failure) {
      func moments(_ channels: Int, _ first: Int) -> Moments {
        BatchKernels<Float>(
          layout: BatchLayout(rows: 64, channels: channels, inner: 1), execution: .automatic
        ).moments(of: [Float](repeating: 0, count: 64 * channels).span, firstBlock: first)
      }
      _ = moments(20, 0).joined(with: moments(21, 1))
    }
  }

  @Test func `values are values: a copy keeps its statistics`() {
    let layout = BatchLayout(rows: 64, channels: 20, inner: 1)
    let kernels = BatchKernels<Float>(layout: layout, execution: .automatic)
    let input = KernelInput<Float>(layout)
    var moments = kernels.moments(of: input.x.span)
    let copy = moments
    let before = copy.encoded
    moments.append(kernels.moments(of: input.x.span, firstBlock: 1))
    #expect(copy.encoded == before)
    #expect(moments.count == 128)
  }
}
