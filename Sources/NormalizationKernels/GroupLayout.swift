/// A tensor seen as `samples` times `outer` times `channels` times `inner` around its channel axis, in each sample of
/// which groups of neighbouring channels are normalised together.
///
/// A set is what is normalised together: the values of a group in a sample. Where its values are neighbours in
/// memory (`outer` = 1, or a single group), it is a run; else its channels are taken apart and joined.
public struct GroupLayout: Equatable, Sendable {
  /// The extent of axis 0.
  public let samples: Int
  /// The product of the extents between axis 0 and the channels.
  public let outer: Int
  /// The number of channels.
  public let channels: Int
  /// The product of the extents after the channels.
  public let inner: Int
  /// The number of groups, a divisor of `channels`.
  public let groups: Int

  /// Creates the view of a tensor of `shape` around its axis `axis`.
  ///
  /// - Precondition: `axis` is an axis of `shape` other than 0, counted from the front; `groups` divides its extent.
  public init(shape: [Int], axis: Int, groups: Int) {
    precondition(
      shape.indices.contains(axis) && axis > 0,
      "The shape \(shape) has no axis \(axis) behind the samples to hold channels.")
    let channels = shape[axis]
    precondition(
      groups > 0 && channels % groups == 0,
      "\(channels) channels cannot be divided into \(groups) groups.")
    let rows = BatchLayout(shape: Array(shape.dropFirst()), axis: axis - 1)
    samples = shape[0]
    outer = rows.rows
    self.channels = channels
    inner = rows.inner
    self.groups = groups
  }

  /// The number of elements of the tensor.
  public var count: Int { samples * outer * channels * inner }
  /// The number of sets.
  public var setCount: Int { samples * groups }
  /// The number of values of a set.
  public var valuesPerSet: Int { outer * channelsPerGroup * inner }

  /// Where the values of a set stand, in the order of memory.
  package func indices(ofSet set: Int) -> some Sequence<Int> {
    let (sample, group) = set.quotientAndRemainder(dividingBy: groups)
    let length = channelsPerGroup * inner
    return (0..<outer).lazy.flatMap { row in
      let start = ((sample * outer + row) * groups + group) * length
      return start..<start + length
    }
  }

  var channelsPerGroup: Int { channels / groups }

  // A unit is what can be treated by itself: a set that is a run, else a sample.

  var setsAreRuns: Bool { outer == 1 || groups == 1 }
  var unitCount: Int { setsAreRuns ? setCount : samples }
  var setsPerUnit: Int { setsAreRuns ? 1 : groups }
  var channelsPerUnit: Int { setsAreRuns ? channelsPerGroup : channels }
  var elementsPerUnit: Int { outer * channelsPerUnit * inner }
  /// Whether neighbouring units look like one with more channels.
  var unitsAreChannels: Bool { outer == 1 }

  /// Some units as rows of channels.
  func rows(ofUnits count: Int) -> BatchLayout {
    BatchLayout(rows: outer, channels: count * channelsPerUnit, inner: inner)
  }
}
