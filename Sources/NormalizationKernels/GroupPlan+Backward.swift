internal import CNormalizationKernels

extension GroupPlan {
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
