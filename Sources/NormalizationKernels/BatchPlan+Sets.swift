internal import CNormalizationKernels

/// Sets of neighbouring values, each normalised by itself, with a scale and a shift for each element of a row: the
/// rows of a matrix, or equal parts of them, which take turns. Here sets are the channels of a layout with a single
/// row.
extension BatchPlan {
  /// Normalises each set with its own statistics.
  func normalizeSets(_ whole: norm_block, epsilon: Double) -> ChannelStatistics {
    let threads = threads
    // Few sets: more than one thread takes part in one.
    guard threads == 1 || layout.channels >= 2 * threads else {
      return normalize(whole, epsilon: epsilon, scale: nil, shift: nil)
    }
    var statistics = ChannelStatistics(channels: layout.channels)
    guard layout.count > 0 else { return statistics }
    statistics.weight = BlockWeight(values: layout.inner)
    let bytes = layout.inner * elementSize
    let rows = layout.channels / layout.turns
    let rowsPerTask = max(
      1, min(rows / (4 * threads), Self.cacheBytes / max(1, bytes * layout.turns)))
    statistics.withMutableParts(scale: nil, shift: nil) { parts in
      ThreadPool.run(
        taskCount: (rows + rowsPerTask - 1) / rowsPerTask, threadCount: threads
      ) { task in
        let end = min(rows, (task + 1) * rowsPerTask)
        normalizeSets(
          task * rowsPerTask * layout.turns..<end * layout.turns, whole, epsilon: epsilon, parts)
      }
    }
    return statistics
  }

  /// Normalises some sets, whole rows of them, on the calling thread.
  private func normalizeSets(
    _ sets: Range<Int>, _ whole: norm_block, epsilon: Double, _ parts: ChannelParts
  ) {
    let place = BatchLayout.Block(firstRow: 0, rows: 1, start: 0, length: layout.inner)
    var block = block(place, sets, of: output(whole))
    let first = sets.lowerBound
    let isCarried = kernels.normalize_whole_sets(
      &block, 1, epsilon, isCentered, nil, nil, parts.high + first, parts.low + first,
      parts.variance + first, parts.inverse + first)
    if isCarried { return }
    var some = self
    some.layout = BatchLayout(sets: sets.count, length: layout.inner, turns: layout.turns)
    some.threadCount = 1
    some.normalize(self.block(place, sets, of: whole), epsilon: epsilon, scale: nil, shift: nil)
      .copy(to: parts, from: first)
  }

  /// The bytes of input and output gradient that a group of sets leaves in its core's cache between its own sums
  /// and its gradient.
  private static let groupBytes = 128 << 10

  /// The elements of all sets that take turns.
  private var elementsPerRow: Int { layout.turns * layout.inner }

  /// Writes the gradient of the input and returns the sums over the rows of dy * n and dy: the gradients of scale and
  /// shift, one for each element of a row.
  func gradientsOfSets(
    _ whole: norm_block, _ statistics: ChannelStatistics
  ) -> (scale: [Double], shift: [Double]) {
    var product = [Double](repeating: 0, count: elementsPerRow)
    var sum = product
    guard layout.count > 0 else { return (product, sum) }
    statistics.withParts(scale: nil, shift: nil) { parts in
      let factors = factors(parts, isBackward: true)
      factors.setOutput(0..<layout.channels, kernels)
      let sets = SetSums(plan: self, whole: whole, factors: factors)
      product.withUnsafeMutableBufferPointer { product in
        sum.withUnsafeMutableBufferPointer { sum in
          guard let product = product.baseAddress, let sum = sum.baseAddress else { return }
          reduce(sets, sum, product)
        }
      }
    }
    return (product, sum)
  }

  /// Blocks of sets are shared out to threads, or, where there are too few, strips of elements.
  private func reduce(
    _ sets: SetSums, _ sum: UnsafeMutablePointer<Double>, _ product: UnsafeMutablePointer<Double>
  ) {
    let elements = BatchPlan(
      layout: BatchLayout(
        rows: layout.channels / layout.turns, channels: elementsPerRow, inner: 1), table: table,
      elementSize: elementSize, threadCount: threadCount)
    let threads = threads
    let strip = (layout.inner / threads + 15) / 16 * 16
    let hasFewBlocks =
      layout.turns == 1 && threads > 1 && elements.layout.blockCount < 2 * threads && strip >= 64
    if hasFewBlocks { sets.takeAll() }
    // In multiples of the rows that the kernels sum up in the element type, whatever the threads: the same bits.
    let group = max(8, Self.groupBytes / (2 * elementsPerRow * elementSize) / 8 * 8)
    elements.reduce(.sums, channelsPerTask: hasFewBlocks ? strip : nil, applies: false) {
      place, elements, _, planes in
      planes.initialize(repeating: 0, count: 2 * elements.count)
      let all = place.firstRow..<place.firstRow + place.rows
      var hasWide = false
      for first in stride(from: all.lowerBound, to: all.upperBound, by: group) {
        let some = sets.ofRows(first..<min(first + group, all.upperBound))
        if !hasFewBlocks { sets.take(some) }
        if sets.differentiate(some, elements, planes) { hasWide = true }
      }
      sets.repeatSums(sets.ofRows(all), elements, planes, everywhere: hasWide)
    } finish: { elements, planes in
      planes.copy(0, to: sum + elements.lowerBound)
      planes.copy(1, to: product + elements.lowerBound)
    } apply: { _, _ in
    }
  }
}

