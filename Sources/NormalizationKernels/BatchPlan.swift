internal import CNormalizationKernels

/// How a batch is divided over threads and caches, free of the element type.
struct BatchPlan {
  let layout: BatchLayout
  let table: UnsafePointer<norm_kernels>
  let elementSize: Int
  let threadCount: Int

  var kernels: norm_kernels { table.pointee }
  var isSingle: Bool { elementSize == 4 }

  /// Bytes of a tensor from which another thread pays: waking one costs some ten microseconds, about what
  /// a core needs to move this much.
  static let bytesPerThread = 256 << 10
  /// What a task keeps in its core's second-level cache between statistics and application.
  static let cacheBytes = 512 << 10

  /// The threads to use for this tensor.
  var threads: Int { Self.threads(forBytes: layout.count * elementSize, atMost: threadCount) }

  /// The threads that pay for a tensor of so many bytes.
  static func threads(forBytes byteCount: Int, atMost limit: Int) -> Int {
    min(limit, max(1, byteCount / bytesPerThread))
  }

  /// The channels that a task treats alone from statistics to application, or nil: go by rows.
  ///
  /// `tensors` is the number of tensors that both parts read.
  func channelsPerTask(tensors: Int) -> Int? {
    let threads = threads
    let bytesPerChannel = max(1, layout.rows * layout.inner * elementSize * tensors)
    if layout.isColumns {
      if layout.channels * bytesPerChannel <= Self.cacheBytes, threads == 1 {
        return layout.channels
      }
      // Narrow strips waste the prefetcher: at least 64 channels.
      let strip = Self.cacheBytes / bytesPerChannel / 16 * 16
      let fairShare = ((layout.channels + threads - 1) / threads + 15) / 16 * 16
      guard strip >= 64, fairShare >= 64 || threads == 1 else { return nil }
      return min(strip, fairShare)
    }
    guard layout.channels >= 2 * threads else { return threads == 1 ? 1 : nil }
    let fairShare = max(1, layout.channels / (4 * threads))
    return min(fairShare, max(1, 65_536 / bytesPerChannel))
  }

  /// Takes a reduction of every channel, then applies it.
  ///
  /// - Parameters:
  ///   - leaf: writes the planes of a block for some channels.
  ///   - finish: reads the planes of all blocks for some channels, with the values per channel.
  ///   - apply: treats some blocks of some channels, after `finish` of these channels.
  func reduce(
    _ reduction: Reduction, tensors: Int,
    leaf: (BatchLayout.Block, Range<Int>, UnsafeMutablePointer<Double>) -> Void,
    finish: (Range<Int>, ReducedPlanes) -> Void,
    apply: (Range<Int>, Range<Int>) -> Void
  ) {
    let blockCount = layout.blockCount
    if let width = channelsPerTask(tensors: tensors) {
      let taskCount = (layout.channels + width - 1) / width
      ThreadPool.run(taskCount: taskCount, threadCount: threads) { task in
        let channels = task * width..<min(layout.channels, (task + 1) * width)
        let stack = reduced(reduction, 0..<blockCount, channels, leaf)
        let count = stack.fold()
        finish(channels, ReducedPlanes(stack, count: count))
        apply(channels, 0..<blockCount)
      }
      return
    }

    // By rows: chunks of 2^k blocks, whole subtrees; at least sixteen per thread, so that an odd one at
    // the end costs a few per cent only.
    let channels = 0..<layout.channels
    let threads = threads
    let wanted = threads == 1 ? 2 * blockCount : max(1, blockCount / (16 * threads))
    let chunk = 1 << (Int.bitWidth - 1 - wanted.leadingZeroBitCount)
    let chunkCount = (blockCount + chunk - 1) / chunk
    func blocks(_ index: Int) -> Range<Int> {
      index * chunk..<min(blockCount, (index + 1) * chunk)
    }
    let results = ChunkResults(count: chunkCount)
    ThreadPool.run(taskCount: chunkCount, threadCount: threads) { index in
      results[index] = reduced(reduction, blocks(index), channels, leaf)
    }
    let stack = ReductionStack(reduction, width: channels.count, blockCount: blockCount)
    for index in 0..<chunkCount {
      if let part = results[index] { stack.push(part) }
    }
    let count = stack.fold()
    finish(channels, ReducedPlanes(stack, count: count))
    // Last chunk first: it is what the caches still hold.
    ThreadPool.run(taskCount: chunkCount, threadCount: threads) { index in
      apply(channels, blocks(chunkCount - 1 - index))
    }
  }

  /// Applies without a reduction before: every block once, in parts for the threads.
  func forEachPart(_ apply: (Range<Int>, Range<Int>) -> Void) {
    let threads = threads
    if !layout.isColumns, layout.channels >= 2 * threads || threads == 1 {
      let width = max(1, layout.channels / (16 * threads))
      ThreadPool.run(
        taskCount: (layout.channels + width - 1) / width, threadCount: threads
      ) { task in
        apply(task * width..<min(layout.channels, (task + 1) * width), 0..<layout.blockCount)
      }
      return
    }
    let chunk = max(1, layout.blockCount / (16 * threads))
    ThreadPool.run(
      taskCount: (layout.blockCount + chunk - 1) / chunk, threadCount: threads
    ) { task in
      apply(0..<layout.channels, task * chunk..<min(layout.blockCount, (task + 1) * chunk))
    }
  }

  private func reduced(
    _ reduction: Reduction, _ blocks: Range<Int>, _ channels: Range<Int>,
    _ leaf: (BatchLayout.Block, Range<Int>, UnsafeMutablePointer<Double>) -> Void
  ) -> ReductionStack {
    let stack = ReductionStack(reduction, width: channels.count, blockCount: blocks.count)
    for index in blocks {
      let block = layout.block(index)
      stack.push(.init(firstBlock: index, blockCount: 1, count: block.count)) { planes in
        leaf(block, channels, planes)
      }
    }
    return stack
  }

  /// The address of a channel's first element in a block.
  func offset(_ block: BatchLayout.Block, channel: Int) -> Int {
    (block.firstRow * layout.stride + channel * layout.inner + block.start) * elementSize
  }

  /// Calls `body` with pieces of rows and elements that cover some blocks: all rows at once where rows are
  /// whole.
  func forEachPiece(_ blocks: Range<Int>, _ body: (BatchLayout.Block) -> Void) {
    if layout.sectionsPerRow > 1 {
      for index in blocks { body(layout.block(index)) }
    } else {
      let rows = layout.rowRange(ofBlocks: blocks)
      body(.init(firstRow: rows.lowerBound, rows: rows.count, start: 0, length: layout.inner))
    }
  }
}

/// The planes of a finished reduction; keeps their memory.
struct ReducedPlanes {
  private let stack: ReductionStack
  /// Values per channel.
  let count: Int

  init(_ stack: ReductionStack, count: Int) {
    self.stack = stack
    self.count = count
  }

  /// Copies a plane, one number per channel.
  func copy(_ plane: Int, to target: UnsafeMutablePointer<Double>) {
    target.update(from: stack.plane(plane, ofNode: 0), count: stack.width)
  }
}

/// A place for each chunk's result; tasks write different ones.
private final class ChunkResults: @unchecked Sendable {
  private let places: UnsafeMutablePointer<ReductionStack?>
  private let count: Int

  init(count: Int) {
    self.count = count
    places = .allocate(capacity: count)
    places.initialize(repeating: nil, count: count)
  }

  deinit {
    places.deinitialize(count: count)
    places.deallocate()
  }

  subscript(index: Int) -> ReductionStack? {
    get { places[index] }
    set { places[index] = newValue }
  }
}
