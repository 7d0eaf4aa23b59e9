import Testing
import Training

@Suite struct PairedOutcomesTests {
  private func outcomes(_ onlyFirst: Int, _ onlySecond: Int, both: Int = 3) -> PairedOutcomes {
    let parts = [(true, false, onlyFirst), (false, true, onlySecond), (true, true, both)]
    return PairedOutcomes(
      parts.flatMap { Array(repeating: $0.0, count: $0.2) },
      parts.flatMap { Array(repeating: $0.1, count: $0.2) })
  }

  @Test func `samples are counted by who recognises them`() {
    let found = PairedOutcomes(
      [true, true, false, false, true], [true, false, true, false, false])
    #expect(found.count == 5 && found.onlyFirst == 2 && found.onlySecond == 1)
    #expect(found.disagreements == 3)
  }

  /// Tails of the binomial distribution by hand: of 5, 2/32; of 10 with 1, 2 (1 + 10)/1024; with 3, 2 (1 + 10 + 45 +
  /// 120)/1024.
  private static let tails: [(first: Int, second: Int, expected: Double)] = [
    (0, 0, 1), (1, 0, 1), (1, 1, 1), (2, 0, 0.5), (5, 0, 0.0625), (0, 5, 0.0625),
    (9, 1, 0.021484375), (1, 9, 0.021484375), (7, 3, 0.34375),
  ]

  @Test(arguments: tails)
  func `probabilities are the binomial distribution's`(first: Int, second: Int, expected: Double) {
    let found = outcomes(first, second).probability
    #expect(abs(found - expected) < 1e-12, "\(found)")
  }

  @Test func `what both recognise says nothing`() {
    #expect(outcomes(8, 2, both: 0).probability == outcomes(8, 2, both: 1000).probability)
  }

  /// Against the normal approximation with its correction for continuity, which is close at this size.
  @Test func `many samples give a probability and no underflow`() {
    let found = outcomes(5200, 4800).probability
    #expect(abs(found - 6.6e-5) < 0.5e-5, "\(found)")
    #expect(outcomes(10_000, 0).probability == 0)
    #expect(outcomes(5000, 5000).probability == 1)
  }

  @Test func `an uneven division is less likely than an even one`() {
    let found = (0...20).map { outcomes(20 - $0, $0).probability }
    for (more, less) in zip(found.prefix(11), found.dropFirst().prefix(10)) { #expect(more < less) }
  }
}