/// The sums of every set over its own elements, and what follows from them.
private final class SetSums {
  private let plan: BatchPlan
  private let whole: norm_block
  private let factors: Factors
  private let sum: UnsafeMutablePointer<Double>
  private let product: UnsafeMutablePointer<Double>

  init(plan: BatchPlan, whole: norm_block, factors: Factors) {
    (self.plan, self.whole, self.factors) = (plan, whole, factors)
    sum = .allocate(capacity: plan.layout.channels)
    product = .allocate(capacity: plan.layout.channels)
  }

  deinit {
    sum.deallocate()
    product.deallocate()
  }

  /// Takes the sums of some sets, on the calling thread.
  func take(_ sets: Range<Int>) {
    let stack = plan.reduced(.sums, 0..<plan.layout.blockCount, sets, writeSums)
    let count = stack.fold()
    finish(sets, ReducedPlanes(stack, count: count))
  }

  /// Takes those of all sets, on all threads.
  func takeAll() {
    plan.reduce(
      .sums, channelsPerTask: plan.channelsPerTask(tensors: 2), applies: false, leaf: writeSums,
      finish: finish
    ) { _, _ in }
  }

  private func writeSums(
    _ place: BatchLayout.Block, _ sets: Range<Int>, _ next: BatchLayout.Block,
    _ planes: UnsafeMutablePointer<Double>
  ) {
    plan.writeSums(whole, place, sets, next, planes, factors)
  }

  private func finish(_ sets: Range<Int>, _ planes: ReducedPlanes) {
    let first = sets.lowerBound
    planes.copy(0, to: sum + first)
    planes.copy(1, to: product + first)
    // Where dy * scale left the element type's range in the sums, it does so in the gradient too.
    var set = plan.kernels.next_suspect(sum, product, first, sets.upperBound)
    while set < sets.upperBound {
      factors.markWide(set)
      set = plan.kernels.next_suspect(sum, product, set + 1, sets.upperBound)
    }
    // Without a mean to subtract, the input's gradient has no part that belongs to it.
    if !plan.isCentered { (sum + first).update(repeating: 0, count: sets.count) }
    factors.setGradient(sets, count: planes.count, sum: sum, product: product, plan.kernels)
  }

  func ofRows(_ rows: Range<Int>) -> Range<Int> {
    rows.lowerBound * plan.layout.turns..<rows.upperBound * plan.layout.turns
  }

  /// Some elements of some sets; all, where sets take turns.
  private func block(_ sets: Range<Int>, _ elements: Range<Int>) -> norm_block {
    let takeTurns = plan.layout.turns > 1
    let place = BatchLayout.Block(
      firstRow: 0, rows: 1, start: takeTurns ? 0 : elements.lowerBound,
      length: takeTurns ? plan.layout.inner : elements.count)
    return plan.block(place, sets, of: whole)
  }

  /// Writes the input's gradient for some elements of some sets and adds to the sums over these sets.
  ///
  /// - Returns: whether there was a set that the element type cannot carry.
  func differentiate(
    _ sets: Range<Int>, _ elements: Range<Int>, _ planes: UnsafeMutablePointer<Double>
  ) -> Bool {
    var all = block(sets, elements)
    var kernelFactors = factors.kernelFactors(from: sets.lowerBound)
    plan.kernels.gradient_sets(&all, &kernelFactors, planes, planes + elements.count)
    let wideSets = factors.wideChannels(sets)
    for set in wideSets {
      guard var wideFactors = factors.wideFactors(set) else { continue }
      var run = block(set..<set + 1, elements)
      plan.kernels.wide_gradient(&run, 0, run.length, &wideFactors)
    }
    return !wideSets.isEmpty
  }

  /// Takes the sums over some sets again in Float64, of the elements where the element type could not carry them, or
  /// of all.
  func repeatSums(
    _ sets: Range<Int>, _ elements: Range<Int>, _ planes: UnsafeMutablePointer<Double>,
    everywhere: Bool
  ) {
    let (sums, products) = (planes, planes + elements.count)
    func again(_ some: Range<Int>) {
      (sums + some.lowerBound).update(repeating: 0, count: some.count)
      (products + some.lowerBound).update(repeating: 0, count: some.count)
      let start = elements.lowerBound
      var block = block(sets, start + some.lowerBound..<start + some.upperBound)
      let (parts, first) = (factors.parts, sets.lowerBound)
      plan.kernels.wide_sums_of_sets(
        &block, parts.high + first, parts.low + first, parts.inverse + first,
        sums + some.lowerBound, products + some.lowerBound)
    }
    if everywhere { return again(0..<elements.count) }
    var index = plan.kernels.next_suspect(sums, products, 0, elements.count)
    if plan.layout.turns > 1, index < elements.count { return again(0..<elements.count) }
    while index < elements.count {
      again(index..<index + 1)
      index = plan.kernels.next_suspect(sums, products, index + 1, elements.count)
    }
  }
}
