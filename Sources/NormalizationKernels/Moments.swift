/// The statistics of a range of blocks of a batch: of a shard of it, or of all of it.
///
/// Mean and sum of squared deviations of every channel, kept so that ranges which follow each other join to the same
/// bits however the batch was cut and its parts were grouped: floating-point joining is not associative, so its
/// order is fixed. Blocks are the leaves of a binary tree over their number, and a range keeps the roots of its
/// complete subtrees, of which there are at most two per level.
///
/// A block has 64 rows of channels-last tensors (of fewer than sixteen channels as many more as fill whole vectors of
/// sixteen), and up to 2,048 values of each channel otherwise. A shard that ends within a block ends with a smaller
/// one; then the statistics are the same to rounding, not to the bit.
///
///     delta = mean_b - mean_a
///     mean  = mean_a + delta * b/(a + b)         m2 = m2_a + m2_b + delta^2 * a*b/(a + b)
///
/// for a and b values, or weights. Source: Chan, Golub and LeVeque 1979, "Updating formulae and a pairwise algorithm
/// for computing sample variances".
public struct Moments: Equatable, Sendable {
  var roots: SubtreeRoots
  /// The first channel in which an absorbed value was infinite or not a number.
  public internal(set) var firstNonFiniteChannel: Int?

  /// Creates the statistics of no value, which join with any others.
  public init(firstBlock: Int = 0) {
    roots = SubtreeRoots(.moments, firstBlock: firstBlock)
  }

  init(_ roots: SubtreeRoots, firstNonFiniteChannel: Int?) {
    (self.roots, self.firstNonFiniteChannel) = (roots, firstNonFiniteChannel)
  }

  /// The numbers of the blocks.
  public var range: Range<Int> { roots.range }
  /// Whether there is no block.
  public var isEmpty: Bool { roots.range.isEmpty }
  /// The number of channels; 0 where nothing was absorbed.
  public var channels: Int { roots.channels }
  /// The number of values per channel; with weights, of those of positive weight.
  public var count: Int { roots.weight.values }
  /// The sum of the weights of a channel's values; without weights their number.
  public var totalWeight: Double { roots.weight.total }

  /// Whether `next` is empty or follows, and is of tensors of the same format: what ``append(_:)`` asks for.
  package func canAppend(_ next: Moments) -> Bool { roots.canAppend(next.roots) }

  /// Appends the statistics of the blocks that follow. Empty ones change nothing, wherever they lie.
  ///
  /// - Precondition: `next` begins where this ends, and both are of tensors of as many channels, neighbouring values of
  ///   a channel and the same element type; or one of them is empty.
  public mutating func append(_ next: Moments) {
    roots.append(next.roots)
    firstNonFiniteChannel = [firstNonFiniteChannel, next.firstNonFiniteChannel].compactMap(\.self)
      .min()
  }

  /// These statistics and those of the blocks that follow.
  ///
  /// - Precondition: as of ``append(_:)``.
  public func joined(with next: Moments) -> Moments {
    var joined = self
    joined.append(next)
    return joined
  }

  /// The statistics of every channel over all blocks.
  public func statistics(epsilon: Double) -> ChannelStatistics {
    var statistics = ChannelStatistics(channels: channels)
    let (planes, weight) = roots.folded()
    guard weight.values > 0 else { return statistics }
    statistics.fill(planes, weight, epsilon: epsilon)
    return statistics
  }

  /// The first channel whose sum of squared deviations is above 0 but so small that digits of squares were lost.
  package var firstVanishingChannel: Int? {
    let (planes, weight) = roots.folded()
    let least = ChannelStatistics.smallestVariance * max(1, weight.total)
    return planes.suffix(channels).firstIndex { $0 > 0 && $0 < least }
      .map { $0 - (planes.count - channels) }
  }

  /// The same as numbers, for ``init(decoding:)``, perhaps in another process.
  public var encoded: [Double] {
    [Double(firstNonFiniteChannel ?? -1)] + roots.encoded
  }

  /// Creates the statistics that ``encoded`` describes, to the bit; nil where it describes none.
  public init?(decoding encoded: [Double]) {
    guard let first = encoded.first, let channel = Int(exactly: first), channel >= -1,
      let roots = SubtreeRoots(.moments, decoding: Array(encoded.dropFirst())),
      channel < max(roots.channels, 0)
    else { return nil }
    self.init(roots, firstNonFiniteChannel: channel < 0 ? nil : channel)
  }
}

/// The sums of a backward pass over a range of blocks: for every channel sum(g) and sum(g * n), with g the gradient of
/// the output and n the normalised input.
///
/// They join as ``Moments`` do. What remains to be done once they are complete (n is taken around a rounded mean, which
/// the sum over the whole batch corrects) the layer does.
public struct GradientSums: Equatable, Sendable {
  var roots: SubtreeRoots

  /// Creates the sums over no value, which join with any others.
  public init(firstBlock: Int = 0) {
    roots = SubtreeRoots(.sums, firstBlock: firstBlock)
  }

  init(_ roots: SubtreeRoots) {
    self.roots = roots
  }

  /// The numbers of the blocks.
  public var range: Range<Int> { roots.range }
  /// Whether there is no block.
  public var isEmpty: Bool { roots.range.isEmpty }
  /// The number of channels; 0 where nothing was absorbed.
  public var channels: Int { roots.channels }
  /// The number of values per channel; with weights, of those of positive weight.
  public var count: Int { roots.weight.values }

  /// Whether `next` is empty or follows, and is of tensors of the same format: what ``append(_:)`` asks for.
  package func canAppend(_ next: GradientSums) -> Bool { roots.canAppend(next.roots) }

  /// Appends the sums over the blocks that follow. Empty ones change nothing, wherever they lie.
  ///
  /// - Precondition: as of ``Moments/append(_:)``.
  public mutating func append(_ next: GradientSums) {
    roots.append(next.roots)
  }

  /// These sums and those over the blocks that follow.
  ///
  /// - Precondition: as of ``Moments/append(_:)``.
  public func joined(with next: GradientSums) -> GradientSums {
    var joined = self
    joined.append(next)
    return joined
  }

  /// The same as numbers, for ``init(decoding:)``, perhaps in another process.
  public var encoded: [Double] { roots.encoded }

  /// Creates the sums that ``encoded`` describes, to the bit; nil where it describes none.
  public init?(decoding encoded: [Double]) {
    guard let roots = SubtreeRoots(.sums, decoding: encoded) else { return nil }
    self.init(roots)
  }
}
