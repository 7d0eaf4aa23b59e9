internal import CNormalizationKernels

/// How a batch is divided over threads and caches, free of the element type.
struct BatchPlan {
  var layout: BatchLayout
  let table: UnsafePointer<norm_kernels>
  let elementSize: Int
  var threadCount: Int
  /// Whether deviations are taken from the mean, not from 0 as RMS normalization does.
  var isCentered = true
  /// The bytes of the tensor that this one is a piece of.
  var wholeBytes = 0
  /// The number of the first block in the tree of the whole batch, of which the layout may be a part.
  var firstBlock = 0
  /// What each block weighs, or nil where values have no weights.
  var blockWeights: [BlockWeight]?

  var kernels: norm_kernels { table.pointee }

  /// Bytes of a tensor for each thread, so that a second one joins from 512 KB on. Within a loop it then pays: 512 KB
  /// took 25 us on one thread and 20 on two forward, 49 and 29 backward; a sleeping thread costs 5 to 50 us more.
  static let bytesPerThread = 256 << 10
  /// What a task keeps in its core's second-level cache between statistics and application.
  static let cacheBytes = 512 << 10

  /// Tensors from this size on are written past the caches. Three of them, input, output and a gradient, fill a
  /// last-level cache of 32 MB. Measured with a reader of the output after it: ordinary stores are twice as fast at
  /// 4 MB, equal between 8 and 12, a sixth slower at 25. (What systems say of their cache is no guide: a virtual
  /// machine with 32 MB claimed 384.)
  static let streamBytes = 10 << 20

  /// How far passes over elements read ahead: 4 KB of Float32. Streamed stores leave the processor's own reading ahead
  /// behind: with this, passes over 25 and 64 MB gained 7 to 20 %. Also where channels are cached: what lies ahead
  /// belongs to the next ones.
  static let elementsAhead = 1024

  /// Whether outputs are written past the caches.
  var streams: Bool { max(wholeBytes, layout.count * elementSize) >= Self.streamBytes }

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
    // A single row is in the order of memory. Of more rows: in this order, if the last-level cache holds the tensor
    // between the two passes and the blocks share out evenly: at 6 MB a quarter faster in training and backward.
    let busiest = (layout.blockCount + threads - 1) / threads
    if layout.rows > 1, threads > 1, !streams, 4 * busiest * threads <= 5 * layout.blockCount {
      return nil
    }
    let fairShare = max(1, layout.channels / (4 * threads))
    return min(fairShare, max(1, Self.cacheBytes / bytesPerChannel))
  }

  typealias Leaf = (
    _ place: BatchLayout.Block, _ channels: Range<Int>, _ next: BatchLayout.Block,
    _ planes: UnsafeMutablePointer<Double>
  ) -> Void

  typealias Apply = (_ channels: Range<Int>, _ place: BatchLayout.Block) -> Void

  /// Takes a reduction of every channel, then applies it.
  ///
  /// - Parameters:
  ///   - width: the channels that a task takes from leaves to application, or nil: go by rows.
  ///   - leaf: writes the planes of a block for some channels; gets also the block that will be read next.
  ///   - finish: reads the planes of all blocks for some channels, with the values per channel.
  ///   - applies: whether there is anything to apply.
  ///   - apply: treats a place of some channels, after `finish` of these channels.
  func reduce(
    _ reduction: Reduction, channelsPerTask width: Int?, applies: Bool,
    leaf: Leaf,
    finish: (Range<Int>, ReducedPlanes) -> Void,
    apply: Apply
  ) {
    let blockCount = layout.blockCount
    if let width {
      let taskCount = (layout.channels + width - 1) / width
      ThreadPool.run(taskCount: taskCount, threadCount: threads) { task in
        let channels = task * width..<min(layout.channels, (task + 1) * width)
        let stack = reduced(reduction, 0..<blockCount, channels, leaf)
        let count = stack.fold()
        finish(channels, ReducedPlanes(stack, count: count))
        if applies { visitPlaces(0..<blockCount) { apply(channels, $0) } }
      }
      return
    }

    let channels = 0..<layout.channels
    let stack = reducedByRows(reduction, leaf)
    let count = stack.fold()
    finish(channels, ReducedPlanes(stack, count: count))
    guard applies else { return }
    // Last chunk first: it is what the caches still hold.
    let chunks = chunks
    ThreadPool.run(taskCount: chunks.count, threadCount: threads) { index in
      visitPlaces(chunks[chunks.count - 1 - index]) { apply(channels, $0) }
    }
  }

  /// What threads take by rows: chunks of 2^k blocks, whole subtrees; at least sixteen per thread, so that an odd one
  /// at the end costs a few per cent only.
  private var chunks: [Range<Int>] {
    let (blockCount, threads) = (layout.blockCount, threads)
    let wanted = threads == 1 ? 2 * blockCount : max(1, blockCount / (16 * threads))
    let chunk = 1 << (Int.bitWidth - 1 - wanted.leadingZeroBitCount)
    return stride(from: 0, to: blockCount, by: chunk).map {
      $0..<min(blockCount, $0 + chunk)
    }
  }

  /// The roots of all blocks and channels, by rows.
  func reducedByRows(_ reduction: Reduction, _ leaf: Leaf) -> ReductionStack {
    let (channels, chunks) = (0..<layout.channels, chunks)
    let results = ChunkResults(count: chunks.count)
    ThreadPool.run(taskCount: chunks.count, threadCount: threads) { index in
      results[index] = reduced(reduction, chunks[index], channels, leaf)
    }
    let stack = ReductionStack(
      reduction, width: channels.count, blockCount: layout.blockCount, table: table)
    for index in chunks.indices {
      if let part = results[index] { stack.push(part) }
    }
    return stack
  }

  /// Applies without a reduction before: every element once, in parts for the threads, each in the order of memory.
  func forEachPart(_ apply: Apply) {
    let threads = threads
    let wanted = threads == 1 ? 1 : 16 * threads
    let channels = 0..<layout.channels
    if layout.sectionsPerRow == 1, layout.rows < wanted, layout.channels >= wanted {
      // Few rows, many channels.
      let width = (layout.channels / wanted + 15) / 16 * 16
      ThreadPool.run(
        taskCount: (layout.channels + width - 1) / width, threadCount: threads
      ) { task in
        let strip = task * width..<min(layout.channels, (task + 1) * width)
        visitPlaces(0..<layout.blockCount) { apply(strip, $0) }
      }
    } else if layout.sectionsPerRow == 1, !layout.isColumns {
      let rows = max(1, layout.rows / wanted)
      ThreadPool.run(
        taskCount: (layout.rows + rows - 1) / rows, threadCount: threads
      ) { task in
        let first = task * rows
        apply(
          channels,
          .init(
            firstRow: first, rows: min(rows, layout.rows - first), start: 0, length: layout.inner))
      }
    } else {
      let blocks = max(1, layout.blockCount / wanted)
      ThreadPool.run(
        taskCount: (layout.blockCount + blocks - 1) / blocks, threadCount: threads
      ) { task in
        let first = task * blocks
        visitPlaces(first..<min(layout.blockCount, first + blocks)) { apply(channels, $0) }
      }
    }
  }
}
