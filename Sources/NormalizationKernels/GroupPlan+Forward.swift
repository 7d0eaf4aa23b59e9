internal import CNormalizationKernels

extension GroupPlan {
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
        if normalizeRuns(block, epsilon, scale, shift, piece, all) { return }
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

  /// Normalises a piece in which neighbouring runs are sets, if it is one that a single thread treats
  /// and the element type carries it.
  private func normalizeRuns(
    _ whole: norm_block, _ epsilon: Double, _ scale: [Double]?, _ shift: [Double]?,
    _ piece: Piece, _ all: ChannelParts
  ) -> Bool {
    let runs = BatchLayout(sets: piece.units.count, length: layout.valuesPerSet)
    guard layout.unitsAreChannels, piece.threadCount == 1 else {
      return false
    }
    let plan = plan(runs, piece)
    let first = sets(piece).lowerBound
    let place = BatchLayout.Block(firstRow: 0, rows: 1, start: 0, length: layout.valuesPerSet)
    var block = plan.block(place, 0..<runs.channels, of: plan.output(whole))
    block.turns = layout.groups
    block.turn = first % layout.groups
    return plan.kernels.normalize_whole_sets(
      &block, layout.channelsPerGroup, epsilon, true, scale, shift, all.high + first,
      all.low + first, all.variance + first, all.inverse + first)
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
}
