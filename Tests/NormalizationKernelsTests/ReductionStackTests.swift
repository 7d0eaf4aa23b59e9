import CNormalizationKernels
import Tensors
import TestSupport
import Testing

@testable import NormalizationKernels

/// The tree of blocks: however a range is cut and its parts are grouped, the same roots with the same bits.
@Suite struct ReductionStackTests {
  /// Ranges that cover `0..<count`, cut at random places.
  static func cuts(_ count: Int, _ generator: inout SeededGenerator) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var start = 0
    while start < count {
      let most = generator.next() % 3 == 0 ? 2 : count - start
      let end = min(count, start + 1 + Int(generator.next() % UInt64(most)))
      ranges.append(start..<end)
      start = end
    }
    return ranges
  }

  /// Joins neighbours in a random order until one is left: parts may be grouped in any way.
  static func joined(
    _ parts: [ReductionStack], blockCount: Int, _ generator: inout SeededGenerator
  ) -> ReductionStack? {
    var parts = parts
    while parts.count > 1 {
      let index = Int(generator.next() % UInt64(parts.count - 1))
      let both = ReductionStack(
        parts[index].reduction, width: parts[index].width, blockCount: blockCount)
      both.push(parts[index])
      both.push(parts[index + 1])
      parts.replaceSubrange(index...index + 1, with: [both])
    }
    return parts.first
  }

  static func contents(_ stack: ReductionStack) -> [UInt64] {
    stack.nodes.indices.flatMap { node in
      (0..<stack.reduction.planeCount * stack.width).map {
        stack.plane(0, ofNode: node)[$0].bitPattern
      }
    }
  }

  /// A stack over some blocks, whose planes are random numbers that depend on the block alone.
  private func stack(
    _ reduction: Reduction, _ blocks: Range<Int>, width: Int, blockCount: Int
  ) -> ReductionStack {
    let stack = ReductionStack(reduction, width: width, blockCount: blockCount)
    for block in blocks {
      let count = block == blockCount - 1 ? 5 : 64
      stack.push(.init(firstBlock: block, blockCount: 1, weight: .init(values: count))) { planes in
        var generator = SeededGenerator(seed: UInt64(block))
        for index in 0..<reduction.planeCount * width {
          let isSquares = reduction == .moments && index >= 2 * width
          let isLow = reduction == .moments && !isSquares && index >= width
          let value = generator.normal()
          planes[index] = isSquares ? 64 * abs(value) : isLow ? value * 0x1p-54 : value
        }
      }
    }
    return stack
  }

  @Test(arguments: [Reduction.moments, .sums], 0..<UInt64(20))
  func `parts cut anywhere and joined in any order give the bits of one pass`(
    reduction: Reduction, seed: UInt64
  ) throws {
    var generator = SeededGenerator(seed: seed)
    for blockCount in [1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 63, 64, 65, 100, 1000] {
      let whole = stack(reduction, 0..<blockCount, width: 3, blockCount: blockCount)
      let ranges = Self.cuts(blockCount, &generator)
      let parts = ranges.map { stack(reduction, $0, width: 3, blockCount: blockCount) }
      let one = try #require(Self.joined(parts, blockCount: blockCount, &generator))
      #expect(Self.contents(one) == Self.contents(whole), "\(ranges), seed \(seed)")
      #expect(whole.fold() == 64 * (blockCount - 1) + 5)
      #expect(one.fold() == 64 * (blockCount - 1) + 5)
      #expect(Self.contents(one) == Self.contents(whole), "\(ranges), seed \(seed)")
    }
  }

  // Per level of the tree at most two roots remain, and at most one where the range begins at 0.
  @Test(arguments: [
    (0, 1), (0, 8), (0, 1000), (1, 8), (3, 1000), (511, 513), (1023, 1025), (1, 1024),
  ])
  func `a range keeps its complete subtrees, logarithmically many`(first: Int, last: Int) {
    let stack = stack(.sums, first..<last, width: 1, blockCount: last)
    let levels = Int.bitWidth - (last - first).leadingZeroBitCount
    #expect(stack.nodes.count <= (first == 0 ? levels : 2 * levels))
    var next = first
    for node in stack.nodes {
      #expect(node.firstBlock == next)
      #expect(node.blockCount & (node.blockCount - 1) == 0)
      #expect(node.firstBlock % node.blockCount == 0)
      next += node.blockCount
    }
    #expect(next == last)
  }

  // Moments of 0, 1, ..., n-1 in blocks: mean (n-1)/2 and m2 n(n^2-1)/12, exact in Float64 for small n.
  @Test(arguments: [1, 2, 3, 5, 8, 13])
  func `joined moments are those of all values`(blockCount: Int) {
    let stack = ReductionStack(.moments, width: 1, blockCount: blockCount)
    for block in 0..<blockCount {
      stack.push(.init(firstBlock: block, blockCount: 1, weight: .init(values: 4))) { planes in
        planes[0] = Double(4 * block) + 1.5
        planes[1] = 0
        planes[2] = 5  // of 0, 1, 2, 3
      }
    }
    let count = stack.fold()
    let n = Double(count)
    #expect(count == 4 * blockCount)
    #expect(abs(stack.plane(0, ofNode: 0)[0] - (n - 1) / 2) <= 1e-14 * n)
    #expect(abs(stack.plane(2, ofNode: 0)[0] - n * (n * n - 1) / 12) <= 1e-13 * n * n * n)
  }
}
