/// Where the channels of a test tensor lie.
public enum AxisKind: String, CaseIterable, Sendable {
  /// Rank 2, channels last.
  case columns = "[N, C]"
  /// Rank 4, channels last.
  case channelsLast = "[N, H, W, C]"
  /// Rank 4, channels second.
  case channelsFirst = "[N, C, H, W]"
  /// Rank 5, channels second, counted from the end.
  case volumes = "[N, C, D, H, W]"
  /// Rank 3, channels on axis 0.
  case outermost = "[C, N, W]"
  /// Rank 4, channels on axis 2.
  case third = "[N, H, C, W]"

  /// One kind with and one without neighbouring elements of a channel.
  public static let both: [AxisKind] = [.channelsLast, .channelsFirst]

  /// The axis to give to a layer.
  public var axis: Int {
    switch self {
    case .columns, .channelsLast: -1
    case .channelsFirst: 1
    case .volumes: -4
    case .outermost: 0
    case .third: 2
    }
  }

  /// A shape with `channels` channels of `values` values each, spread over the other axes as evenly as
  /// the divisors of `values` allow.
  public func shape(channels: Int, values: Int) -> [Int] {
    switch self {
    case .columns:
      return [values, channels]
    case .channelsLast:
      let parts = Self.split(values, into: 3)
      return [parts[0], parts[1], parts[2], channels]
    case .channelsFirst:
      let parts = Self.split(values, into: 3)
      return [parts[0], channels, parts[1], parts[2]]
    case .volumes:
      let parts = Self.split(values, into: 4)
      return [parts[0], channels, parts[1], parts[2], parts[3]]
    case .outermost:
      let parts = Self.split(values, into: 2)
      return [channels, parts[0], parts[1]]
    case .third:
      let parts = Self.split(values, into: 3)
      return [parts[0], parts[1], channels, parts[2]]
    }
  }

  /// `parts` factors of a number, in rising order where it has small divisors.
  static func split(_ number: Int, into parts: Int) -> [Int] {
    guard parts > 1, number > 1 else {
      return Array(repeating: 1, count: parts - 1) + [number]
    }
    func power(_ base: Int) -> Int { (0..<parts).reduce(1) { product, _ in product * base } }
    var factor = 1
    var candidate = 2
    while power(candidate) <= number {
      if number % candidate == 0 { factor = candidate }
      candidate += 1
    }
    return [factor] + split(number / factor, into: parts - 1)
  }
}

/// The elements of a tensor by channel, in plain arithmetic of its own.
public struct ChannelView: Sendable {
  /// The product of the extents before the channel axis.
  public let rows: Int
  /// The extent of the channel axis.
  public let channels: Int
  /// The product of the extents after it.
  public let inner: Int

  /// Creates the view of a tensor around an axis; negative axes count from the end.
  public init(shape: [Int], axis: Int) {
    let axis = axis < 0 ? shape.count + axis : axis
    rows = shape[..<axis].reduce(1, *)
    channels = shape[axis]
    inner = shape[(axis + 1)...].reduce(1, *)
  }

  /// The values of one channel.
  public var valuesPerChannel: Int { rows * inner }

  /// Where value `value` of a channel stands.
  public func index(_ channel: Int, _ value: Int) -> Int {
    let (row, place) = value.quotientAndRemainder(dividingBy: inner)
    return (row * channels + channel) * inner + place
  }

  /// The channel of an element.
  public func channel(of index: Int) -> Int { index / inner % channels }
}
