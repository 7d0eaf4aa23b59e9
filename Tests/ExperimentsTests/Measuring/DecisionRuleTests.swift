import Experiments
import Normalization
import Testing

@Suite struct DecisionRuleTests {
  /// Verdicts of as many seeds as the quick form has, over 10,000 draws.
  private func shares(
    _ rule: DecisionRule = .positive, seeds: Int = 6,
    draw: (inout SeededGenerator) -> Double
  ) -> [Verdict: Double] {
    var generator = SeededGenerator(seed: 20_261_122)
    var counts: [Verdict: Int] = [:]
    for _ in 0..<10_000 {
      let effect = Effect((0..<seeds).map { _ in draw(&generator) })
      counts[rule.verdict(effect), default: 0] += 1
    }
    return counts.mapValues { Double($0) / 10_000 }
  }

  @Test func `no effect is found supported in at most 5 percent of draws, whatever its noise`() {
    let noises: [(inout SeededGenerator) -> Double] = [
      { $0.normal() },
      { $0.uniform() - 0.5 },
      { $0.uniform() < 0.5 ? -1 : 1 },
      // Heavy tails: seeds that fail altogether.
      {
        let (a, b) = ($0.normal(), $0.normal()); return a / max(abs(b), 1e-3)
      },
    ]
    for noise in noises {
      let found = shares(draw: noise)
      #expect((found[.supported] ?? 0) <= 0.05)
      #expect((found[.refuted] ?? 0) <= 0.05)
      #expect((found[.undecided] ?? 0) >= 0.9)
    }
    // The exact rate for six values of a distribution without ties.
    let rate = shares { $0.normal() }[.supported] ?? 0
    #expect(abs(rate - 3.0 / 64) < 0.008, "\(rate)")
  }

  @Test func `a planted effect is found, the other way round refuted`() {
    #expect((shares { 2 + $0.normal() }[.supported] ?? 0) > 0.95)
    #expect((shares { -2 + $0.normal() }[.refuted] ?? 0) > 0.95)
  }

  @Test func `an effect at the limit of what confirms is found in at most 5 percent of draws`() {
    let rule = DecisionRule(confirmedAbove: 1, refutedBelow: 0)
    #expect((shares(rule) { 1 + $0.normal() }[.supported] ?? 0) <= 0.05)
    #expect((shares(rule) { $0.normal() }[.refuted] ?? 0) <= 0.05)
    // Between the two a claim is neither.
    #expect((shares(rule) { 0.5 + 0.01 * $0.normal() }[.undecided] ?? 0) > 0.99)
  }

  @Test func `few seeds decide nothing`() {
    #expect(shares(seeds: 4) { 100 + $0.normal() } == [.undecided: 1])
    #expect((shares(seeds: 5) { 100 + $0.normal() }[.supported] ?? 0) == 1)
  }

  @Test func `limits the wrong way round stop the program`() async {
    await #expect(processExitsWith: .failure) {
      _ = DecisionRule(confirmedAbove: 0, refutedBelow: 1)
    }
  }
}
