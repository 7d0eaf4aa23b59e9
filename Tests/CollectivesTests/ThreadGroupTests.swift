import Collectives
import Testing

/// Threads that stand for ranks: everyone gets everything, in order, and nobody waits for ever.
@Suite struct ThreadGroupTests {
  struct Failure: Error, Equatable {}

  @Test func `a single process is alone`() {
    let communicator = SingleProcess()
    #expect(communicator.rank == 0)
    #expect(communicator.size == 1)
    #expect(communicator.allGather([1, 2]) == [[1, 2]])
  }

  @Test(arguments: [1, 2, 3, 5, 16])
  func `every rank gets the values of all ranks, in their order, round after round`(
    size: Int
  ) throws {
    let results = ThreadGroup.run(size: size) { member -> [[[Double]]] in
      var rounds: [[[Double]]] = []
      for round in 0..<200 {
        // As many values as the rank's number, and other ones in every round.
        rounds.append(
          try member.allGather(Array(repeating: Double(round), count: member.rank)))
      }
      guard member.size == size else { return [] }
      return rounds
    }
    #expect(results.count == size)
    for result in results {
      let rounds = try result.get()
      #expect(rounds.count == 200)
      for (round, gathered) in rounds.enumerated() {
        #expect(gathered == (0..<size).map { Array(repeating: Double(round), count: $0) })
      }
    }
  }

  @Test func `bits arrive as they were sent`() throws {
    let numbers = [-0.0, .infinity, .leastNonzeroMagnitude, Double(nan: 5, signaling: false)]
    for result in ThreadGroup.run(size: 2, { try $0.allGather(numbers) }) {
      for gathered in try result.get() {
        #expect(gathered.map(\.bitPattern) == numbers.map(\.bitPattern))
      }
    }
  }

  // One rank fails in the third round, before or after the others have arrived.
  @Test(arguments: [2, 3, 5], 0..<10)
  func `a rank that fails leaves nobody waiting`(size: Int, attempt: Int) {
    let failing = attempt % size
    let results = ThreadGroup.run(size: size) { member in
      for round in 0..<10 {
        if round == 3, member.rank == failing { throw Failure() }
        _ = try member.allGather([Double(round)])
      }
    }
    for (rank, result) in results.enumerated() {
      #expect {
        try result.get()
      } throws: { error in
        rank == failing
          ? error is Failure : error as? CommunicationError == .abandoned(byRank: failing)
      }
    }
  }

  @Test func `a rank that ends early leaves nobody waiting, and what it took part in stands`() {
    let results = ThreadGroup.run(size: 3) { member -> Int in
      var rounds = 0
      do {
        for _ in 0..<(member.rank == 1 ? 4 : 9) {
          _ = try member.allGather([])
          rounds += 1
        }
      } catch { #expect(error as? CommunicationError == .abandoned(byRank: 1)) }
      return rounds
    }
    for result in results {
      let rounds = try? result.get()
      #expect(rounds == 4)
    }
  }

  @Test func `ranks on threads of the caller work too`() async throws {
    let group = ThreadGroup(size: 2)
    let results = ThreadGroup.run(size: 2) { try group.member($0.rank).allGather([7]) }
    for result in results {
      let gathered = try result.get()
      #expect(gathered == [[7], [7]])
    }
    group.member(1).abandon()
    #expect(throws: CommunicationError.abandoned(byRank: 1)) {
      try group.member(0).allGather([])
    }
  }

  @Test func `errors say what to do`() {
    let texts = [
      CommunicationError.abandoned(byRank: 3).description: ["rank 3", "look for its error"],
      CommunicationError.unexpectedMessage(fromRank: 2).description: ["rank 2", "same calls"],
      CommunicationError.failed("no route").description: ["no route"],
    ]
    for (text, parts) in texts {
      for part in parts { #expect(text.contains(part), "\(text)") }
    }
  }
}
