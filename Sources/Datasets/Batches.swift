import Tensors

/// The samples of a data set in mini-batches drawn at random without replacement, epoch after epoch.
///
///     var batches = try Batches(sampleCount: set.count, batchSize: 60, seed: 1)
///     while batches.state.epoch < 10 {
///       let (features, labels) = set.gather(batches.next())
///       ...
///     }
///
/// In an epoch no sample comes twice. The order of epoch `e` is the Fisher-Yates permutation that
/// `SeededGenerator(seed: seed, stream: 0x6261746368657300 + e)` gives: it depends on the seed and the
/// epoch alone, so a run goes on from a saved `state` as if it had never stopped.
///
/// As a sequence it is endless and starts where this value stands; take `prefix(_:)` of it.
public struct Batches: Sequence, Sendable {
  /// What becomes of the samples at the end of an epoch that do not fill a batch.
  public enum Remainder: String, Codable, Sendable {
    /// They are left out of this epoch, so that every batch has exactly `batchSize` samples.
    case drop
    /// They are the epoch's last batch, smaller than the others.
    case keep
  }

  /// A place among the batches, to save beside the weights.
  ///
  /// It means the same place only for the same sample count, batch size and remainder.
  public struct State: Hashable, Codable, Sendable {
    /// The seed of every epoch's order.
    public var seed: UInt64
    /// The epoch that the next batch belongs to, from 0.
    public var epoch: Int
    /// The number of batches already drawn in this epoch.
    public var position: Int

    /// Creates a place: at first the beginning of epoch 0.
    public init(seed: UInt64, epoch: Int = 0, position: Int = 0) {
      self.seed = seed
      self.epoch = epoch
      self.position = position
    }
  }

  /// The number of samples that are divided.
  public let sampleCount: Int
  /// The number of samples in a batch, except perhaps the last of an epoch.
  public let batchSize: Int
  /// What becomes of samples that do not fill a batch.
  public let remainder: Remainder
  /// The place of the next batch. After the last batch of an epoch it is the start of the next.
  public private(set) var state: State
  private var order: [Int]

  /// The number of batches in every epoch.
  public var batchesPerEpoch: Int {
    let (full, rest) = sampleCount.quotientAndRemainder(dividingBy: batchSize)
    return remainder == .keep && rest > 0 ? full + 1 : full
  }

  /// Creates the batches of a seed, from the first.
  ///
  /// - Parameters:
  ///   - sampleCount: the number of samples; batches hold numbers of `0..<sampleCount`.
  ///   - batchSize: the samples in a batch, among `1...sampleCount`.
  ///   - remainder: by default dropped: in training a small last batch has noisier statistics than
  ///     the others, and one of a single sample has none for `BatchNorm`. Another epoch leaves
  ///     others out. To evaluate, keep it.
  ///   - seed: the same seed gives the same batches on every machine.
  public init(
    sampleCount: Int, batchSize: Int, remainder: Remainder = .drop, seed: UInt64
  ) throws(DatasetError) {
    try self.init(
      sampleCount: sampleCount, batchSize: batchSize, remainder: remainder,
      resumingAt: State(seed: seed))
  }

  /// Creates the batches that follow a saved place.
  public init(
    sampleCount: Int, batchSize: Int, remainder: Remainder = .drop, resumingAt state: State
  ) throws(DatasetError) {
    guard batchSize > 0, batchSize <= sampleCount else {
      throw .batchSizeOutOfRange(batchSize: batchSize, sampleCount: sampleCount)
    }
    self.sampleCount = sampleCount
    self.batchSize = batchSize
    self.remainder = remainder
    self.state = state
    order = []
    guard state.epoch >= 0, (0..<batchesPerEpoch).contains(state.position) else {
      throw .placeOutOfRange(
        epoch: state.epoch, position: state.position, batchesPerEpoch: batchesPerEpoch)
    }
    order = Self.order(of: state.epoch, seed: state.seed, sampleCount: sampleCount)
  }

  /// The indices of the next batch's samples; advances `state`.
  public mutating func next() -> [Int] {
    let start = state.position * batchSize
    let batch = Array(order[start..<Swift.min(start + batchSize, sampleCount)])
    state.position += 1
    if state.position == batchesPerEpoch {
      state.position = 0
      state.epoch += 1
      order = Self.order(of: state.epoch, seed: state.seed, sampleCount: sampleCount)
    }
    return batch
  }

  private static func order(of epoch: Int, seed: UInt64, sampleCount: Int) -> [Int] {
    var generator = SeededGenerator(seed: seed, stream: RandomStream.firstEpoch &+ UInt64(epoch))
    return generator.permutation(of: sampleCount)
  }

  /// Draws batches from a copy, so that the sequence itself stays where it is.
  public struct Iterator: IteratorProtocol, Sendable {
    var batches: Batches

    /// The next batch; never `nil`.
    public mutating func next() -> [Int]? {
      batches.next()
    }
  }

  /// An endless iterator that starts where this value stands.
  public func makeIterator() -> Iterator {
    Iterator(batches: self)
  }
}
