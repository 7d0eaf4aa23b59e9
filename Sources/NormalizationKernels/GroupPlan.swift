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
  private func forEachPiece(_ body: (Piece) -> Void) {
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

  private func plan(_ rows: BatchLayout, _ piece: Piece) -> BatchPlan {
    BatchPlan(
      layout: rows, table: table, elementSize: elementSize, threadCount: piece.threadCount,
      wholeBytes: layout.count * elementSize)
  }

  /// The tensors from a piece on.
  private func block(_ piece: Piece, of whole: norm_block) -> norm_block {
    let at = piece.units.lowerBound * layout.elementsPerUnit * elementSize
    var block = whole
    block.x = whole.x.map { $0 + at }
    block.dy = whole.dy.map { $0 + at }
    block.y = whole.y.map { $0 + at }
    return block
  }

  /// A number for each channel of a piece.
  private func repeated(_ values: [Double]?, _ piece: Piece) -> [Double]? {
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

  private func sets(_ piece: Piece) -> Range<Int> {
    piece.units.lowerBound * layout.setsPerUnit..<piece.units.upperBound * layout.setsPerUnit
  }

  // MARK: Forward

  /// Normalises each set with its own statistics, which it returns.
  func normalize(
    _ whole: norm_block, epsilon: Double, scale: [Double]?, shift: [Double]?
  ) -> ChannelStatistics {
    var statistics = ChannelStatistics(channels: layout.setCount)
    statistics.weight = BlockWeight(values: layout.valuesPerSet)
    guard layout.count > 0 else { return statistics }
    statistics.withMutableParts(scale: nil, shift: nil) { all in
      forEachPiece { piece in
        let block = block(piece, of: whole)
        let (scale, shift) = (repeated(scale, piece), repeated(shift, piece))
        let rows = plan(layout.rows(ofUnits: piece.units.count), piece)
        var found: ChannelStatistics
        if layout.channelsPerGroup == 1 {
          found = rows.normalize(block, epsilon: epsilon, scale: scale, shift: shift)
        } else {
          found = self.statistics(block, epsilon: epsilon, piece)
          rows.apply(
            found.repeated(layout.channelsPerGroup), block, scale: scale, shift: shift)
        }
        found.copy(to: all, from: sets(piece).lowerBound)
      }
    }
    return statistics
  }

  /// The statistics of the sets of a piece.
  private func statistics(
    _ block: norm_block, epsilon: Double, _ piece: Piece
  ) -> ChannelStatistics {
    if layout.setsAreRuns {
      let runs = BatchLayout(sets: piece.units.count, length: layout.valuesPerSet)
      return plan(runs, piece).statistics(block, epsilon: epsilon)
    }
    let rows = layout.rows(ofUnits: piece.units.count)
    return plan(rows, piece).statistics(block, epsilon: epsilon)
      .joined(by: layout.channelsPerGroup, epsilon: epsilon, table.pointee)
  }

  // MARK: Backward

  /// Writes the gradient of the input and returns those of scale and shift.
  func gradients(
    _ whole: norm_block, _ statistics: ChannelStatistics, scale: [Double]?
  ) -> (scale: [Double], shift: [Double]) {
    guard layout.count > 0 else {
      let zeros = [Double](repeating: 0, count: layout.channels)
      return (zeros, zeros)
    }
    // The sums of every channel of every sample: all products, then all sums.
    let count = layout.samples * layout.channels
    var sums = [Double](repeating: 0, count: 2 * count)
    sums.withUnsafeMutableBufferPointer { sums in
      guard let product = sums.baseAddress else { return }
      forEachPiece { piece in
        let block = block(piece, of: whole)
        let rows = plan(layout.rows(ofUnits: piece.units.count), piece)
        let group = layout.channelsPerGroup
        let found = rows.gradients(
          block, statistics.slice(sets(piece)).repeated(group), scale: repeated(scale, piece),
          shift: nil, channelsPerGroup: group)
        let first = product + piece.units.lowerBound * layout.channelsPerUnit
        first.update(from: found.scale, count: found.scale.count)
        (first + count).update(from: found.shift, count: found.shift.count)
      }
    }
    return sumsOverSamples(sums)
  }

  /// Sums [2, samples, channels] over the samples, in the order of the reduction tree.
  private func sumsOverSamples(_ numbers: [Double]) -> (scale: [Double], shift: [Double]) {
    let channels = layout.channels
    let stack = ReductionStack(.sums, width: channels, blockCount: layout.samples, table: table)
    for sample in 0..<layout.samples {
      stack.push(.init(firstBlock: sample, blockCount: 1, weight: BlockWeight(values: 1))) {
        planes in
        for plane in 0..<2 {
          let first = (plane * layout.samples + sample) * channels
          for channel in 0..<channels {
            planes[plane * channels + channel] = numbers[first + channel]
          }
        }
      }
    }
    _ = stack.fold()
    func plane(_ index: Int) -> [Double] {
      Array(UnsafeBufferPointer(start: stack.plane(index, ofNode: 0), count: channels))
    }
    return (plane(0), plane(1))
  }
}

extension ChannelStatistics {
  /// Each number `times` times.
  fileprivate func repeated(_ times: Int) -> ChannelStatistics {
    guard times > 1 else { return self }
    func repeated(_ values: [Double]) -> [Double] {
      Array(unsafeUninitializedCapacity: values.count * times) { buffer, count in
        for index in values.indices {
          for place in index * times..<(index + 1) * times { buffer[place] = values[index] }
        }
        count = values.count * times
      }
    }
    var result = self
    result.mean = repeated(mean)
    result.meanRemainder = repeated(meanRemainder)
    result.variance = repeated(variance)
    result.inverseDeviation = repeated(inverseDeviation)
    return result
  }

  fileprivate func slice(_ range: Range<Int>) -> ChannelStatistics {
    var result = self
    result.mean = Array(mean[range])
    result.meanRemainder = Array(meanRemainder[range])
    result.variance = Array(variance[range])
    result.inverseDeviation = Array(inverseDeviation[range])
    return result
  }

  fileprivate func copy(to parts: ChannelParts, from first: Int) {
    (parts.high + first).update(from: mean, count: mean.count)
    (parts.low + first).update(from: meanRemainder, count: mean.count)
    (parts.variance + first).update(from: variance, count: mean.count)
    (parts.inverse + first).update(from: inverseDeviation, count: mean.count)
  }

  /// The statistics of groups of `size` neighbouring channels, all of which have equally many values.
  ///
  ///     mean     = average of the channels' means
  ///     variance = average of the channels' variances + variance of their means
  ///
  /// Means are taken from the first one's on, so that large ones cost no digits.
  fileprivate func joined(
    by size: Int, epsilon: Double, _ kernels: norm_kernels
  ) -> ChannelStatistics {
    var result = ChannelStatistics(channels: mean.count / size)
    result.weight = BlockWeight(values: count * size)
    for group in result.mean.indices {
      let channels = group * size..<(group + 1) * size
      let (high, low) = (mean[group * size], meanRemainder[group * size])
      func distance(_ channel: Int) -> Double {
        (mean[channel] - high) + (meanRemainder[channel] - low)
      }
      let step = channels.reduce(0) { $0 + distance($1) } / Double(size)
      let squares = channels.reduce(0) { sum, channel in
        let deviation = distance(channel) - step
        return sum + (variance[channel] + deviation * deviation)
      }
      let joined = high + (low + step)
      result.mean[group] = joined
      // What rounding took away (Fast2Sum would need to know which one is larger).
      let part = joined - high
      result.meanRemainder[group] = (high - (joined - part)) + ((low + step) - part)
      result.variance[group] = squares / Double(size)
    }
    kernels.inverse_deviations(
      result.mean.count, epsilon, result.variance, &result.inverseDeviation)
    return result
  }
}
