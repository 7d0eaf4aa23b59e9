import Datasets
import Tensors
import Testing

@Suite struct BatchesTests {
  /// Sample counts and batch sizes: one, two, all, divisible, remainders of one and of many.
  static let sizes = [
    (1, 1), (2, 1), (2, 2), (3, 2), (10, 5), (10, 3), (10, 9), (61, 60), (1437, 60),
  ]

  private func epoch(_ batches: inout Batches) -> [[Int]] {
    let number = batches.state.epoch
    var drawn: [[Int]] = []
    while batches.state.epoch == number { drawn.append(batches.next()) }
    return drawn
  }

  @Test(arguments: 0..<UInt64(8))
  func `kept remainders make every epoch complete, each sample once`(seed: UInt64) throws {
    for (count, size) in Self.sizes {
      var batches = try Batches(
        sampleCount: count, batchSize: size, remainder: .keep, seed: seed)
      for _ in 0..<3 {
        let drawn = epoch(&batches)
        #expect(drawn.count == batches.batchesPerEpoch)
        #expect(drawn.joined().sorted() == Array(0..<count))
        #expect(drawn.dropLast().allSatisfy { $0.count == size })
      }
    }
  }

  @Test(arguments: 0..<UInt64(8))
  func `dropped remainders leave batches of one size, each sample at most once`(seed: UInt64) throws
  {
    for (count, size) in Self.sizes {
      var batches = try Batches(sampleCount: count, batchSize: size, seed: seed)
      for _ in 0..<3 {
        let drawn = epoch(&batches)
        #expect(drawn.count == count / size)
        #expect(batches.batchesPerEpoch == count / size)
        #expect(drawn.allSatisfy { $0.count == size })
        let samples = Set(drawn.joined())
        #expect(samples.count == count / size * size)
        #expect(samples.isSubset(of: 0..<count))
      }
    }
  }

  @Test func `the same seed gives the same batches, another seed and another epoch others`() throws
  {
    var first = try Batches(sampleCount: 50, batchSize: 7, seed: 1)
    var again = first
    var other = try Batches(sampleCount: 50, batchSize: 7, seed: 2)
    let (epoch0, epoch1) = (epoch(&first), epoch(&first))
    #expect(epoch0 == epoch(&again))
    #expect(epoch1 == epoch(&again))
    #expect(epoch0 != epoch1)
    #expect(epoch0 != epoch(&other))
  }

  /// The expected orders come from the documented rule, written again in Python.
  @Test func `the order of an epoch does not move`() throws {
    var batches = try Batches(sampleCount: 10, batchSize: 10, seed: 42)
    #expect(batches.next() == [2, 1, 4, 3, 0, 7, 9, 5, 8, 6])
    #expect(batches.next() == [3, 8, 9, 2, 0, 4, 6, 1, 5, 7])
    var other = try Batches(sampleCount: 10, batchSize: 10, seed: 7)
    #expect(other.next() == [0, 3, 7, 2, 6, 4, 1, 8, 9, 5])
  }

  @Test func `kept and dropped remainders agree on the full batches`() throws {
    var dropped = try Batches(sampleCount: 10, batchSize: 4, seed: 3)
    var kept = try Batches(sampleCount: 10, batchSize: 4, remainder: .keep, seed: 3)
    for _ in 0..<3 { #expect(epoch(&dropped) == Array(epoch(&kept).prefix(2))) }
  }

  /// 24 orders, 24,000 draws: chi-squared with 23 degrees of freedom exceeds 58 once in 10,000 times.
  @Test func `all orders of four samples are equally likely`() throws {
    var seen: [[Int]: Int] = [:]
    for seed in 0..<UInt64(24) {
      var batches = try Batches(sampleCount: 4, batchSize: 4, seed: seed)
      for _ in 0..<1000 { seen[batches.next(), default: 0] += 1 }
    }
    #expect(seen.count == 24)
    let differences = seen.values.map { Double($0 - 1000) }
    let chiSquared = differences.reduce(0) { $0 + $1 * $1 / 1000 }
    #expect(chiSquared < 58)
  }

  @Test(arguments: [Batches.Remainder.drop, .keep])
  func `a run goes on from any place as if it had never stopped`(remainder: Batches.Remainder)
    throws
  {
    for (count, size) in Self.sizes where count < 100 {
      var batches = try Batches(
        sampleCount: count, batchSize: size, remainder: remainder, seed: 9)
      for _ in 0..<25 {
        var resumed = try Batches(
          sampleCount: count, batchSize: size, remainder: remainder, resumingAt: batches.state)
        var unbroken = batches
        for _ in 0..<5 {
          #expect(resumed.state == unbroken.state)
          #expect(resumed.next() == unbroken.next())
        }
        _ = batches.next()
      }
    }
  }

  @Test func `the state counts batches and turns over with the epoch`() throws {
    var batches = try Batches(sampleCount: 5, batchSize: 2, seed: 8)
    var states = [batches.state]
    for _ in 0..<4 {
      _ = batches.next()
      states.append(batches.state)
    }
    let expected: [Batches.State] = [
      .init(seed: 8), .init(seed: 8, position: 1), .init(seed: 8, epoch: 1),
      .init(seed: 8, epoch: 1, position: 1), .init(seed: 8, epoch: 2),
    ]
    #expect(states == expected)
  }

  @Test func `as a sequence it starts where the value stands and leaves it there`() throws {
    var batches = try Batches(sampleCount: 10, batchSize: 3, seed: 4)
    _ = batches.next()
    let state = batches.state
    let taken = Array(batches.prefix(7))
    #expect(batches.state == state)
    #expect(taken == (0..<7).map { _ in batches.next() })
  }

  @Test(arguments: [(0, 1), (10, 0), (10, -3), (10, 11), (-1, 1), (0, 0)])
  func `a batch larger than the set or without samples is refused`(count: Int, size: Int) {
    for remainder in [Batches.Remainder.drop, .keep] {
      #expect(throws: DatasetError.batchSizeOutOfRange(batchSize: size, sampleCount: count)) {
        try Batches(sampleCount: count, batchSize: size, remainder: remainder, seed: 0)
      }
    }
  }

  @Test(arguments: [(-1, 0), (0, -1), (0, 3), (2, Int.max)])
  func `a place that this division does not have is refused`(epoch: Int, position: Int) {
    let error = DatasetError.placeOutOfRange(epoch: epoch, position: position, batchesPerEpoch: 3)
    #expect(throws: error) {
      try Batches(
        sampleCount: 10, batchSize: 3,
        resumingAt: .init(seed: 0, epoch: epoch, position: position))
    }
  }

  @Test func `batches cover the digits as the paper's first experiment does`() throws {
    let batches = try Batches(sampleCount: Digits.training.count, batchSize: 60, seed: 1)
    #expect(batches.batchesPerEpoch == 23)
    for batch in batches.prefix(30) {
      let (features, labels) = Digits.training.gather(batch)
      #expect(features.shape == [60, 64])
      #expect(labels == batch.map { Digits.training.labels[$0] })
    }
  }
}
