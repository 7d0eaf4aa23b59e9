internal import CNormalizationKernels

/// Reductions of blocks on one thread.
extension BatchPlan {
  /// The roots over some blocks for some channels.
  func reduced(
    _ reduction: Reduction, _ blocks: Range<Int>, _ channels: Range<Int>, _ leaf: Leaf
  ) -> ReductionStack {
    let stack = ReductionStack(
      reduction, width: channels.count, blockCount: blocks.count, table: table)
    if layout.sectionsPerRow > 1 {
      reduceSections(into: stack, blocks, channels, leaf)
      return stack
    }
    for index in blocks {
      let place = layout.block(index)
      stack.push(node(index)) { planes in
        leaf(place, channels, layout.block(min(index + 1, blocks.upperBound - 1)), planes)
      }
    }
    return stack
  }

  private func node(_ index: Int) -> ReductionStack.Node {
    .init(
      firstBlock: firstBlock + index, blockCount: 1,
      weight: blockWeights?[index] ?? BlockWeight(values: layout.block(index).count))
  }

  /// Sections of a row follow each other in memory, channel after channel: some of them are reduced together,
  /// in this order, and pushed afterwards.
  private func reduceSections(
    into stack: ReductionStack, _ blocks: Range<Int>, _ channels: Range<Int>, _ leaf: Leaf
  ) {
    let (width, planeCount) = (channels.count, stack.reduction.planeCount)
    let most = min(layout.sectionsPerRow, 8)
    let numbers = UnsafeMutablePointer<Double>.allocate(capacity: most * width * planeCount)
    defer { numbers.deallocate() }
    var first = blocks.lowerBound
    while first < blocks.upperBound {
      let rowEnd = (first / layout.sectionsPerRow + 1) * layout.sectionsPerRow
      let group = first..<min(first + most, rowEnd, blocks.upperBound)
      // After the last section of a channel comes the first one of the next channel, a row's length further.
      var nextChannel = layout.block(first)
      nextChannel.start += layout.inner
      for (place, channel) in channels.enumerated() {
        for index in group {
          leaf(
            layout.block(index), channel..<channel + 1,
            index + 1 < group.upperBound ? layout.block(index + 1) : nextChannel,
            numbers + ((index - first) * width + place) * planeCount)
        }
      }
      for index in group {
        stack.push(node(index)) { planes in
          let source = numbers + (index - first) * width * planeCount
          for channel in 0..<width {
            for plane in 0..<planeCount {
              planes[plane * width + channel] = source[channel * planeCount + plane]
            }
          }
        }
      }
      first = group.upperBound
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
final class ChunkResults: @unchecked Sendable {
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
