internal import CNormalizationKernels
import Tensors

/// What the leaves of a reduction hold, and how two neighbours become one.
enum Reduction {
  /// Three planes: mean (high and low part) and sum of squared deviations.
  case moments
  /// Two planes: sums.
  case sums

  var planeCount: Int { self == .moments ? 3 : 2 }
}

/// The roots of the complete subtrees over a range of blocks, for a number of neighbouring channels.
///
/// Floating-point joining is not associative, so its order is fixed: blocks are the leaves of a binary
/// tree over their index, and only siblings join: nodes of equal size 2^k whose left one starts at a multiple
/// of 2^(k+1). What remains are logarithmically many roots. However a range is cut, pushing the roots of its
/// parts in order leaves the same roots with the same bits.
///
/// Planes of node `n` begin at `memory + n * planeCount * width`, each `width` long.
final class ReductionStack {
  struct Node: Equatable, Sendable {
    var firstBlock: Int
    var blockCount: Int
    /// What the values of one channel in these blocks weigh.
    var weight: BlockWeight
  }

  let reduction: Reduction
  let width: Int
  private(set) var nodes: [Node] = []
  private let table: UnsafePointer<norm_kernels>
  private let memory: UnsafeMutablePointer<Double>
  private let byteCount: Int
  private let capacity: Int

  /// Creates an empty stack for channels `width` and ranges of at most `blockCount` blocks.
  init(
    _ reduction: Reduction, width: Int, blockCount: Int,
    table: UnsafePointer<norm_kernels> = Double.kernels(for: .best)
  ) {
    self.table = table
    self.reduction = reduction
    self.width = width
    // At most two roots per level, and the leaf being pushed.
    capacity = min(
      max(1, blockCount), 2 * (Int.bitWidth - max(blockCount, 1).leadingZeroBitCount) + 2)
    // Kept for the next reduction where it is large, as the memory of tensors is.
    let numbers = capacity * reduction.planeCount * max(width, 1)
    let allocated = TensorMemory.allocate(
      byteCount: numbers * MemoryLayout<Double>.stride, alignment: 64)
    memory = allocated.address.bindMemory(to: Double.self, capacity: numbers)
    byteCount = allocated.byteCount
    nodes.reserveCapacity(capacity)
  }

  deinit {
    TensorMemory.deallocate(memory, byteCount: byteCount)
  }

  /// A plane of a node.
  func plane(_ plane: Int, ofNode node: Int) -> UnsafeMutablePointer<Double> {
    memory + (node * reduction.planeCount + plane) * width
  }

  /// The planes of all nodes, one after the other.
  var planes: [Double] {
    Array(UnsafeBufferPointer(start: memory, count: nodes.count * reduction.planeCount * width))
  }

  /// Pushes a node whose planes `write` fills, and joins siblings. Nodes are pushed in order.
  func push(_ node: Node, write: (_ planes: UnsafeMutablePointer<Double>) -> Void) {
    precondition(nodes.count < capacity, "The reduction holds more roots than its range can have.")
    if let last = nodes.last {
      precondition(
        last.firstBlock + last.blockCount == node.firstBlock,
        "Block \(node.firstBlock) does not follow \(last.firstBlock + last.blockCount - 1).")
    }
    write(plane(0, ofNode: nodes.count))
    nodes.append(node)
    while nodes.count >= 2 {
      let left = nodes[nodes.count - 2]
      let right = nodes[nodes.count - 1]
      guard left.blockCount == right.blockCount, left.firstBlock % (2 * left.blockCount) == 0,
        left.firstBlock + left.blockCount == right.firstBlock
      else { return }
      joinLastTwo()
    }
  }

  /// Pushes the roots of the range that follows.
  func push(_ other: ReductionStack) {
    let size = reduction.planeCount * width
    for index in 0..<other.nodes.count {
      let source = other.plane(0, ofNode: index)
      push(other.nodes[index]) { $0.update(from: source, count: size) }
    }
  }

  /// Joins what is left, the last two first, and returns the number of values per channel.
  @discardableResult
  func fold() -> Int {
    while nodes.count >= 2 { joinLastTwo() }
    return nodes.first?.weight.values ?? 0
  }

  private func joinLastTwo() {
    let right = nodes.removeLast()
    let index = nodes.count - 1
    switch reduction {
    case .moments:
      let (a, b) = (nodes[index].weight.total, right.weight.total)
      // What weighs nothing has no mean: the other side stays as it is.
      if b == 0 { break }
      if a == 0 {
        plane(0, ofNode: index).update(
          from: plane(0, ofNode: index + 1), count: reduction.planeCount * width)
        break
      }
      table.pointee.join_moments(
        width, b / (a + b), a * (b / (a + b)),
        plane(0, ofNode: index), plane(1, ofNode: index), plane(2, ofNode: index),
        plane(0, ofNode: index + 1), plane(1, ofNode: index + 1), plane(2, ofNode: index + 1))
    case .sums:
      table.pointee.join_sums(
        2 * width, plane(0, ofNode: index), plane(0, ofNode: index + 1))
    }
    nodes[index].blockCount += right.blockCount
    nodes[index].weight.add(right.weight)
  }
}
