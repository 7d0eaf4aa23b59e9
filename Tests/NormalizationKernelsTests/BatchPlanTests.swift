import CNormalizationKernels
import Tensors
import TestSupport
import Testing

@testable import NormalizationKernels

/// Which task treats which blocks and channels changes no bit.
@Suite struct BatchPlanTests {
  static let layouts = [
    BatchLayout(rows: 1000, channels: 33, inner: 1), BatchLayout(rows: 4097, channels: 5, inner: 1),
    BatchLayout(rows: 40, channels: 7, inner: 33), BatchLayout(rows: 300, channels: 4, inner: 2),
    BatchLayout(rows: 5, channels: 3, inner: 5000), BatchLayout(rows: 77, channels: 6, inner: 129),
  ]

  private func statistics<Scalar: NormalizationScalar>(
    _ input: KernelInput<Scalar>
  ) -> ChannelStatistics {
    let kernels = BatchKernels<Scalar>(
      layout: input.layout, execution: Execution(threadCount: 1, instructionSet: .best))
    var output = input.x
    var span = output.mutableSpan
    return kernels.normalize(input.x.span, into: &span, epsilon: 0).statistics
  }

  /// The moments of some blocks of some channels, by the kernels alone.
  private func moments<Scalar: NormalizationScalar>(
    _ input: KernelInput<Scalar>, _ plan: BatchPlan, _ blocks: Range<Int>, _ channels: Range<Int>
  ) -> ReductionStack {
    let layout = input.layout
    let stack = ReductionStack(.moments, width: channels.count, blockCount: layout.blockCount)
    input.x.withUnsafeBytes { bytes in
      guard let x = bytes.baseAddress else { return }
      for index in blocks {
        let block = layout.block(index)
        stack.push(
          .init(firstBlock: index, blockCount: 1, weight: .init(values: block.count))
        ) { planes in
          let width = channels.count
          var whole = norm_block()
          whole.x = x
          var part = plan.block(block, channels, of: whole)
          let moments =
            layout.isColumns ? plan.kernels.moments_columns : plan.kernels.moments_runs
          moments?(&part, planes, planes + width, planes + 2 * width)
        }
      }
    }
    return stack
  }

  // A batch divided over processes at block boundaries, and channels over strips of any width.
  @Test(arguments: layouts, 0..<UInt64(6))
  func `blocks and channels divided at random give the bits of one pass`(
    layout: BatchLayout, seed: UInt64
  ) throws {
    func check<Scalar: NormalizationScalar>(_ type: Scalar.Type) throws {
      var generator = SeededGenerator(seed: seed)
      let input = KernelInput<Scalar>(layout, seed: seed)
      let expected = statistics(input)
      for set in InstructionSet.available {
        let plan = BatchPlan(
          layout: layout,
          table: Scalar.kernels(for: set),
          elementSize: MemoryLayout<Scalar>.stride, threadCount: 1)
        // Columns that lie side by side with other rows are never divided.
        let strips =
          layout.isColumns && norm_rows_abreast(layout.channels) > 1
          ? [0..<layout.channels] : ReductionStackTests.cuts(layout.channels, &generator)
        for channels in strips {
          let parts = ReductionStackTests.cuts(layout.blockCount, &generator).map {
            moments(input, plan, $0, channels)
          }
          let stack = try #require(
            ReductionStackTests.joined(parts, blockCount: layout.blockCount, &generator))
          #expect(stack.fold() == layout.valuesPerChannel)
          for (place, channel) in channels.enumerated() {
            let (mean, low) = (stack.plane(0, ofNode: 0)[place], stack.plane(1, ofNode: 0)[place])
            let variance = stack.plane(2, ofNode: 0)[place] / Double(layout.valuesPerChannel)
            #expect(mean.bitPattern == expected.mean[channel].bitPattern)
            #expect(low.bitPattern == expected.meanRemainder[channel].bitPattern)
            #expect(variance.bitPattern == expected.variance[channel].bitPattern)
          }
        }
      }
    }
    try check(Float.self)
    try check(Double.self)
  }

  // Otherwise the tests of equal bits would compare one way through memory with itself.
  @Test func `the ways by rows and by channels are both taken, in strips of several widths`() {
    var widths: Set<Int?> = []
    for layout in [
      BatchLayout(rows: 4097, channels: 100, inner: 1),
      BatchLayout(rows: 257, channels: 2000, inner: 1),
      BatchLayout(rows: 65, channels: 33, inner: 196),
      BatchLayout(rows: 3, channels: 2, inner: 50_001),
    ] {
      for threads in [1, 2, 3, 7] {
        let plan = BatchPlan(
          layout: layout,
          table: Float.kernels(for: .portable),
          elementSize: 4, threadCount: threads)
        #expect(plan.threads == min(threads, layout.count * 4 / BatchPlan.bytesPerThread))
        widths.insert(plan.channelsPerTask(tensors: 1))
        widths.insert(plan.channelsPerTask(tensors: 2))
      }
    }
    #expect(widths.contains(nil))
    #expect(widths.count >= 4, "\(widths)")
  }

  // Every element is applied to exactly once, and after the statistics of its channel.
  @Test(arguments: layouts + [BatchLayout(rows: 257, channels: 2000, inner: 1)], [1, 2, 3, 7])
  func `every block of every channel is reduced once and applied once`(
    layout: BatchLayout, threads: Int
  ) {
    let plan = BatchPlan(
      layout: layout,
      table: Float.kernels(for: .portable),
      elementSize: 4, threadCount: threads)
    let reduced = TaskCounts(layout.blockCount * layout.channels)
    let finished = TaskCounts(layout.channels)
    let applied = TaskCounts(layout.blockCount * layout.channels)
    let again = TaskCounts(layout.count)
    // A place may be many blocks, but never a part of one.
    func blocks(_ place: BatchLayout.Block) -> [Int] {
      guard layout.sectionsPerRow > 1 else {
        return Array(
          place.firstRow / layout.rowsPerBlock...(place.firstRow + place.rows - 1)
            / layout.rowsPerBlock)
      }
      let first = place.firstRow * layout.sectionsPerRow
      return
        (place.start / BatchLayout.sectionLength...(place.start + place.length - 1)
        / BatchLayout.sectionLength).map { first + $0 }
    }
    plan.reduce(.sums, channelsPerTask: plan.channelsPerTask(tensors: 1), applies: true) {
      place, channels, _, planes in
      let found = blocks(place)
      #expect(found.count == 1)
      for channel in channels { reduced.add(found[0] * layout.channels + channel) }
      planes.update(repeating: 1, count: 2 * channels.count)
    } finish: { channels, planes in
      var sums = [Double](repeating: 0, count: channels.count)
      planes.copy(0, to: &sums)
      for (place, channel) in channels.enumerated() {
        #expect(sums[place] == Double(layout.blockCount))
        finished.add(channel)
      }
      #expect(planes.count == layout.valuesPerChannel)
    } apply: { channels, place in
      for channel in channels {
        #expect(finished[channel] == 1)
        for block in blocks(place) { applied.add(block * layout.channels + channel) }
      }
    }
    plan.forEachPart { channels, place in
      for channel in channels {
        for row in place.firstRow..<place.firstRow + place.rows {
          for element in place.start..<place.start + place.length {
            again.add((row * layout.channels + channel) * layout.inner + element)
          }
        }
      }
    }
    #expect(reduced.isOneEverywhere)
    #expect(finished.isOneEverywhere)
    #expect(applied.isOneEverywhere)
    #expect(again.isOneEverywhere)
  }
}
