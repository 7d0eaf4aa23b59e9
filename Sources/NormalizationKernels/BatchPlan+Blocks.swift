internal import CNormalizationKernels

/// Walks over the parts of a tensor as the kernels take them.
extension BatchPlan {
  /// The bytes before a channel's first element in a block.
  func offset(_ block: BatchLayout.Block, channel: Int) -> Int {
    (block.firstRow * layout.stride + channel * layout.inner + block.start) * elementSize
  }

  /// A block of some channels, of the tensors that begin where `whole` says.
  ///
  /// - Parameter next: the block that will be read next.
  func block(
    _ place: BatchLayout.Block, _ channels: Range<Int>, of whole: norm_block,
    next: BatchLayout.Block? = nil
  ) -> norm_block {
    let channel = channels.lowerBound
    let at = offset(place, channel: channel)
    var block = whole
    block.x = whole.x.map { $0 + at }
    block.dy = whole.dy.map { $0 + at }
    block.addend = whole.addend.map { $0 + at }
    block.y = whole.y.map { $0 + at }
    block.addend_gradient = whole.addend_gradient.map { $0 + at }
    block.mask = whole.mask.map { $0 + layout.maskWord(place, channel: channel) }
    // A single set's scale and shift are found here, those of several by the kernels.
    let turn = channel % layout.turns
    let isAlone = channels.count == 1
    let first = (place.start + (isAlone ? turn * layout.inner : 0)) * elementSize
    block.element_scale = whole.element_scale.map { $0 + first }
    block.element_shift = whole.element_shift.map { $0 + first }
    block.turns = isAlone ? 1 : layout.turns
    block.turn = isAlone ? 0 : turn
    block.weights = whole.weights.map {
      $0 + (place.firstRow * layout.inner + place.start) * elementSize
    }
    block.rows = place.rows
    block.stride = layout.stride
    block.length = layout.isColumns ? channels.count : place.length
    block.channels = channels.count
    block.pitch = layout.inner
    block.mask_stride = layout.maskStride
    block.mask_pitch = layout.wordsPerRun
    if let next { block.ahead = (offset(next, channel: channel) - at) / elementSize }
    return block
  }

  /// Calls `all` with a block of some channels, then `wide` with each one that the element type cannot carry: with
  /// the block it lies in, its first element in a row, the number of these, its place among `channels`.
  func visit(
    _ place: BatchLayout.Block, _ channels: Range<Int>, next: BatchLayout.Block? = nil,
    of whole: norm_block, _ factors: Factors,
    all: (UnsafePointer<norm_block>, UnsafePointer<norm_factors>) -> Void,
    wide: (UnsafePointer<norm_block>, Int, Int, UnsafePointer<norm_wide_factors>, Int) -> Void
  ) {
    var block = block(place, channels, of: whole, next: next)
    var kernelFactors = factors.kernelFactors(from: channels.lowerBound)
    let wideChannels = factors.wideChannels(channels)
    if wideChannels.isEmpty { return all(&block, &kernelFactors) }

    // What the kernels write in the place of their input, the wide kernels would not find any more.
    let inputs: [UnsafeRawPointer?] = [block.x, block.dy]
    let isInPlace = inputs.contains(UnsafeRawPointer(block.y))
    let saved = isInPlace ? wideChannels.map { bytes(place, $0, of: whole) } : []
    all(&block, &kernelFactors)
    for (number, channel) in wideChannels.enumerated() {
      if isInPlace { restore(saved[number], place, channel, of: whole) }
      guard var wideFactors = factors.wideFactors(channel) else { continue }
      let index = channel - channels.lowerBound
      if layout.isColumns {
        wide(&block, index, 1, &wideFactors, index)
      } else {
        var run = self.block(place, channel..<channel + 1, of: whole)
        wide(&run, 0, run.length, &wideFactors, index)
      }
    }
  }

  /// Where the elements of a channel lie in `y`, row by row, and how many bytes there are in each.
  private func spots(
    _ place: BatchLayout.Block, _ channel: Int, of whole: norm_block
  ) -> (rows: [UnsafeMutableRawPointer], byteCount: Int) {
    let block = block(place, channel..<channel + 1, of: whole)
    let rows = (0..<place.rows).compactMap { row in
      block.y.map { $0 + row * layout.stride * elementSize }
    }
    return (rows, block.length * elementSize)
  }

  private func bytes(
    _ place: BatchLayout.Block, _ channel: Int, of whole: norm_block
  ) -> [UInt8] {
    let (rows, byteCount) = spots(place, channel, of: whole)
    return rows.flatMap { UnsafeRawBufferPointer(start: $0, count: byteCount) }
  }

  private func restore(
    _ saved: [UInt8], _ place: BatchLayout.Block, _ channel: Int, of whole: norm_block
  ) {
    let (rows, byteCount) = spots(place, channel, of: whole)
    saved.withUnsafeBytes { saved in
      for (row, spot) in rows.enumerated() {
        UnsafeMutableRawBufferPointer(start: spot, count: byteCount)
          .copyBytes(from: saved[row * byteCount..<(row + 1) * byteCount])
      }
    }
  }

  /// Calls `body` with places that cover some blocks: whole rows at once, or as much of a row as there is.
  func visitPlaces(_ blocks: Range<Int>, _ body: (BatchLayout.Block) -> Void) {
    if layout.sectionsPerRow > 1 {
      var first = blocks.lowerBound
      while first < blocks.upperBound {
        var place = layout.block(first)
        let rowEnd = (place.firstRow + 1) * layout.sectionsPerRow
        let last = layout.block(min(rowEnd, blocks.upperBound) - 1)
        place.length = last.start + last.length - place.start
        body(place)
        first = rowEnd
      }
    } else {
      let rows = layout.rowRange(ofBlocks: blocks)
      body(.init(firstRow: rows.lowerBound, rows: rows.count, start: 0, length: layout.inner))
    }
  }
}

extension BatchLayout {
  /// Whether the bits of a mask follow each other without a gap: rows side by side fill whole vectors.
  private var hasFlatMask: Bool { isColumns && norm_rows_abreast(channels) > 1 }
  /// The words of a mask for a row of columns, or of a run.
  var wordsPerRun: Int { ((isColumns ? channels : inner) + norm_lanes - 1) / norm_lanes }

  /// The words between rows of a mask, or 0 for a flat one.
  var maskStride: Int { hasFlatMask ? 0 : isColumns ? wordsPerRun : channels * wordsPerRun }

  /// The words of a mask.
  var maskWordCount: Int {
    hasFlatMask ? (count + norm_lanes - 1) / norm_lanes : rows * maskStride
  }

  /// The word of a mask that belongs to the first element of a block.
  func maskWord(_ block: Block, channel: Int) -> Int {
    if hasFlatMask { return block.firstRow * channels / norm_lanes }
    if isColumns { return block.firstRow * wordsPerRun + channel / norm_lanes }
    return (block.firstRow * channels + channel) * wordsPerRun + block.start / norm_lanes
  }
}
