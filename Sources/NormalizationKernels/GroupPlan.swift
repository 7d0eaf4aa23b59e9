internal import CNormalizationKernels

/// How groups of channels are divided over threads and caches: pieces of a tensor, each treated as a batch in which
/// the channels of a group share their statistics.
struct GroupPlan {
  let layout: GroupLayout
  let table: UnsafePointer<norm_kernels>
  let elementSize: Int
  let threadCount: Int

  /// Some units, and the threads to treat them with.
  struct Piece {
    var units: Range<Int>
    var threadCount: Int
  }

  /// Calls `body` with pieces that cover all units, at the same time where several threads take part.
  func forEachPiece(_ body: (Piece) -> Void) {
    let units = layout.unitCount
    let bytesPerUnit = max(1, layout.elementsPerUnit * elementSize)
    let threads = BatchPlan.threads(forBytes: layout.count * elementSize, atMost: threadCount)
    func cover(_ units: Range<Int>, threadCount: Int) {
      if layout.unitsAreChannels { return body(Piece(units: units, threadCount: threadCount)) }
      for unit in units { body(Piece(units: unit..<unit + 1, threadCount: threadCount)) }
    }
    guard threads == 1 || units >= 2 * threads else {
      return cover(0..<units, threadCount: threads)
    }
    let perTask = max(1, min(units / (4 * threads), BatchPlan.cacheBytes / bytesPerUnit))
    ThreadPool.run(taskCount: (units + perTask - 1) / perTask, threadCount: threads) { task in
      cover(task * perTask..<min(units, (task + 1) * perTask), threadCount: 1)
    }
  }

  func plan(_ rows: BatchLayout, _ piece: Piece) -> BatchPlan {
    BatchPlan(
      layout: rows, table: table, elementSize: elementSize, threadCount: piece.threadCount,
      wholeBytes: layout.count * elementSize)
  }

  /// The tensors from a piece on.
  func block(_ piece: Piece, of whole: norm_block) -> norm_block {
    let at = piece.units.lowerBound * layout.elementsPerUnit * elementSize
    var block = whole
    block.x = whole.x.map { $0 + at }
    block.dy = whole.dy.map { $0 + at }
    block.y = whole.y.map { $0 + at }
    return block
  }

  /// A number for each channel of a piece.
  func repeated(_ values: [Double]?, _ piece: Piece) -> [Double]? {
    guard let values else { return nil }
    let count = piece.units.count * layout.channelsPerUnit
    return Array(unsafeUninitializedCapacity: count) { buffer, initializedCount in
      var channel = piece.units.lowerBound * layout.channelsPerUnit % layout.channels
      for index in 0..<count {
        buffer[index] = values[channel]
        channel = channel + 1 < layout.channels ? channel + 1 : 0
      }
      initializedCount = count
    }
  }

  func sets(_ piece: Piece) -> Range<Int> {
    piece.units.lowerBound * layout.setsPerUnit..<piece.units.upperBound * layout.setsPerUnit
  }
}
