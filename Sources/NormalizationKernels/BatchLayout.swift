internal import CNormalizationKernels
import Tensors

/// A tensor seen around its channel axis: `rows` (samples and the axes before the channels) times
/// `channels` times `inner` (the axes after them), and how its values are cut into blocks.
///
/// Blocks are the leaves of the reduction tree. Their size depends on `channels` and `inner` alone, so that a batch
/// divided over processes or passes at block boundaries gives the same tree, and the same bits.
///
/// - Columns (`inner` = 1): 64 rows; of fewer than sixteen channels, as many more as lie side by side in whole
///   vectors.
/// - Runs: whole rows of up to 128 vectors of sixteen, or, where a single row has more, sections of a row.
public struct BatchLayout: Equatable, Sendable {
  /// The number of rows: samples times the extents between the sample axis and the channel axis.
  public let rows: Int
  /// The number of channels.
  public let channels: Int
  /// The product of the extents after the channel axis.
  public let inner: Int

  /// Whether neighbouring elements belong to neighbouring channels.
  let isColumns: Bool
  /// Sets of values take so many turns with different scales and shifts for their elements.
  private(set) var turns = 1
  let rowsPerBlock: Int
  let sectionsPerRow: Int

  /// The elements of one section of a row.
  static let sectionLength = norm_block_slots * norm_lanes

  /// Creates the view of a tensor of `shape` around its axis `axis`.
  ///
  /// - Precondition: `axis` is an axis of `shape`, counted from the front.
  public init(shape: [Int], axis: Int) {
    precondition(
      shape.indices.contains(axis), "The shape \(shape) has no axis \(axis) to hold channels.")
    _ = Tensor<Float>.count(of: shape)  // refuses negative and too large extents
    self.init(
      rows: Self.product(shape[..<axis]), channels: shape[axis],
      inner: Self.product(shape[(axis + 1)...]))
  }

  // 0 where an extent is, whatever the others are.
  private static func product(_ extents: ArraySlice<Int>) -> Int {
    extents.contains(0) ? 0 : extents.reduce(1, *)
  }

  /// Creates a layout from its extents.
  ///
  /// - Precondition: no extent is negative.
  public init(rows: Int, channels: Int, inner: Int) {
    self.init(rows: rows, channels: channels, inner: inner, isColumns: inner <= 1)
  }

  /// The view of `count` sets of `length` neighbouring elements each, normalised by themselves: channels of a single
  /// row, runs also where they have one element.
  init(sets count: Int, length: Int, turns: Int = 1) {
    self.init(rows: 1, channels: count, inner: length, isColumns: false)
    self.turns = turns
  }

  private init(rows: Int, channels: Int, inner: Int, isColumns: Bool) {
    precondition(
      rows >= 0 && channels >= 0 && inner >= 0,
      "A layout of \(rows) rows, \(channels) channels and \(inner) inner elements cannot be.")
    self.rows = rows
    self.channels = channels
    self.inner = inner
    self.isColumns = isColumns
    // A partial sum takes at most sixteen additions; a block of runs has eight of them.
    let slots = max(1, (inner + 15) / 16)
    if isColumns {
      (rowsPerBlock, sectionsPerRow) = (norm_block_rows * norm_rows_abreast(max(1, channels)), 1)
    } else if slots > norm_block_slots {
      (rowsPerBlock, sectionsPerRow) = (1, (inner + Self.sectionLength - 1) / Self.sectionLength)
    } else if slots > 4 {
      (rowsPerBlock, sectionsPerRow) = (max(1, 16 / ((slots + 7) / 8)), 1)
    } else {
      (rowsPerBlock, sectionsPerRow) = (16 * (8 / slots), 1)
    }
  }

  /// The number of elements of the tensor.
  public var count: Int { rows * channels * inner }
  /// The number of values of one channel.
  public var valuesPerChannel: Int { rows * inner }
  /// Where the values of a channel stand, in the order of memory.
  package func indices(ofChannel channel: Int) -> some Sequence<Int> {
    (0..<rows).lazy.flatMap { row in
      let start = (row * channels + channel) * inner
      return start..<start + inner
    }
  }
  /// The distance between rows, in elements.
  var stride: Int { channels * inner }

  /// The number of blocks, the leaves of the reduction tree.
  package var blockCount: Int {
    sectionsPerRow > 1
      ? rows * sectionsPerRow : (rows + rowsPerBlock - 1) / rowsPerBlock
  }

  /// The samples after which blocks end, where a sample has so many rows.
  package func samplesPerPart(rowsPerSample: Int) -> Int {
    var (common, rest) = (rowsPerBlock, rowsPerSample)  // Euclid
    while rest > 0 { (common, rest) = (rest, common % rest) }
    return rowsPerBlock / common
  }

  /// A block: some rows, and of each the elements `start ..< start + length`.
  struct Block {
    var firstRow: Int
    var rows: Int
    var start: Int
    var length: Int
    var count: Int { rows * length }
  }

  func block(_ index: Int) -> Block {
    if sectionsPerRow > 1 {
      let (row, section) = index.quotientAndRemainder(dividingBy: sectionsPerRow)
      let start = section * Self.sectionLength
      return Block(
        firstRow: row, rows: 1, start: start, length: min(Self.sectionLength, inner - start))
    }
    let first = index * rowsPerBlock
    return Block(firstRow: first, rows: min(rowsPerBlock, rows - first), start: 0, length: inner)
  }

  /// The number of a block.
  func index(of block: Block) -> Int {
    sectionsPerRow > 1
      ? block.firstRow * sectionsPerRow + block.start / Self.sectionLength
      : block.firstRow / rowsPerBlock
  }

  /// The blocks as parts that a pass without statistics can treat at once: rows with whole runs.
  func rowRange(ofBlocks blocks: Range<Int>) -> Range<Int> {
    precondition(sectionsPerRow == 1, "Sections of a row are not rows.")
    return blocks.lowerBound * rowsPerBlock..<min(rows, blocks.upperBound * rowsPerBlock)
  }
}
