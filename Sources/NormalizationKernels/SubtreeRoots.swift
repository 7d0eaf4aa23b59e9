/// The roots of the complete subtrees over a range of blocks, of every channel, as a value: what ``Moments`` and
/// ``GradientSums`` hold.
///
/// Neighbouring ranges join to the same roots with the same bits, however they were cut and grouped; see
/// `ReductionStack`.
struct SubtreeRoots: Equatable, Sendable {
  /// What blocks are cut from: tensors of another format have other blocks.
  struct Format: Equatable, Sendable, CustomStringConvertible {
    var channels: Int
    var inner: Int
    var elementSize: Int

    var description: String {
      "\(channels) channels with \(inner) neighbouring values of \(elementSize) bytes"
    }
  }

  let reduction: Reduction
  /// Nil where nothing was absorbed yet.
  var format: Format?
  var range: Range<Int>
  var nodes: [ReductionStack.Node] = []
  /// The planes of the nodes, one after the other.
  var planes: [Double] = []

  /// No block.
  init(_ reduction: Reduction, firstBlock: Int = 0) {
    precondition(firstBlock >= 0, "Blocks are numbered from 0, but the first is \(firstBlock).")
    self.reduction = reduction
    range = firstBlock..<firstBlock
  }

  var channels: Int { format?.channels ?? 0 }

  /// What the values of one channel weigh.
  var weight: BlockWeight {
    nodes.reduce(into: BlockWeight(values: 0)) { $0.add($1.weight) }
  }

  /// Whether `next` is empty or follows, and is of tensors of the same format.
  func canAppend(_ next: SubtreeRoots) -> Bool {
    next.range.isEmpty || range.isEmpty
      || format == next.format && range.upperBound == next.range.lowerBound
  }

  /// Appends the roots of the blocks that follow. A range without blocks changes nothing, wherever it lies.
  mutating func append(_ next: SubtreeRoots) {
    precondition(
      canAppend(next),
      """
      Blocks \(next.range) of tensors with \(next.formatText) do not follow blocks \(range) of tensors \
      with \(formatText).
      """)
    if next.range.isEmpty {
      if format == nil { format = next.format }
      return
    }
    if range.isEmpty {
      self = next
      return
    }
    let stack = stack(forBlocks: range.count + next.range.count)
    next.push(into: stack)
    range = range.lowerBound..<next.range.upperBound
    (nodes, planes) = (stack.nodes, stack.planes)
  }

  private var formatText: String { format?.description ?? "no format" }

  /// The planes of all blocks as one, and what the values of one channel weigh.
  func folded() -> (planes: [Double], weight: BlockWeight) {
    let stack = stack(forBlocks: range.count)
    stack.fold()
    return (stack.planes, stack.nodes.first?.weight ?? BlockWeight(values: 0))
  }

  /// The two planes of sums over all blocks; 0 without any.
  func totals(channels: Int) -> ([Double], [Double]) {
    let planes = folded().planes
    guard !planes.isEmpty else {
      let zeros = Array(repeating: 0.0, count: channels)
      return (zeros, zeros)
    }
    return (Array(planes[..<channels]), Array(planes[channels...]))
  }

  private func stack(forBlocks blockCount: Int) -> ReductionStack {
    let stack = ReductionStack(reduction, width: channels, blockCount: blockCount)
    push(into: stack)
    return stack
  }

  private func push(into stack: ReductionStack) {
    let size = reduction.planeCount * channels
    planes.withUnsafeBufferPointer { planes in
      for (index, node) in nodes.enumerated() {
        stack.push(node) { target in
          guard let source = planes.baseAddress else { return }  // no channels
          target.update(from: source + index * size, count: size)
        }
      }
    }
  }
}

/// As numbers, to be sent to other processes.
extension SubtreeRoots {
  private static let headerCount = 7
  private static let nodeCount = 5

  /// A header, five numbers for each node, then the planes. Whole numbers below 2^53 are exact.
  var encoded: [Double] {
    var numbers = [
      reduction == .moments ? 1 : 2, format?.channels ?? 0, format?.inner ?? 0,
      format?.elementSize ?? 0, range.lowerBound, range.upperBound, nodes.count,
    ].map { Double($0) }
    numbers.reserveCapacity(numbers.count + nodes.count * Self.nodeCount + planes.count)
    for node in nodes {
      numbers += [
        Double(node.firstBlock), Double(node.blockCount), Double(node.weight.values),
        node.weight.total, node.weight.pairs,
      ]
    }
    return numbers + planes
  }

  /// The roots that `encoded` describes, or nil where it describes none.
  init?(_ reduction: Reduction, decoding encoded: [Double]) {
    self.init(reduction)
    guard encoded.count >= Self.headerCount else { return nil }
    let header = encoded[..<Self.headerCount].compactMap { Int(exactly: $0) }
    guard header.count == Self.headerCount, header.allSatisfy({ $0 >= 0 }),
      header[0] == (reduction == .moments ? 1 : 2), header[4] <= header[5]
    else { return nil }
    if header[3] > 0 {
      format = Format(channels: header[1], inner: header[2], elementSize: header[3])
    }
    range = header[4]..<header[5]
    let size = reduction.planeCount.multipliedReportingOverflow(by: channels)
    let each = size.partialValue.addingReportingOverflow(Self.nodeCount)
    let all = each.partialValue.multipliedReportingOverflow(by: header[6])
    guard !size.overflow, !each.overflow, !all.overflow,
      encoded.count - Self.headerCount == all.partialValue
    else { return nil }
    let planesStart = Self.headerCount + header[6] * Self.nodeCount
    for start in stride(from: Self.headerCount, to: planesStart, by: Self.nodeCount) {
      guard let node = ReductionStack.Node(decoding: encoded[start..<start + Self.nodeCount])
      else { return nil }
      nodes.append(node)
    }
    planes = Array(encoded[planesStart...])
    guard areConsistent else { return nil }
  }

  /// Whether the nodes are what pushing the blocks of the range leaves.
  private var areConsistent: Bool {
    guard range.isEmpty || format != nil else { return false }
    var next = range.lowerBound
    for (index, node) in nodes.enumerated() {
      let size = node.blockCount
      guard size > 0, size & (size - 1) == 0, node.firstBlock == next, next % size == 0,
        size <= range.upperBound - next
      else { return false }
      if index > 0, nodes[index - 1].blockCount == size, (next - size) % (2 * size) == 0 {
        return false  // siblings would have been joined
      }
      next += size
    }
    return next == range.upperBound
  }
}

extension ReductionStack.Node {
  fileprivate init?(decoding numbers: ArraySlice<Double>) {
    let (start, whole) = (numbers.startIndex, numbers.prefix(3).compactMap { Int(exactly: $0) })
    let weights = numbers[start + 3...start + 4]
    guard whole.count == 3, whole.allSatisfy({ (0...1 << 53).contains($0) }),
      weights.allSatisfy({ $0 >= 0 && $0.isFinite })
    else { return nil }
    self.init(
      firstBlock: whole[0], blockCount: whole[1],
      weight: BlockWeight(
        values: whole[2], total: numbers[start + 3], pairs: numbers[start + 4]))
  }
}
