import CNormalizationKernels
import Testing

@testable import NormalizationKernels

/// How a tensor is cut into blocks.
@Suite struct BatchLayoutTests {
  static let inners = [
    1, 2, 7, 15, 16, 17, 31, 33, 48, 49, 64, 65, 127, 128, 129, 196, 784, 1025, 2047, 2048, 2049,
    5000,
  ]

  @Test(arguments: inners, [1, 2, 15, 16, 17, 63, 64, 65, 127, 128, 129, 300])
  func `blocks cover every element of a channel once, in order`(inner: Int, rows: Int) {
    let layout = BatchLayout(rows: rows, channels: 3, inner: inner)
    var covered: [Int] = []
    for index in 0..<layout.blockCount {
      let block = layout.block(index)
      #expect(block.rows > 0 && block.length > 0)
      for row in block.firstRow..<block.firstRow + block.rows {
        covered += (block.start..<block.start + block.length).map { row * inner + $0 }
      }
    }
    #expect(covered == Array(0..<rows * inner))
    #expect(layout.valuesPerChannel == rows * inner)
  }

  // Columns are summed eight rows at a time, runs in eight partial sums; see moments.h and slots.h.
  @Test(arguments: inners, [1, 2, 3, 15, 16, 100])
  func `a partial sum takes at most sixteen additions`(inner: Int, channels: Int) {
    let layout = BatchLayout(rows: 1000, channels: channels, inner: inner)
    for index in 0..<layout.blockCount {
      let block = layout.block(index)
      let slots = (block.length + 15) / 16
      let additions =
        if layout.isColumns {
          // Rows that lie side by side go to lanes of their own.
          8 + (block.rows / norm_rows_abreast(channels) + 7) / 8
        } else if slots > 4 {
          block.rows * ((slots + 7) / 8)
        } else {
          (block.rows + 8 / slots - 1) / (8 / slots)
        }
      #expect(additions <= 16)
    }
  }

  @Test(arguments: inners)
  func `blocks do not depend on the number of rows`(inner: Int) {
    let long = BatchLayout(rows: 1000, channels: 2, inner: inner)
    for rows in [1, 2, 63, 64, 65, 200, 999] {
      let short = BatchLayout(rows: rows, channels: 2, inner: inner)
      #expect(short.rowsPerBlock == long.rowsPerBlock)
      #expect(short.sectionsPerRow == long.sectionsPerRow)
      for index in 0..<short.blockCount - 1 {
        let (a, b) = (short.block(index), long.block(index))
        #expect(
          (a.firstRow, a.rows, a.start, a.length) == (b.firstRow, b.rows, b.start, b.length))
      }
    }
  }

  @Test func `a shape is seen around its axis`() {
    func extents(_ shape: [Int], _ axis: Int) -> [Int] {
      let layout = BatchLayout(shape: shape, axis: axis)
      return [layout.rows, layout.channels, layout.inner]
    }
    #expect(extents([5, 3], 1) == [5, 3, 1])
    #expect(extents([2, 7, 5, 3], 3) == [70, 3, 1])
    #expect(extents([2, 3, 7, 5], 1) == [2, 3, 35])
    #expect(extents([2, 3, 4, 7, 5], 1) == [2, 3, 140])
    #expect(extents([3, 4, 5], 0) == [1, 3, 20])
    #expect(extents([2, 7, 3, 5], 2) == [14, 3, 5])
    #expect(extents([3], 0) == [1, 3, 1])
  }
}
